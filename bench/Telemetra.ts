/** The worker, as shipped. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { LAUNCHER, NODE_FLAGS } from "../test/harness/WorkerProcess.ts"
import type { System } from "./System.ts"

/**
 * Whether the checkpoints of all tasks have reached the ends of their inputs, and no window is
 * emitted in part. The table may not exist before the first flush.
 */
const isRead = (schema: string, records: number) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const [found] = yield* sql.unsafe<{ made: boolean }>(
      `SELECT to_regclass('${schema}.checkpoints') IS NOT NULL AS made`
    )
    if (found?.made !== true) return false
    const [read] = yield* sql.unsafe<{ records: number | null; emitting: boolean | null }>(
      `SELECT sum((input ->> 'nextOffset')::float8) AS records, bool_or(settings ? 'emitted') AS emitting
        FROM ${schema}.checkpoints, jsonb_array_elements(inputs) AS input`
    )
    return read?.records === records && read.emitting === false
  })

/** `settings` are further variables by name. `main` is the script for Node. */
export const telemetra = (
  workers: number,
  settings: Readonly<Record<string, string>> = {},
  main = LAUNCHER
): System => ({
  id: `telemetra-${workers}`,
  kind: "ours",
  name: `telemetra, WORKERS=${workers}`,
  settings: `\`node ${NODE_FLAGS.join(" ")} bin/telemetra.js run\` (\`npm start\`) with ${[`WORKERS=${workers}`, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)].join(", ")} and every other default`,
  without: "",
  prepare: Effect.void,
  table: "chat_summary_minute",
  ddl: () => [],
  program: ({ bootstrap, folder, group, postgres, schema, topics }) => ({
    command: process.execPath,
    args: [...NODE_FLAGS, main, "run"],
    cwd: folder,
    env: {
      // All systems use the same scores.
      SENTIMENT_MODEL: "baseline",
      KAFKA_BOOTSTRAP_SERVERS: bootstrap,
      KAFKA_GROUP_ID: group,
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer,
      POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=disable`,
      POSTGRES_USER: postgres.user,
      POSTGRES_PASSWORD: postgres.password,
      POSTGRES_SCHEMA: schema,
      WORKERS: String(workers),
      HTTP_PORT: "0",
      NO_COLOR: "1",
      ...settings
    }
  }),
  isDone: ({ records, schema }) => isRead(schema, records),
  lastMs: undefined
})
