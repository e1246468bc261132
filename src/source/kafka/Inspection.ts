/** A look at a cluster from outside, for `telemetra doctor`: single questions, each with a connection of its own, that change nothing. */
import { Effect } from "effect"
import type { Admin } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { EventLogError } from "../EventLog.ts"
import { type Clients, makeClients } from "./Client.ts"
import { toEventLogError } from "./KafkaError.ts"
import { type PartitionCounts, partitionCounts, type Topics } from "./Topics.ts"

/** Puts a question with one of the clients, and leaves. */
const ask = <A>(
  config: KafkaConfig,
  which: keyof Clients,
  question: (admin: Admin) => Promise<A>
): Effect.Effect<A, EventLogError> =>
  Effect.flatMap(makeClients(config), (clients) =>
    Effect.tryPromise({
      try: async () => {
        const admin = clients[which].admin()
        try {
          await admin.connect()
          return await question(admin)
        } finally {
          await admin.disconnect()
        }
      },
      catch: (thrown) => toEventLogError(config, thrown)
    })
  )

/** Connects to one broker, with TLS and credentials, and gives the addresses (host:port) under which the brokers of its cluster want to be reached. */
export const brokersBy = (config: KafkaConfig, address: string): Effect.Effect<ReadonlyArray<string>, EventLogError> =>
  ask({ ...config, bootstrapServers: [address] }, "probe", async (admin) => {
    const { brokers } = await admin.describeCluster()
    return brokers.map(({ host, port }) => `${host}:${port}`)
  })

export const countsOf = (config: KafkaConfig, topics: Topics): Effect.Effect<PartitionCounts, EventLogError> =>
  Effect.flatMap(makeClients(config), ({ probe }) => partitionCounts(config, probe, topics))

export const topicExists = (config: KafkaConfig, topic: string): Effect.Effect<boolean, EventLogError> =>
  ask(config, "probe", async (admin) => (await admin.listTopics()).includes(topic))

export interface GroupState {
  /** As Kafka calls it: Stable, Empty, Dead (there is no such group) and so on. */
  readonly state: string
  readonly members: number
}

/** The configured group. */
export const describeGroup = (config: KafkaConfig): Effect.Effect<GroupState, EventLogError> =>
  // kafkajs finds a coordinator by trying again
  ask(config, "kafka", async (admin) => {
    const { groups } = await admin.describeGroups([config.groupId])
    return { state: groups[0]?.state ?? "Dead", members: groups[0]?.members.length ?? 0 }
  })
