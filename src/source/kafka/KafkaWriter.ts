/** Creates missing topics and appends records in large batches at a given rate. */
import { Clock, Duration, Effect, type Scope, Stream } from "effect"
import kafkajs, { type Admin, type CompressionTypes, type Message, type Producer, type RecordMetadata } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { present } from "../../domain/Invariant.ts"
import { partitionKey, type TopicPartition } from "../../domain/TopicPartition.ts"
import type { EventLogError } from "../EventLog.ts"
import { retryAtStart } from "./KafkaRetry.ts"
import { withAdmin } from "./Admin.ts"
import { makeClients } from "./Client.ts"
import { toEventLogError } from "./KafkaError.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"
import { missingPartition } from "./Topics.ts"

export interface WriterRecord extends TopicPartition {
  readonly key: string | null
  /** `null` is a tombstone. */
  readonly value: Uint8Array | string | null
  /** Milliseconds since the epoch. */
  readonly timestampMs: number
}

export type CodecName = "none" | "gzip" | "snappy" | "lz4" | "zstd"

export interface WriteOptions {
  readonly codec?: CodecName
  /** Records per second; unlimited if undefined. */
  readonly perSecond?: number
}

/** The records that the broker acknowledged for one topic partition. */
export interface Acknowledged extends TopicPartition {
  readonly records: number
  /** Offset of the first record written. */
  readonly baseOffset: bigint
}

export interface KafkaWriter {
  /**
   * Creates missing topics with the given number of partitions and the brokers' default
   * replication. Existing topics are not changed. Returns the names of the created topics.
   */
  readonly ensureTopics: (
    partitions: Readonly<Record<string, number>>
  ) => Effect.Effect<ReadonlyArray<string>, EventLogError>
  /**
   * Appends the records, those of a partition in order, and waits for all in-sync replicas. If a
   * reply is lost, kafkajs sends the batch again, which can duplicate records. Returns the
   * acknowledged records by topic partition.
   */
  readonly write: <E, R>(
    records: Stream.Stream<WriterRecord, E, R>,
    options?: WriteOptions
  ) => Effect.Effect<ReadonlyArray<Acknowledged>, EventLogError | E, R>
}

/** Records of one request. */
const REQUEST_RECORDS = 5_000
/** Requests per second at least, if a rate is given. */
const REQUESTS_PER_SECOND = 10

/** Connects with up to `attempts` attempts; disconnects with the scope. */
export const makeKafkaWriter = (
  config: KafkaConfig,
  attempts = 60
): Effect.Effect<KafkaWriter, EventLogError, Scope.Scope> =>
  Effect.gen(function* () {
    const { kafka, probe } = yield* makeClients(config)
    const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, EventLogError> =>
      Effect.tryPromise({ try: run, catch: (thrown) => toEventLogError(config, thrown) })
    // The probe does not retry, so that each attempt has its log line.
    yield* retryAtStart(
      attempts,
      withAdmin(config, probe, async () => {})
    )
    const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: false })
    yield* Effect.acquireRelease(
      attempt(() => producer.connect()),
      () => attempt(() => producer.disconnect()).pipe(Effect.ignore({ log: "Debug" }))
    )
    const writer: KafkaWriter = {
      ensureTopics: (partitions) => withAdmin(config, kafka, (admin) => createMissing(admin, partitions)),
      write: Effect.fnUntraced(function* (records, options = {}) {
        const { codec = "none", perSecond } = options
        const acknowledged = new Map<string, Acknowledged>()
        const begun = yield* Clock.currentTimeMillis
        let written = 0
        const size =
          perSecond === undefined
            ? REQUEST_RECORDS
            : Math.min(REQUEST_RECORDS, Math.max(1, Math.ceil(perSecond / REQUESTS_PER_SECOND)))
        yield* records.pipe(
          Stream.grouped(size),
          Stream.runForEach(
            Effect.fnUntraced(function* (group) {
              for (const request of splitRequests(group, partitionKey, bytesOf)) {
                const answers = yield* attempt(() => send(producer, request, CODECS[codec]))
                const missing = acknowledge(acknowledged, answers, request)
                if (missing !== undefined) return yield* missingPartition(config, missing)
              }
              written += group.length
              if (perSecond === undefined) return
              const due = begun + (written * 1_000) / perSecond
              const early = due - (yield* Clock.currentTimeMillis)
              if (early > 0) yield* Effect.sleep(Duration.millis(early))
            })
          )
        )
        return [...acknowledged.values()]
      })
    }
    return writer
  })

const CODECS: Readonly<Record<CodecName, CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD
}

const createMissing = async (
  admin: Admin,
  partitions: Readonly<Record<string, number>>
): Promise<ReadonlyArray<string>> => {
  const existing = await admin.listTopics()
  const missing = Object.entries(partitions).filter(([topic]) => !existing.includes(topic))
  if (missing.length > 0) {
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(([topic, numPartitions]) => ({ topic, numPartitions, replicationFactor: -1 }))
    })
  }
  return missing.map(([topic]) => topic)
}

const bytesOf = ({ key, value }: WriterRecord): number =>
  Buffer.byteLength(key ?? "") +
  (value === null ? 0 : typeof value === "string" ? Buffer.byteLength(value) : value.byteLength) +
  RECORD_OVERHEAD_BYTES

const send = (
  producer: Producer,
  records: ReadonlyArray<WriterRecord>,
  compression: CompressionTypes
): Promise<ReadonlyArray<RecordMetadata>> =>
  producer.sendBatch({
    acks: -1,
    compression,
    topicMessages: [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      topic,
      messages: ofTopic.map(toMessage)
    }))
  })

const toMessage = ({ partition, key, value, timestampMs }: WriterRecord): Message => ({
  partition,
  key,
  value:
    typeof value === "string" || value === null ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  timestamp: String(timestampMs)
})

/**
 * Adds what the replies acknowledge. Returns a topic partition that does not exist: kafkajs drops
 * records for such partitions silently.
 */
const acknowledge = (
  acknowledged: Map<string, Acknowledged>,
  replies: ReadonlyArray<RecordMetadata>,
  request: ReadonlyArray<WriterRecord>
): TopicPartition | undefined => {
  for (const [key, records] of Map.groupBy(request, partitionKey)) {
    const reply = replies.find(({ topicName: topic, partition }) => partitionKey({ topic, partition }) === key)
    if (reply === undefined) return records[0]
    const before = acknowledged.get(key)
    acknowledged.set(key, {
      topic: reply.topicName,
      partition: reply.partition,
      records: (before?.records ?? 0) + records.length,
      baseOffset: before?.baseOffset ?? BigInt(present(reply.baseOffset, "a broker acknowledges the base offset"))
    })
  }
  return undefined
}
