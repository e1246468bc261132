/**
 * Read requests to the brokers: metadata, offsets, fetches. Connects on first use, and reconnects
 * with the next request.
 */
import { Effect } from "effect"
import type { Broker, Cluster } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { Input } from "../../domain/Task.ts"
import type { EventLogError } from "../EventLog.ts"
import { leaderOf, refreshMetadata } from "./ClusterMetadata.ts"
import type { FetchResponse } from "./FetchResponse.ts"
import { toEventLogError } from "./KafkaError.ts"
import { type QueryOffsets, offsetQueries } from "./OffsetQueries.ts"
import { fetchFrom } from "./OwnFetch.ts"

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
  readonly offsets: QueryOffsets
  /** Returns at least one whole batch of the first partition, whatever the limits. */
  readonly fetch: (request: FetchRequest) => Effect.Effect<FetchResponse, FetchError>
}

/** An error that kafkajs threw, while it connected or during the fetch itself. */
export interface FetchError {
  readonly during: "connect" | "fetch"
  readonly thrown: unknown
}

const READ_COMMITTED = 1

export const makeBrokers = (config: KafkaConfig, cluster: Cluster): Brokers => {
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
    refresh: (topics) =>
      Effect.tryPromise({
        try: () => refreshMetadata(cluster, topics),
        catch: (thrown) => toEventLogError(config, thrown)
      }),
    offsets: offsetQueries(config, cluster),
    fetch
  }
}

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
