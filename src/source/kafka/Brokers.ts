/**
 * The way to the brokers for reading: metadata, offsets, fetches. Connected on first use; a broken connection is made anew by the next request.
 * kafkajs reports nothing of the metadata's age, so whoever meets an error that smells of it calls `refresh`.
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

/** Answers that a newer look at the metadata may cure. */
const STALE = new Set([
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
  /** How long the broker may wait for a first byte. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  readonly partitions: ReadonlyArray<{ readonly input: Input; readonly offset: bigint; readonly maxBytes: number }>
}

export interface Brokers {
  /** Node that leads a partition, as far as the metadata knows. */
  readonly leaderOf: (input: Input) => number | undefined
  /** Connects where needed and looks at the metadata of these topics again. */
  readonly refresh: (topics: ReadonlyArray<string>) => Effect.Effect<void, EventLogError>
  readonly offsets: (
    inputs: ReadonlyArray<Input>,
    which: LogOffset
  ) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
  /** Fails with what kafkajs threw. At least one whole batch of the first partition comes, whatever the limits. */
  readonly fetch: (request: FetchRequest) => Effect.Effect<FetchResponse, FetchError>
}

/** What kafkajs threw: while connecting, or over the fetch itself. */
export interface FetchError {
  readonly during: "connect" | "fetch"
  readonly thrown: unknown
}

/** An offset of a partition's log: its first record, the end of what can be read (the last stable offset), or the end of all (the high watermark). */
export type LogOffset = "earliest" | "stable" | "end"

const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

export const makeBrokers = (config: KafkaConfig, cluster: Cluster): Brokers => {
  const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, EventLogError> =>
    Effect.tryPromise({ try: run, catch: (thrown) => toEventLogError(config, thrown) })

  const refresh = async (topics: ReadonlyArray<string>): Promise<void> => {
    await cluster.connect()
    await cluster.addMultipleTargetTopics([...topics])
    await cluster.refreshMetadata()
  }

  const leaderOf = (input: Input): number | undefined => {
    try {
      const found = cluster.findTopicPartitionMetadata(input.topic).find((p) => p.partitionId === input.partition)
      return found === undefined || found.leader < 0 ? undefined : found.leader
    } catch {
      return undefined // kafkajs throws where it has no metadata yet
    }
  }

  /** kafkajs asks for the last stable offset, by the isolation level of its cluster. */
  const uncommitted: Cluster = Object.create(cluster, { isolationLevel: { value: READ_UNCOMMITTED } })

  const listOffsets = async (inputs: ReadonlyArray<Input>, which: LogOffset): Promise<ReadonlyArray<bigint>> => {
    const topics = [...new Set(inputs.map((input) => input.topic))]
    if (inputs.some((input) => leaderOf(input) === undefined)) await refresh(topics)
    const answers = await (which === "end" ? uncommitted : cluster).fetchTopicsOffset(
      topics.map((topic) => ({
        topic,
        partitions: inputs.filter((input) => input.topic === topic).map(({ partition }) => ({ partition })),
        fromBeginning: which === "earliest"
      }))
    )
    return inputs.map((input) => {
      const offset = answers
        .find(({ topic }) => topic === input.topic)
        ?.partitions.find(({ partition }) => partition === input.partition)?.offset
      if (offset === undefined) throw missingPartition(config, input)
      return BigInt(offset)
    })
  }

  const offsets: Brokers["offsets"] = (inputs, which) =>
    attempt(async () => {
      try {
        return await listOffsets(inputs, which)
      } catch (thrown) {
        if (!isStale(thrown)) throw thrown
      }
      await refresh([...new Set(inputs.map((input) => input.topic))])
      try {
        return await listOffsets(inputs, which)
      } catch (thrown) {
        if (!isStale(thrown)) throw thrown
        // a leader on the move, also where it says that it doesn't know the topic: the metadata just did
        const detail = `Kafka ${config.bootstrapServers.join(",")}: ${protocolError(thrown) ?? ""}`
        throw new EventLogError({ reason: "Unreachable", detail, cause: thrown })
      }
    })

  const fetch: Brokers["fetch"] = Effect.fnUntraced(function* (request) {
    const broker = yield* Effect.tryPromise({
      // kafkajs's types say text; its table of brokers takes both
      try: (): Promise<Broker> => cluster.findBroker({ nodeId: String(request.node) }),
      catch: (thrown): FetchError => ({ during: "connect", thrown })
    })
    return yield* Effect.tryPromise({
      try: () => fetchFrom(broker, toKafkajs(request)),
      catch: (thrown): FetchError => ({ during: "fetch", thrown })
    })
  })

  return { leaderOf, refresh: (topics) => attempt(() => refresh(topics)), offsets, fetch }
}

/** Whether a newer look at the metadata may cure it. */
export const isStale = (thrown: unknown): boolean => STALE.has(protocolError(thrown) ?? "")

const toKafkajs = (request: FetchRequest): Parameters<Broker["fetch"]>[0] => {
  const topics = new Map<string, Array<{ partition: number; fetchOffset: string; maxBytes: number }>>()
  for (const { input, offset, maxBytes } of request.partitions) {
    const partitions = topics.get(input.topic) ?? []
    partitions.push({ partition: input.partition, fetchOffset: offset.toString(), maxBytes })
    topics.set(input.topic, partitions)
  }
  return {
    isolationLevel: READ_COMMITTED,
    maxWaitTime: request.maxWaitMs,
    minBytes: 1,
    maxBytes: request.maxBytes,
    topics: [...topics].map(([topic, partitions]) => ({ topic, partitions }))
  }
}
