/**
 * Fills buffers from the brokers. Each broker is asked for all that its partitions want, one request at a time: a broker answers a connection's
 * requests one after another. A buffer that is full is simply not asked for: nothing to pause, nothing that a rebalance could forget.
 *
 * kafkajs's own fetch loop is not used: it resets an offset that is out of range to a default and commits that, lets records of aborted transactions through
 * where several producers' transactions interleave, says nothing of markers at the end of the log, and sleeps while any partition is paused.
 */
import { Clock, Effect, FiberMap, Latch, Schedule } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { backoff, reportRetry } from "../../retry/Retry.ts"
import { retryForever } from "./KafkaRetry.ts"
import { type Brokers, type FetchError, isStale } from "./Brokers.ts"
import { unreadable } from "./BatchFailures.ts"
import { Committed } from "./Committed.ts"
import type { FetchedPartition } from "./FetchResponse.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import type { PartitionBuffer } from "./PartitionBuffer.ts"
import type { ReadMemory } from "./ReadMemory.ts"
import { RecordBatchError } from "./RecordCursor.ts"

export interface FetchLimits {
  /** How long a broker may wait for a first byte. */
  readonly maxWaitMs: number
  /** Bytes of one answer. The first batch of the first partition comes whole, however large. */
  readonly maxBytes: number
}

export interface Fetcher {
  /** Fills these until they are closed. */
  readonly add: (buffers: ReadonlyArray<PartitionBuffer>) => void
  /** Throws away what comes for them from now on. */
  readonly close: (buffers: ReadonlyArray<PartitionBuffer>) => void
  /** To be called when something was taken. */
  readonly wake: () => void
}

/** While another partition of the broker waits for room, it must not have to wait for an answer at the end of the log. */
const HURRIED_WAIT_MS = 10

