/** A schema of its own for each test of migrations, and helpers that change its tables. */
import { Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { placeOf } from "../../../src/postgres/Database.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

/** A test in a new schema. */
export type Body = (schema: string) => Effect.Effect<void, unknown, SqlClient | Postgres.Postgres>

/** All migrations, in the order in which they run. */
export const LABELS = [
  "0001_tables",
  "0002_keys",
  "0003_chat_summary",
  "0004_scored_count",
  "0005_baselines",
  "0006_dead_letters",
  "0007_broadcasts",
  "0008_moment_samples",
  "0009_sensitivity",
  "0010_notifications",
  "0011_emote_counts",
  "0012_local_log",
  "0013_threshold_limits"
]

/** Runs the statements one after the other. */
export const run = (statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })
  })

/** The place that migrations of this schema change. */
export const place = (schema: string) =>
  Effect.map(Postgres.Postgres, ({ postgres }) => placeOf({ postgres, store: { schema } }))

/**
 * Runs the body with the name of a new schema and a pool that uses it, without logs. The body
 * creates the schema.
 */
export const inFreshSchema = (body: Body) =>
  Effect.gen(function* () {
    const schema = (yield* Postgres.Postgres).freshSchema()
    yield* body(schema).pipe(Effect.provide(Layer.provideMerge(PostgresTables.database(schema), Logger.layer([]))))
  })
