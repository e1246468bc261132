/**
 * MOMENTS_TOPIC and WINDOWS_TOPIC: results as JSON, with the stream as the key. A moment is
 * published in every state that a flush stores.
 */
import { Effect, Layer, type Scope } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { EventLogError } from "../EventLog.ts"
import { momentRecord, type ResultRecord, windowRecord } from "../ResultRecords.ts"
import { ResultTopics, type ResultTopicsService } from "../ResultTopics.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"
import { makeTopicWriter, type TopicOptions } from "./TopicWriter.ts"

const bytesOf = ({ key, value }: ResultRecord): number =>
  Buffer.byteLength(key) + Buffer.byteLength(value) + RECORD_OVERHEAD_BYTES

/** Publishes records to one topic, in order. Nothing is left out. */
const makePublisher = Effect.fnUntraced(function* (config: KafkaConfig, options: TopicOptions) {
  const trySend = yield* makeTopicWriter(config, options)

  const publish = (records: ReadonlyArray<ResultRecord>): Effect.Effect<void, EventLogError> =>
    Effect.gen(function* () {
      if (yield* trySend(records)) return
      const [record] = records
      if (records.length > 1) {
        const half = records.length >> 1
        yield* publish(records.slice(0, half))
        yield* publish(records.slice(half))
      } else if (record !== undefined) {
        return yield* new EventLogError({
          reason: "Topics",
          detail: `${options.name} ${options.topic} rejects a record of ${bytesOf(record)} bytes as too large; raise its max.message.bytes, or unset ${options.variable}`
        })
      }
    })

  return (records: ReadonlyArray<ResultRecord>) =>
    Effect.forEach(
      splitRequests(records, () => "", bytesOf),
      publish,
      { discard: true }
    )
})

/** Connects on first use; disconnects with the scope. A topic that is not set costs nothing. */
export const makeResultTopics = (
  config: KafkaConfig,
  missingAttempts?: number
): Effect.Effect<ResultTopicsService, EventLogError, Scope.Scope> =>
  Effect.gen(function* () {
    const limit = missingAttempts === undefined ? {} : { missingAttempts }
    const { momentsTopic, windowsTopic } = config
    const moments =
      momentsTopic === undefined
        ? undefined
        : yield* makePublisher(config, {
            topic: momentsTopic,
            name: "Moments topic",
            variable: "MOMENTS_TOPIC",
            ...limit
          })
    const windows =
      windowsTopic === undefined
        ? undefined
        : yield* makePublisher(config, {
            topic: windowsTopic,
            name: "Windows topic",
            variable: "WINDOWS_TOPIC",
            ...limit
          })
    return {
      publish: Effect.fnUntraced(function* ({ checkpoint: { sourcePartition }, moments: found, rows }) {
        if (windows !== undefined && rows.length > 0) {
          yield* windows(rows.map((row) => windowRecord(sourcePartition, row)))
        }
        if (moments !== undefined && found.length > 0) {
          yield* moments(found.map((moment) => momentRecord(sourcePartition, moment)))
        }
      })
    }
  })

export const layer = (config: KafkaConfig): Layer.Layer<never, EventLogError> =>
  Layer.effect(ResultTopics, makeResultTopics(config))
