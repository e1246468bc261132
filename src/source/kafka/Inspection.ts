/** Read-only queries of a cluster for `telemetra doctor`, each over a connection of its own. */
import { Effect } from "effect"
import type { Admin } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { EventLogError } from "../EventLog.ts"
import { withAdmin } from "./Admin.ts"
import { type Clients, makeClients } from "./Client.ts"
import { type PartitionCounts, partitionCounts, type Topics } from "./Topics.ts"

const query = <A>(
  config: KafkaConfig,
  which: keyof Clients,
  run: (admin: Admin) => Promise<A>
): Effect.Effect<A, EventLogError> =>
  Effect.flatMap(makeClients(config), (clients) => withAdmin(config, clients[which], run))

/**
 * Connects to one broker, with TLS and credentials. Returns the addresses (host:port) that the
 * brokers of its cluster advertise.
 */
export const advertisedBrokers = (
  config: KafkaConfig,
  address: string
): Effect.Effect<ReadonlyArray<string>, EventLogError> =>
  query({ ...config, bootstrapServers: [address] }, "probe", async (admin) => {
    const { brokers } = await admin.describeCluster()
    return brokers.map(({ host, port }) => `${host}:${port}`)
  })

export const countsOf = (config: KafkaConfig, topics: Topics): Effect.Effect<PartitionCounts, EventLogError> =>
  Effect.flatMap(makeClients(config), ({ probe }) => partitionCounts(config, probe, topics))

export const topicExists = (config: KafkaConfig, topic: string): Effect.Effect<boolean, EventLogError> =>
  query(config, "probe", async (admin) => (await admin.listTopics()).includes(topic))

export interface GroupState {
  /** Kafka's name of the state, such as Stable, Empty, or Dead (the group does not exist). */
  readonly state: string
  readonly members: number
}

/** The configured group. */
export const describeGroup = (config: KafkaConfig): Effect.Effect<GroupState, EventLogError> =>
  // The retrying client: kafkajs finds a coordinator by retries.
  query(config, "kafka", async (admin) => {
    const { groups } = await admin.describeGroups([config.groupId])
    return { state: groups[0]?.state ?? "Dead", members: groups[0]?.members.length ?? 0 }
  })