/** Its fibers end with the scope. */
export const makeFetcher = Effect.fnUntraced(function* (
  config: KafkaConfig,
  brokers: Brokers,
  memory: ReadMemory,
  limits: FetchLimits
) {
  const buffers = new Set<PartitionBuffer>()
  const loops = yield* FiberMap.make<number>()
  const work = new Map<number, Latch.Latch>()
  const direct = yield* Latch.make()

  const wake = (): void => {
    for (const latch of work.values()) latch.openUnsafe()
  }

  memory.onFreed(wake)

  /** Sees to it that every buffer has a broker whose loop asks for it. */
  const directOnce = Effect.gen(function* () {
    direct.closeUnsafe()
    const open = [...buffers].filter(({ failure }) => failure === undefined)
    const topics = [...new Set(open.map(({ input }) => input.topic))]
    if (open.some(({ input }) => brokers.leaderOf(input) === undefined)) {
      yield* retryForever("Reading from Kafka is interrupted", anyway(brokers.refresh(topics)))
    }
    for (const { input } of open) {
      const node = brokers.leaderOf(input)
      if (node !== undefined) yield* FiberMap.run(loops, node, loop(node), { onlyIfMissing: true })
    }
    wake()
    if (open.some(({ input }) => brokers.leaderOf(input) === undefined)) yield* Effect.sleep("500 millis")
    else yield* direct.await
  })

  const lookAgain = Effect.suspend(() => {
    const topics = [...new Set([...buffers].map(({ input }) => input.topic))]
    return anyway(brokers.refresh(topics)).pipe(
      Effect.tap(() => Effect.sync(() => direct.openUnsafe())),
      Effect.ignore({ log: "Debug" }) // the caller's next attempt comes here again
    )
  })

  /** One broker's requests, for as long as the scope lives. */
  const loop = (node: number) =>
    Effect.gen(function* () {
      const latch = work.get(node) ?? (yield* Latch.make())
      work.set(node, latch)
      while (true) {
        latch.closeUnsafe()
        const mine = [...buffers].filter(({ input }) => brokers.leaderOf(input) === node)
        const wanted = mine.filter((buffer) => buffer.wantsMore)
        if (wanted.length === 0 || !memory.makeRoom(limits.maxBytes)) {
          yield* latch.await
          continue
        }
        const hurried = mine.some((buffer) => buffer.failure === undefined && !buffer.wantsMore)
        yield* fetchAll(node, wanted, hurried ? HURRIED_WAIT_MS : limits.maxWaitMs)
      }
    }).pipe(
      // not expected; but a loop that died in silence would leave its readers waiting for ever
      Effect.catchDefect((thrown) =>
        Effect.sync(() => buffers.forEach((buffer) => buffer.fail(toEventLogError(config, thrown))))
      )
    )

  /** Gives in only to success: what went wrong with a single partition is kept in its buffer. */
  const fetchAll = (node: number, wanted: ReadonlyArray<PartitionBuffer>, maxWaitMs: number) =>
    Effect.suspend(() => {
      let attempt = 0
      return request(node, wanted, maxWaitMs).pipe(
        Effect.catchIf(concernsPartition, () =>
          Effect.forEach(
            wanted.filter((buffer) => buffer.wantsMore),
            (buffer) => fetchAlone(node, buffer),
            { discard: true }
          )
        ),
        Effect.tapError((error) => {
          const failure = toEventLogError(config, error.thrown)
          if (failure.reason === "Unauthorized") return Effect.sync(() => wanted.forEach((b) => b.fail(failure)))
          return Effect.logWarning(
            `Reading from Kafka is interrupted (attempt ${++attempt}): ${failure.detail.replace(/^Kafka /, "")}`
          ).pipe(Effect.andThen(reportRetry(failure)), Effect.andThen(lookAgain))
        }),
        // the leader may be another by now: the loop decides anew
        Effect.retry({
          schedule: backoff,
          while: () => wanted.some((b) => b.wantsMore && brokers.leaderOf(b.input) === node)
        }),
        Effect.ignore
      )
    })

  /** One partition by itself, to find out which it is that fails; a batch that can't be read has its second chance. */
  const fetchAlone = (node: number, buffer: PartitionBuffer): Effect.Effect<void, FetchError> =>
    request(node, [buffer], 0).pipe(
      Effect.catchIf(concernsPartition, (error): Effect.Effect<void, FetchError> => {
        const { thrown } = error
        if (thrown instanceof RecordBatchError)
          return Effect.sync(() => buffer.fail(unreadable(buffer.input, buffer.fetchOffset, thrown)))
        if (protocolError(error.thrown) === "OFFSET_OUT_OF_RANGE") return checkRange(buffer)
        const failure = toEventLogError(config, error.thrown)
        if (failure.reason === "Unauthorized") return Effect.sync(() => buffer.fail(failure))
        return Effect.logDebug(`Kafka ${partitionLabel(buffer.input)}: ${protocolError(error.thrown) ?? ""}`).pipe(
          Effect.andThen(isStale(error.thrown) ? lookAgain : Effect.void),
          Effect.andThen(Effect.sleep("200 millis"))
        )
      })
    )

  /** Takes in what comes. Fails over a batch that can't be read once the other partitions have what is theirs. */
  const request = (node: number, asked: ReadonlyArray<PartitionBuffer>, maxWaitMs: number) =>
    Effect.suspend(() => {
      for (const buffer of asked) buffer.fetching = true
      memory.holdFetched(limits.maxBytes)
      const maxBytes = memory.perFetch
      const partitions = asked.map(({ fetchOffset, input }) => ({ input, offset: fetchOffset, maxBytes }))
      return brokers.fetch({ node, maxWaitMs, maxBytes: limits.maxBytes, partitions }).pipe(
        Effect.zip(Clock.monotonicTimeNanos),
        Effect.flatMap(([{ responses }, nowNanos]) => {
          const all = responses.flatMap((topic) => topic.partitions)
          const nowMs = Number(nowNanos / 1_000_000n)
          let failure: FetchError | undefined
          for (const [index, { input, offset }] of partitions.entries()) {
            const found = all.find(({ topic, partition }) => topic === input.topic && partition === input.partition)
            if (found === undefined) continue
            asked[index]?.learn(found.highWatermark, found.lastStableOffset, nowMs)
            try {
              asked[index]?.append(new Committed(alone(found), offset), offset)
            } catch (thrown) {
              if (!(thrown instanceof RecordBatchError)) throw thrown
              failure ??= { during: "fetch", thrown }
            }
          }
          return failure === undefined ? Effect.void : Effect.fail(failure)
        })
      )
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          for (const buffer of asked) buffer.fetching = false
          memory.freeFetched(limits.maxBytes) // wakes: another broker may lead one of them by now
        })
      )
    )

  /** The broker doesn't have the offset: finds out on which side it lies. */
  const checkRange = (buffer: PartitionBuffer) =>
    Effect.gen(function* () {
      const [start = 0n] = yield* brokers.offsets([buffer.input], "earliest")
      const [end = 0n] = yield* brokers.offsets([buffer.input], "end")
      const failure = outOfRange(buffer, start, end)
      if (failure !== undefined) buffer.fail(failure)
    }).pipe(Effect.mapError((thrown): FetchError => ({ during: "connect", thrown })))

  yield* directOnce.pipe(
    Effect.catch((failure) => Effect.sync(() => buffers.forEach((buffer) => buffer.fail(failure)))),
    Effect.repeat(Schedule.forever),
    Effect.forkScoped
  )

  const fetcher: Fetcher = {
    add: (more) => {
      for (const buffer of more) buffers.add(buffer)
      direct.openUnsafe()
    },
    close: (done) => {
      for (const buffer of done) {
        buffer.close()
        buffers.delete(buffer)
      }
    },
    wake
  }
  return fetcher
})

/** A topic that vanished may come back: only the group decides that it is missing. */
const anyway = <A>(effect: Effect.Effect<A, EventLogError>): Effect.Effect<A, EventLogError> =>
  Effect.mapError(effect, (error) =>
    error.reason === "Topics"
      ? new EventLogError({ reason: "Unreachable", detail: error.detail, cause: error.cause })
      : error
  )

/** Whether the failure is about one of the partitions asked for, not about the way to the broker. */
const concernsPartition = ({ during, thrown }: FetchError): boolean =>
  during === "fetch" && (thrown instanceof RecordBatchError || protocolError(thrown) !== undefined)

/** With bytes of its own: else what waits of one partition would keep the whole answer in memory. */
const alone = (fetched: FetchedPartition): FetchedPartition => ({ ...fetched, batches: Buffer.from(fetched.batches) })

const outOfRange = (buffer: PartitionBuffer, start: bigint, end: bigint): EventLogError | undefined => {
  const wanted = buffer.fetchOffset
  const { partition, topic } = buffer.input
  const range = { topic, partition, expected: wanted, start, end }
  if (wanted < start) {
    return new EventLogError({
      reason: "OffsetOutOfRange",
      range,
      detail: `Kafka topic ${partitionLabel(buffer.input)}: offset ${wanted} was deleted: the log starts at ${start}; ${start - wanted} offsets were lost to retention (retention.ms, retention.bytes)`
    })
  }
  if (wanted > end) {
    return new EventLogError({
      reason: "OffsetOutOfRange",
      range,
      detail: `Kafka topic ${partitionLabel(buffer.input)}: offset ${wanted} is beyond the log's end ${end}: the topic was recreated or lost records; start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
    })
  }
  return undefined
}
