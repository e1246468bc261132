/**
 * Brings a schema to the shape that the worker needs: the numbered SQL files of the package's folder `migrations`, each once, all in one transaction
 * under an advisory lock, so that several replicas may start together. Tables of the earlier Spark job are adopted with their rows.
 */
import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { readdir, readFile } from "node:fs/promises"
import { ResultStoreError } from "../ResultStore.ts"
import { type Place, toStoreError, catchSqlErrors } from "./Failure.ts"
import { quoteIdentifier } from "./Database.ts"
import { missingObjects } from "./SchemaCheck.ts"

/** Which migrations a schema has seen. Lives in that schema. */
const MIGRATIONS_TABLE = "telemetra_migrations"

/** Beside the package's sources and its bundle alike. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../../migrations/" : "../migrations/", import.meta.url)

/** Longer than the worker's own statements may take: adopting a large table rewrites it. */
const DDL_LOCK_TIMEOUT = "60s"

interface MigrationFile {
  readonly id: number
  readonly name: string
  readonly file: URL
}

const importError = (cause: unknown): Migrator.MigrationError =>
  new Migrator.MigrationError({
    kind: "ImportError",
    message: `the folder migrations can't be read: ${String(cause)}`,
    cause
  })

const migrationFiles: Effect.Effect<ReadonlyArray<MigrationFile>, Migrator.MigrationError> = Effect.tryPromise({
  try: () => readdir(folder),
  catch: importError
}).pipe(
  Effect.map((names) =>
    names.toSorted().flatMap((file) => {
      const [, id, name] = /^(\d+)_(.+)\.sql$/.exec(file) ?? []
      return id === undefined || name === undefined ? [] : [{ id: Number(id), name, file: new URL(file, folder) }]
    })
  )
)

/**
 * A migration is one file of plain SQL statements. The protocol takes one statement at a time, and PL/pgSQL takes the file as its body, so that nobody has to
 * split it.
 */
const loader: Migrator.Loader = migrationFiles.pipe(
  Effect.map((files) =>
    files.map(({ id, name, file }): Migrator.ResolvedMigration => [
      id,
      name,
      Effect.tryPromise({ try: () => readFile(file, "utf8"), catch: importError }).pipe(
        Effect.map((statements) =>
          Effect.flatMap(SqlClient, (sql) =>
            sql.unsafe(`DO $telemetra_migration$\nBEGIN\n${statements}\nEND\n$telemetra_migration$`)
          )
        )
      )
    ])
  )
)

const schemaExists = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const found = yield* sql`SELECT 1 FROM pg_namespace WHERE nspname = ${schema}`
  return found.length > 0
})

const migrationFailed = (place: Place, error: Migrator.MigrationError): ResultStoreError => {
  const cause = error.cause
  if (isSqlError(cause)) {
    const mapped = toStoreError(place, "migrate", cause)
    return mapped.reason === "Unreachable" || mapped.reason === "Unauthorized"
      ? mapped
      : new ResultStoreError({ reason: "Schema", detail: `${error.message}: ${mapped.detail}`, cause })
  }
  return new ResultStoreError({ reason: "Schema", detail: error.message, cause: error })
}

/**
 * Applies what is missing and returns the names of the migrations that ran. Idempotent. Fails with `Schema` where what stands there can't be adopted; then
 * nothing has changed.
 */
export const migrate = (place: Place): Effect.Effect<ReadonlyArray<string>, ResultStoreError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    return yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* sql`SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true)`
        yield* sql`SELECT set_config('idle_in_transaction_session_timeout', '60s', true)`
        yield* sql`SELECT pg_advisory_xact_lock(hashtextextended(${`telemetra migrations ${place.schema}`}, 0))`
        yield* sql`SELECT set_config('lock_timeout', ${DDL_LOCK_TIMEOUT}, true)`
        if (!(yield* schemaExists(place.schema))) {
          yield* sql.unsafe(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(place.schema)}`)
        }
        const ran = yield* Migrator.make({})({ loader, table: MIGRATIONS_TABLE })
        return ran.map(([id, name]) => `${String(id).padStart(4, "0")}_${name}`)
      })
    )
  }).pipe(
    catchSqlErrors(place, "migrate"),
    Effect.catchTag("MigrationError", (error) => Effect.fail(migrationFailed(place, error)))
  )

const pendingMigrations = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [known] = yield* sql<{ table: string | null }>`SELECT to_regclass(${MIGRATIONS_TABLE})::text AS table`
  const files = yield* migrationFiles
  if (known === undefined || known.table === null) return files
  const [latest] = yield* sql.unsafe<{ id: number }>(
    `SELECT COALESCE(max(migration_id), 0) AS id FROM ${MIGRATIONS_TABLE}`
  )
  return files.filter((file) => file.id > (latest?.id ?? 0))
})

/** What of the schema is missing, a phrase each; none = all is there. Changes nothing. */
export const missing = (place: Place): Effect.Effect<ReadonlyArray<string>, ResultStoreError, SqlClient> =>
  Effect.gen(function* () {
    if (!(yield* schemaExists(place.schema))) return [`schema ${place.schema} does not exist`]
    return [
      ...(yield* missingObjects),
      ...(yield* pendingMigrations).map(
        ({ id, name }) => `migration ${String(id).padStart(4, "0")}_${name} has not run`
      )
    ]
  }).pipe(
    catchSqlErrors(place, "check the tables"),
    Effect.catchTag("MigrationError", (error) => Effect.fail(migrationFailed(place, error)))
  )

/** Changes nothing. Fails with `Schema` and names exactly what is missing. */
export const check = Effect.fnUntraced(function* (place: Place): Effect.fn.Return<void, ResultStoreError, SqlClient> {
  const phrases = yield* missing(place)
  if (phrases.length > 0) {
    return yield* new ResultStoreError({
      reason: "Schema",
      detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}, schema ${place.schema}: ${phrases.join("; ")}. Run \`telemetra migrate\`, or set MIGRATE=auto`
    })
  }
})
