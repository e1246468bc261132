/**
 * Read requests to the brokers: metadata, offsets, fetches. Connects on first use, and reconnects
 * with the next request. kafkajs does not expose the metadata's age, so callers call `refresh` on
 * errors that suggest stale metadata.
 */
import { Effect } from "effect"
import type { Broker, Cluster } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Input } from "../../domain/Task.ts"
import { EventLogError } from "../EventLog.ts"
import type { FetchResponse } from "./FetchResponse.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { fetchFrom } from "./OwnFetch.ts"
import { missingPartition } from "./Topics.ts"

/** Errors that newer metadata may fix. */
const STALE: ReadonlySet<string | undefined> = new Set([
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "REPLICA_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KAFKA_STORAGE_ERROR"
])

export interface FetchRequest {
  readonly node: number
  /** How long the broker may wait for the first byte. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitions: ReadonlyArray<{ readonly input: Input; readonly offset: bigint; readonly maxBytes: number }>
}

export interface Brokers {
  /** The node that leads a partition, by the present metadata. */
  readonly leaderOf: (input: Input) => number | undefined
  /** Connects if necessary and refreshes the metadata of these topics. */
  readonly refresh: (topics: ReadonlyArray<string>) => Effect.Effect<void, EventLogError>
  /** One offset per input. */
  readonly offsets: (
    inputs: ReadonlyArray<Input>,
    which: LogOffset
  ) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
  /** Returns at least one whole batch of the first partition, whatever the limits. */
  readonly fetch: (request: FetchRequest) => Effect.Effect<FetchResponse, FetchError>
}

/** An error that kafkajs threw, while it connected or during the fetch itself. */
export interface FetchError {
  readonly during: "connect" | "fetch"
  readonly thrown: unknown
}

/**
 * An offset of a partition's log: its first record, or one of two ends. Readable records end at the
 * last stable offset, all records at the high watermark.
 */
export type LogOffset = "earliest" | "stable" | "end"

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

export const makeBrokers = (config: KafkaConfig, cluster: Cluster): Brokers => {
  const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, EventLogError> =>
    Effect.tryPromise({ try: run, catch: (thrown) => toEventLogError(config, thrown) })

  const offsets: Brokers["offsets"] = (inputs, which) =>
    attempt(async () => {
      try {
        return await listOffsets(config, cluster, inputs, which)
      } catch (thrown) {
        if (!isStale(thrown)) throw thrown
      }
      await refresh(cluster, topicsOf(inputs))
      try {
        return await listOffsets(config, cluster, inputs, which)
      } catch (thrown) {
        if (!isStale(thrown)) throw thrown
        // The leader is moving, even if a broker does not know the topic: the new metadata has it.
        const detail = `Kafka ${config.bootstrapServers.join(",")}: ${protocolError(thrown)}`
        throw new EventLogError({ reason: "Unreachable", detail, cause: thrown })
      }
    })

  const fetch: Brokers["fetch"] = Effect.fnUntraced(function* (request) {
    const broker = yield* Effect.tryPromise({
      // kafkajs's types require text; its table of brokers takes numbers, too.
      try: (): Promise<Broker> => cluster.findBroker({ nodeId: String(request.node) }),
      catch: (thrown): FetchError => ({ during: "connect", thrown })
    })
    return yield* Effect.tryPromise({
      try: () => fetchFrom(broker, toKafkajs(request)),
      catch: (thrown): FetchError => ({ during: "fetch", thrown })
    })
  })

  return {
    leaderOf: (input) => leaderOf(cluster, input),
    refresh: (topics) => attempt(() => refresh(cluster, topics)),
    offsets,
    fetch
  }
}

/** Whether newer metadata may fix the error. */
export const isStale = (thrown: unknown): boolean => STALE.has(protocolError(thrown))

const refresh = async (cluster: Cluster, topics: ReadonlyArray<string>): Promise<void> => {
  await cluster.connect()
  await cluster.addMultipleTargetTopics([...topics])
  await cluster.refreshMetadata()
}

const leaderOf = (cluster: Cluster, input: Input): number | undefined => {
  try {
    const found = cluster.findTopicPartitionMetadata(input.topic).find((p) => p.partitionId === input.partition)
    return found === undefined || found.leader < 0 ? undefined : found.leader
  } catch {
    return undefined // kafkajs throws if it has no metadata yet
  }
}

const listOffsets = async (
  config: KafkaConfig,
  cluster: Cluster,
  inputs: ReadonlyArray<Input>,
  which: LogOffset
): Promise<ReadonlyArray<bigint>> => {
  const topics = topicsOf(inputs)
  if (inputs.some((input) => leaderOf(cluster, input) === undefined)) await refresh(cluster, topics)
  // By the isolation level of its cluster, kafkajs requests the last stable offset.
  const level: Cluster =
    which === "end" ? Object.create(cluster, { isolationLevel: { value: READ_UNCOMMITTED } }) : cluster
  const replies = await level.fetchTopicsOffset(
    topics.map((topic) => ({
      topic,
      partitions: inputs.filter((input) => input.topic === topic).map(({ partition }) => ({ partition })),
      fromBeginning: which === "earliest"
    }))
  )
  return inputs.map((input) => {
    const offset = replies
      .find(({ topic }) => topic === input.topic)
      ?.partitions.find(({ partition }) => partition === input.partition)?.offset
    if (offset === undefined) throw missingPartition(config, input)
    return BigInt(offset)
  })
}

const topicsOf = (inputs: ReadonlyArray<Input>): ReadonlyArray<string> => [...new Set(inputs.map(({ topic }) => topic))]

const toKafkajs = ({ maxBytes, maxWaitMs, partitions }: FetchRequest): Parameters<Broker["fetch"]>[0] => ({
  isolationLevel: READ_COMMITTED,
  maxWaitTime: maxWaitMs,
  minBytes: 1,
  maxBytes,
  topics: [...Map.groupBy(partitions, ({ input }) => input.topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map((one) => ({
      partition: one.input.partition,
      fetchOffset: one.offset.toString(),
      maxBytes: one.maxBytes
    }))
  }))
})
