/** Live load: a simulated platform's records, written to the topics as their time comes. */
import { Clock, Deferred, Effect, Stream } from "effect"
import type { InputKind } from "../../src/domain/Task.ts"
import type { EventLogError } from "../../src/source/EventLog.ts"
import type { KafkaWriter, WriterRecord } from "../../src/source/kafka/KafkaWriter.ts"
import { endOffsetAt } from "../../src/source/simulator/LogTime.ts"
import type { Simulator } from "../../src/source/simulator/Simulator.ts"
import type { Topics } from "../../src/source/kafka/Topics.ts"

/** The source of the records: each is a function of kind, partition and offset. */
export type Platform = Pick<Simulator, "pace" | "recordAt">

export interface TrafficOptions {
  readonly platform: Platform
  readonly topics: Topics
  readonly partitions: number
}

export interface Traffic {
  /**
   * Writes everything whose time has come and that has not been written; where that fails, the next
   * call writes it again.
   */
  readonly write: Effect.Effect<void, EventLogError>
  /**
   * Writes as time passes, and retries while Kafka is away, until `stop` is done. Then no request
   * is in flight.
   */
  readonly flow: (stop: Deferred.Deferred<void>) => Effect.Effect<void>
  /** Requests that failed; the log may contain their records never, once or twice. */
  readonly failures: () => number
  /** End offsets of each partition, as far as it is written. */
  readonly written: () => Readonly<Record<InputKind, number>>
}

const PAUSE = "100 millis"
/** Ten of eleven records are chat. */
const CHAT_SHARE = 10 / 11

/**
 * Records a second in one partition of each topic, where both topics have `eventsPerSecond` over
 * `partitions` partitions.
 */
export const perSecondOf = (eventsPerSecond: number, partitions: number): Readonly<Record<InputKind, number>> => {
  const perPartition = (share: number) => Math.max(1, Math.round((eventsPerSecond * share) / partitions))
  return { chat: perPartition(CHAT_SHARE), viewer: perPartition(1 - CHAT_SHARE) }
}
/** The most of one topic partition that is made at once. */
const CHUNK = 2_000

export const makeTraffic = (writer: KafkaWriter, options: TrafficOptions): Traffic => {
  const { partitions, platform, topics } = options
  const viewersPerChat = platform.pace("viewer").perSecond / platform.pace("chat").perSecond
  const written: Record<InputKind, number> = { chat: 0, viewer: 0 }
  let failures = 0

  /** Records of all partitions with offsets below the ends, in the order of time. */
  function* recordsUpTo(ends: Readonly<Record<InputKind, number>>): Generator<WriterRecord> {
    for (const kind of ["chat", "viewer"] as const) {
      for (let partition = 0; partition < partitions; partition++) {
        for (let offset = written[kind]; offset < ends[kind]; offset++) {
          const { key, timestampMs, value } = platform.recordAt(kind, partition, BigInt(offset))
          yield { topic: topics[kind], partition, key, value, timestampMs }
        }
      }
    }
  }

  const write = Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis
    const due = (kind: InputKind) => endOffsetAt(platform.pace(kind), nowMs)
    while (written.chat < due("chat") || written.viewer < due("viewer")) {
      const ends = {
        chat: Math.min(due("chat"), written.chat + CHUNK),
        // Both kinds go ahead together.
        viewer: Math.min(due("viewer"), written.viewer + Math.ceil(CHUNK * viewersPerChat))
      }
      yield* writer.write(Stream.fromIterable(recordsUpTo(ends)), { codec: "snappy" })
      written.chat = ends.chat
      written.viewer = ends.viewer
    }
  })

  const flow = Effect.fnUntraced(function* (stop: Deferred.Deferred<void>) {
    while (!(yield* Deferred.isDone(stop))) {
      yield* Effect.catch(write, () => Effect.sync(() => void failures++))
      yield* Effect.sleep(PAUSE)
    }
  })
  return { write, flow, failures: () => failures, written: () => written }
}
