/**
 * DEAD_LETTER_TOPIC: the original bytes of records that are no events, with their origin and the
 * reason. The key names the partition of origin. Headers: `reason`, `path` (absent if no field is
 * invalid), `topic`, `partition`, `offset`. A value that is too large for the topic is replaced by
 * null, with header `omitted-bytes` and a warning.
 */
import { Effect, Layer, type Scope } from "effect"
import type { Message, Producer } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { DeadLetter } from "../../domain/DeadLetter.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { DeadLetterTopic } from "../DeadLetterTopic.ts"
import { EventLogError } from "../EventLog.ts"
import { START_ATTEMPTS, retryForever } from "./KafkaRetry.ts"
import { makeClients } from "./Client.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"

/** The errors of a batch that is too large. */
const TOO_LARGE: ReadonlySet<string | undefined> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"])

/**
 * Connects on first use; disconnects with the scope. Retries until Kafka accepts the letters. Fails
 * for what needs an operator, such as a topic that is missing at `missingAttempts` attempts.
 */
export const makeDeadLetterTopic = (
  config: KafkaConfig,
  topic: string,
  missingAttempts = START_ATTEMPTS
): Effect.Effect<DeadLetterTopic["Service"], EventLogError, Scope.Scope> =>
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

    /** Whether the topic accepted them; `false` = too large. */
    const trySend = (messages: ReadonlyArray<Message>): Effect.Effect<boolean, EventLogError> =>
      Effect.suspend(() => {
        let missing = 0
        return retryForever(
          `Dead letter topic ${topic} not available`,
          Effect.tryPromise({
            try: () => send(producer, topic, messages),
            catch: (thrown) => {
              const isMissing = protocolError(thrown) === "UNKNOWN_TOPIC_OR_PARTITION"
              const mayAppear = isMissing && ++missing < missingAttempts
              return cannotBeWritten(topic, toEventLogError(config, thrown), mayAppear ? "MissingTopics" : "Topics")
            }
          })
        )
      })

    const publishOne = Effect.fnUntraced(function* (record: DeadLetter) {
      if (yield* trySend([toMessage(record, record.payload)])) return
      yield* Effect.logWarning(
        `Dead letter topic ${topic} rejected ${partitionLabel(record)} offset ${record.offset}: its ${record.payload.byteLength} bytes are too large; published it without its value, raise max.message.bytes`
      )
      const fits = yield* trySend([toMessage(record, null)])
      if (!fits) {
        return yield* new EventLogError({
          reason: "Topics",
          detail: `Dead letter topic ${topic} rejects even an empty record; raise its max.message.bytes`
        })
      }
    })

    return {
      publish: Effect.fnUntraced(function* (records) {
        for (const request of splitRequests(records, () => "", bytesOf)) {
          const isAccepted = yield* trySend(request.map((record) => toMessage(record, record.payload)))
          if (!isAccepted) yield* Effect.forEach(request, publishOne, { discard: true })
        }
      })
    }
  })

const bytesOf = (record: DeadLetter): number =>
  record.payload.byteLength + 2 * record.topic.length + (record.path?.length ?? 0) + 4 * RECORD_OVERHEAD_BYTES

const send = async (producer: Producer, topic: string, messages: ReadonlyArray<Message>): Promise<boolean> => {
  await producer.connect() // does nothing if it is connected
  try {
    await producer.send({ topic, acks: -1, messages: [...messages] })
    return true
  } catch (thrown) {
    if (TOO_LARGE.has(protocolError(thrown))) return false
    throw thrown
  }
}

const toMessage = (record: DeadLetter, value: Uint8Array | null): Message => ({
  key: `${record.topic}-${record.partition}`,
  value: value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  ...(record.recordTimestampMs === null ? {} : { timestamp: String(record.recordTimestampMs) }),
  headers: {
    reason: record.reason,
    ...(record.path === null ? {} : { path: record.path }),
    topic: record.topic,
    partition: String(record.partition),
    offset: String(record.offset),
    ...(value === null ? { "omitted-bytes": String(record.payload.byteLength) } : {})
  }
})

const cannotBeWritten = (topic: string, error: EventLogError, reason: "MissingTopics" | "Topics"): EventLogError =>
  error.reason === "Topics"
    ? new EventLogError({
        reason,
        detail: `Cannot write to dead letter topic ${topic}: ${error.detail}; create it or unset DEAD_LETTER_TOPIC`,
        cause: error.cause
      })
    : error

export const layer = (config: KafkaConfig, topic: string): Layer.Layer<DeadLetterTopic, EventLogError> =>
  Layer.effect(DeadLetterTopic, makeDeadLetterTopic(config, topic))
