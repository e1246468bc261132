/** kafkajs alone, for the ceiling of a worker that reads through it. */
import { Effect, Schema } from "effect"
import type { System } from "../System.ts"

const decode = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ records: Schema.Int, lastMs: Schema.Int }))
)

export const clientLimit: System = {
  id: "kafkajs",
  kind: "limit",
  name: "kafkajs alone",
  settings: "`eachBatch` and `JSON.parse` of every value, one thread, kafkajs' defaults",
  without: "everything but reading and parsing: the ceiling of what reads through kafkajs on one thread",
  prepare: Effect.void,
  table: undefined,
  ddl: () => [],
  program: ({ bootstrap, group, topics }) => ({
    command: process.execPath,
    args: [new URL("client-limit.ts", import.meta.url).pathname],
    env: {
      KAFKA_BOOTSTRAP_SERVERS: bootstrap,
      KAFKA_GROUP_ID: group,
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer
    }
  }),
  isDone: undefined,
  lastMs: (output) => decode(output.split("\n").find((line) => line.startsWith('{"records"')) ?? "").lastMs
}
