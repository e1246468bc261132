/**
 * DEAD_LETTER_TOPIC: the original bytes of records that are no events, with their origin and the
 * reason. The key names the partition of origin. Headers: `reason`, `path` (absent if no field is
 * invalid), `topic`, `partition`, `offset`. A value that is too large for the topic is replaced by
 * null, with header `omitted-bytes` and a warning.
 */
import { Effect, Layer, type Scope } from "effect"
import type { Message } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { DeadLetter } from "../../domain/DeadLetter.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { DeadLetterTopic } from "../DeadLetterTopic.ts"
import { EventLogError } from "../EventLog.ts"
import { START_ATTEMPTS } from "./KafkaRetry.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"
import { makeTopicWriter } from "./TopicWriter.ts"

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
    const trySend = yield* makeTopicWriter(config, {
      topic,
      name: "Dead letter topic",
      variable: "DEAD_LETTER_TOPIC",
      missingAttempts
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

export const layer = (config: KafkaConfig, topic: string): Layer.Layer<DeadLetterTopic, EventLogError> =>
  Layer.effect(DeadLetterTopic, makeDeadLetterTopic(config, topic))
