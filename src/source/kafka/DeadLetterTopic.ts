/** DEAD_LETTER_TOPIC: the original bytes of records that are no events, with where they came from and why they are there. */
import { Effect, type Scope } from "effect"
import type { Message, Producer } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Rejection } from "../../domain/DeadLetter.ts"
import { EventLogError } from "../EventLog.ts"
import { untilAvailable } from "./Attempts.ts"
import { makeClients } from "./Client.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"

/** A rejected record, whole. */
export interface DeadRecord extends Rejection {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The log's timestamp in milliseconds since the epoch; negative = it has none. */
  readonly timestampMs: number
  readonly value: Uint8Array
}

export interface DeadLetterTopic {
  /**
   * Writes them and waits for all in-sync replicas; those of one topic partition in their order. At least once each: a lost answer makes them be sent again. Tries until
   * Kafka takes them; fails only for what needs a person, such as a missing topic. The key names the partition they came from; headers: `reason`, `path` (absent where
   * no field is to blame), `topic`, `partition`, `offset`. A value larger than the topic takes is left out, with header `omitted-bytes`, and a warning.
   */
  readonly publish: (records: ReadonlyArray<DeadRecord>) => Effect.Effect<void, EventLogError>
}

/** What refuses a batch for its size. */
const TOO_LARGE = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"])

/** Connects on first use; disconnects with the scope. */
export const makeDeadLetterTopic = (
  config: KafkaConfig,
  topic: string
): Effect.Effect<DeadLetterTopic, EventLogError, Scope.Scope> =>
  Effect.gen(function* () {
    const { kafka } = yield* makeClients(config)
    const producer = yield* Effect.acquireRelease(
      Effect.sync(() => kafka.producer({ allowAutoTopicCreation: false, idempotent: false })),
      (made) =>
        Effect.ignore(
          Effect.tryPromise(() => made.disconnect()),
          { log: "Debug" }
        )
    )

    /** Whether the topic took them; `false` = too large. */
    const trySend = (messages: ReadonlyArray<Message>): Effect.Effect<boolean, EventLogError> =>
      untilAvailable(
        `Dead letter topic ${topic} not available`,
        Effect.tryPromise({
          try: () => send(producer, topic, messages),
          catch: (thrown) => missingTopic(topic, toEventLogError(config, thrown))
        })
      )

    const publishOne = Effect.fnUntraced(function* (record: DeadRecord) {
      if (yield* trySend([toMessage(record, record.value)])) return
      yield* Effect.logWarning(
        `Dead letter topic ${topic} does not take the ${record.value.byteLength} bytes of ${record.topic} partition ${record.partition} offset ${record.offset}: written without them; raise its max.message.bytes`
      )
      const fits = yield* trySend([toMessage(record, null)])
      if (!fits) {
        return yield* new EventLogError({
          reason: "Topics",
          detail: `Dead letter topic ${topic} does not even take a record without value: raise its max.message.bytes`
        })
      }
    })

    return {
      publish: Effect.fnUntraced(function* (records) {
        for (const request of splitRequests(records, () => "", bytesOf)) {
          const taken = yield* trySend(request.map((record) => toMessage(record, record.value)))
          if (!taken) yield* Effect.forEach(request, publishOne, { discard: true })
        }
      })
    }
  })

const bytesOf = (record: DeadRecord): number =>
  record.value.byteLength + 2 * record.topic.length + (record.path?.length ?? 0) + 4 * RECORD_OVERHEAD_BYTES

const send = async (producer: Producer, topic: string, messages: ReadonlyArray<Message>): Promise<boolean> => {
  await producer.connect() // does nothing where it is connected
  try {
    await producer.send({ topic, acks: -1, messages: [...messages] })
    return true
  } catch (thrown) {
    if (TOO_LARGE.has(protocolError(thrown) ?? "")) return false
    throw thrown
  }
}

const toMessage = (record: DeadRecord, value: Uint8Array | null): Message => ({
  key: `${record.topic}-${record.partition}`,
  value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  ...(record.timestampMs < 0 ? {} : { timestamp: String(record.timestampMs) }),
  headers: {
    reason: record.reason,
    ...(record.path === null ? {} : { path: record.path }),
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    ...(value === null ? { "omitted-bytes": String(record.value.byteLength) } : {})
  }
})

const missingTopic = (topic: string, error: EventLogError): EventLogError =>
  error.reason === "Topics"
    ? new EventLogError({
        reason: "Topics",
        detail: `Dead letter topic ${topic} can't be written (${error.detail}): create it, or unset DEAD_LETTER_TOPIC`,
        cause: error.cause
      })
    : error
