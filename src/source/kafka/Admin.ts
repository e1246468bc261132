/** Runs admin requests over a connection of their own, which closes with them. */
import { Effect } from "effect"
import type { Admin, Kafka } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import type { EventLogError } from "../EventLog.ts"
import { toEventLogError } from "./KafkaError.ts"

export const withAdmin = <A>(
  config: KafkaConfig,
  kafka: Kafka,
  use: (admin: Admin) => Promise<A>
): Effect.Effect<A, EventLogError> =>
  Effect.tryPromise({
    try: async () => {
      const admin = kafka.admin()
      try {
        await admin.connect()
        return await use(admin)
      } finally {
        await admin.disconnect()
      }
    },
    catch: (thrown) => toEventLogError(config, thrown)
  })
