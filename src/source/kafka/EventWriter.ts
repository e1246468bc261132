/**
 * `EventWriter` over Kafka: an idempotent producer that waits for all in-sync replicas. Both topics
 * are keyed by stream; missing topics are created.
 *
 * With kafkajs 2.2.4, repetitions are safe only for requests of one partition, as its
 * `producer/sendMessages.js` shows. It takes a batch's sequence number back when the request fails.
 * So the same batch has the same number again, and the broker drops the second copy. But it
 * splits a request with several partitions by leader. If a leader moves between two attempts, one
 * partition may be sent twice under two numbers, and another may be skipped. It also chooses
 * partitions again at each attempt. Therefore each request here has one partition, chosen once.
 */
import { Effect, Layer, type Scope } from "effect"
import kafkajs, { type Admin, type Message, type Producer } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { present } from "../../domain/Invariant.ts"
import { partitionKey, partitionLabel, type TopicPartition } from "../../domain/TopicPartition.ts"
import { EventLogError } from "../EventLog.ts"
import { EventWriter, type NewRecord } from "../EventWriter.ts"
import { withAdmin } from "./Admin.ts"
import { makeClients } from "./Client.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { retryAtStart, START_ATTEMPTS } from "./KafkaRetry.ts"
import { RECORD_OVERHEAD_BYTES, splitRequests } from "./RequestSplit.ts"
import type { Topics } from "./Topics.ts"

export interface KafkaEventWriterOptions {
  readonly kafka: KafkaConfig
  readonly topics: Topics
  /** Attempts to reach Kafka at the start. */
  readonly startAttempts?: number
}

/** Partitions of a topic that is created, if the other topic does not exist either. */
const DEFAULT_PARTITIONS = 3

/**
 * Records after which the producer gets a new identity. Sequence numbers have 31 bits, and kafkajs
 * does not wrap them as the broker does.
 */
const RECORDS_PER_PRODUCER = 1_000_000_000

/** Records of one partition, in one batch. */
interface Request extends TopicPartition {
  readonly messages: ReadonlyArray<Message>
}

/** Errors after which the broker accepts nothing of this producer; the batch was not appended. */
const LOST_IDENTITY: ReadonlySet<string | undefined> = new Set([
  "OUT_OF_ORDER_SEQUENCE_NUMBER",
  "UNKNOWN_PRODUCER_ID",
  "INVALID_PRODUCER_EPOCH"
])
const TOO_LARGE: ReadonlySet<string | undefined> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"])

/**
 * Connects with retries; disconnects with the scope. The partition counts of the start decide where
 * a stream goes: partitions that are added later get events after a restart.
 */
export const makeEventWriter = (
  options: KafkaEventWriterOptions
): Effect.Effect<EventWriter["Service"], EventLogError, Scope.Scope> =>
  Effect.gen(function* () {
    const { kafka: config, startAttempts = START_ATTEMPTS, topics } = options
    const { kafka, probe } = yield* makeClients(config)
    const counts = yield* retryAtStart(
      startAttempts,
      withAdmin(config, probe, (admin) => ensureTopics(admin, topics)).pipe(Effect.mapError(asWriter))
    )
    const newProducer = () =>
      kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 })
    let producer = newProducer()
    let written = 0
    const replaceProducer = Effect.suspend(() => {
      const old = producer
      producer = newProducer()
      written = 0
      return disconnect(old)
    })
    yield* Effect.addFinalizer(() => Effect.suspend(() => disconnect(producer)))

    const partitionOf = partitioner(counts)

    /** Returns the requests to send in place of this one: none if it is durable. */
    const send = Effect.fnUntraced(function* (request: Request) {
      const { messages } = request
      if (written + messages.length > RECORDS_PER_PRODUCER) yield* replaceProducer
      const outcome = yield* Effect.tryPromise({
        try: () => trySend(producer, request),
        catch: (thrown) => asWriter(toEventLogError(config, thrown))
      })
      switch (outcome) {
        case "appended":
          written += messages.length
          return []
        case "lost identity":
          yield* Effect.logWarning(
            `Kafka no longer knows this producer on ${partitionLabel(request)}: it continues under a new identity`
          )
          yield* replaceProducer
          return [request]
        case "too large":
          return yield* halves(request)
        case "no leader":
          return yield* new EventLogError({
            reason: "Unreachable",
            detail: `Kafka ${config.bootstrapServers.join(",")}: partition ${partitionLabel(request)} has no leader`
          })
      }
    })

    /** The records of a failed append, and the requests that are not durable yet. */
    let pending: { readonly records: ReadonlyArray<NewRecord>; requests: ReadonlyArray<Request> } | undefined
    return {
      append: Effect.fnUntraced(function* (records) {
        const rest = pending?.records === records ? pending : { records, requests: plan(records, topics, partitionOf) }
        pending = rest
        for (let [next, ...others] = rest.requests; next !== undefined; [next, ...others] = rest.requests) {
          rest.requests = [...(yield* send(next)), ...others]
        }
        pending = undefined
      })
    }
  })

const disconnect = (producer: Producer): Effect.Effect<void> =>
  Effect.ignore(
    Effect.tryPromise(() => producer.disconnect()),
    { log: "Debug" }
  )

/** A missing right: the one that a writer needs. */
const asWriter = (error: EventLogError): EventLogError =>
  protocolError(error.cause)?.endsWith("AUTHORIZATION_FAILED") === true
    ? new EventLogError({
        reason: "Unauthorized",
        detail: error.detail.replace(/; grant it .*/, "; grant it Write, Describe and Create on both topics"),
        cause: error.cause
      })
    : error

export const layer = (options: KafkaEventWriterOptions): Layer.Layer<EventWriter, EventLogError> =>
  Layer.effect(EventWriter, makeEventWriter(options))

/** One request for each partition, in order; several if their records take more than a batch. */
const plan = (
  records: ReadonlyArray<NewRecord>,
  topics: Topics,
  partitionOf: (topic: string, stream: string) => number
): ReadonlyArray<Request> => {
  const placed = records.map((record) => {
    const topic = topics[record.kind]
    return { topic, partition: partitionOf(topic, record.stream), record }
  })
  return [...Map.groupBy(placed, partitionKey)].flatMap(([key, ofPartition]) =>
    splitRequests(ofPartition, () => key, bytesOf).map((part) => {
      const { partition, topic } = present(part[0], "a request has a record")
      return { topic, partition, messages: part.map(({ record }) => toMessage(partition, record)) }
    })
  )
}

const bytesOf = ({ record: { stream, value } }: { readonly record: NewRecord }): number =>
  Buffer.byteLength(stream) + Buffer.byteLength(value) + RECORD_OVERHEAD_BYTES

const toMessage = (partition: number, { stream, timestampMs, value }: NewRecord): Message => ({
  partition,
  key: stream,
  value,
  timestamp: String(timestampMs)
})

/** Chooses the partition as Kafka's own producers do, by the hash of the key. */
const partitioner = (counts: ReadonlyMap<string, number>) => {
  const choose = kafkajs.Partitioners.DefaultPartitioner()
  const partitions = new Map(
    [...counts].map(([topic, count]) => [
      topic,
      Array.from({ length: count }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 0,
        replicas: [],
        isr: []
      }))
    ])
  )
  return (topic: string, stream: string): number =>
    choose({
      topic,
      partitionMetadata: present(partitions.get(topic), "both topics have a count"),
      message: { key: stream, value: null }
    })
}

const trySend = async (
  producer: Producer,
  { messages, partition, topic }: Request
): Promise<"appended" | "lost identity" | "too large" | "no leader"> => {
  // Idempotent. It also waits for the producer's id: without one, kafkajs sends without numbers.
  await producer.connect()
  try {
    const replies = await producer.send({ topic, acks: -1, messages: [...messages] })
    // kafkajs sends nothing to a partition without metadata, and reports success.
    return replies.some((reply) => reply.topicName === topic && reply.partition === partition)
      ? "appended"
      : "no leader"
  } catch (thrown) {
    const error = protocolError(thrown)
    if (error === "DUPLICATE_SEQUENCE_NUMBER") return "appended"
    if (LOST_IDENTITY.has(error)) return "lost identity"
    if (TOO_LARGE.has(error)) return "too large"
    throw thrown
  }
}

const halves = (request: Request): Effect.Effect<ReadonlyArray<Request>, EventLogError> => {
  const { messages, topic } = request
  const half = messages.length >> 1
  return half === 0
    ? Effect.fail(
        new EventLogError({
          reason: "Topics",
          detail: `Topic ${topic} rejects a single event as too large; raise its max.message.bytes`
        })
      )
    : Effect.succeed([
        { ...request, messages: messages.slice(0, half) },
        { ...request, messages: messages.slice(half) }
      ])
}

/**
 * Creates missing topics, with the other topic's number of partitions and the brokers' default
 * replication. Returns the number of partitions by topic.
 */
const ensureTopics = async (admin: Admin, { chat, viewer }: Topics): Promise<ReadonlyMap<string, number>> => {
  const names = [chat, viewer]
  const existing = await admin.listTopics()
  const found = await partitionCounts(
    admin,
    names.filter((name) => existing.includes(name))
  )
  const missing = names.filter((name) => !found.has(name))
  if (missing.length === 0) return found
  const numPartitions = Math.max(...found.values(), 0) || DEFAULT_PARTITIONS
  // `false` if another process creates them at the same time.
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map((topic) => ({ topic, numPartitions, replicationFactor: -1 }))
  })
  try {
    return await partitionCounts(admin, names)
  } catch (thrown) {
    if (!NOT_YET.has(protocolError(thrown))) throw thrown
    throw new EventLogError({ reason: "MissingTopics", detail: `topics ${missing.join(" and ")} are being created` })
  }
}

/** A topic that was created a moment ago. */
const NOT_YET: ReadonlySet<string | undefined> = new Set(["UNKNOWN_TOPIC_OR_PARTITION", "LEADER_NOT_AVAILABLE"])

const partitionCounts = async (admin: Admin, topics: Array<string>): Promise<ReadonlyMap<string, number>> => {
  if (topics.length === 0) return new Map()
  const metadata = await admin.fetchTopicMetadata({ topics })
  return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
}
