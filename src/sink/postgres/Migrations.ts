/**
 * Brings a schema to the shape that the worker needs: the numbered SQL files of the package's folder `migrations`, each once, all in one transaction
 * under an advisory lock, so that several replicas may start together. Tables of the earlier Spark job are adopted with their rows.
 */
import { Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { readdir, readFile } from "node:fs/promises"
import { escapeControls } from "../../domain/EscapeControls.ts"
import { ResultStoreError } from "../ResultStore.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { isLockTimeout, textOf } from "../../postgres/SqlErrors.ts"
import { catchStoreErrors, storeErrorOf } from "./StoreErrors.ts"
import { examine, type Findings } from "./adoption/Adoption.ts"
import { describe, type Obstacle } from "./adoption/Obstacle.ts"
import { MIGRATIONS_TABLE } from "./adoption/Shape.ts"

/** Beside the package's sources and its bundle alike. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../../migrations/" : "../migrations/", import.meta.url)

/** The longest wait for the lock on the tables. Readers and writers that come later queue behind it, so it is short; a start retries. */
const DDL_LOCK_TIMEOUT = "10s"

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
const load = ({ file }: MigrationFile) =>
  Effect.tryPromise({ try: () => readFile(file, "utf8"), catch: importError }).pipe(
    Effect.map((statements) =>
      Effect.flatMap(SqlClient, (sql) =>
        sql.unsafe(`DO $telemetra_migration$\nBEGIN\n${statements}\nEND\n$telemetra_migration$`)
      )
    )
  )

const loader: Migrator.Loader = migrationFiles.pipe(
  Effect.map((files) => files.map((file): Migrator.ResolvedMigration => [file.id, file.name, load(file)]))
)

const labelOf = (id: number, name: string): string => `${String(id).padStart(4, "0")}_${name}`

/** `undefined` = the schema does not exist. `grant` gives our role what it needs. */
const readSchema = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const [found] = yield* sql<{ usage: boolean; create: boolean; grant: string }>`
    SELECT has_schema_privilege(oid, 'USAGE') AS usage, has_schema_privilege(oid, 'CREATE') AS create,
      format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', nspname, current_user) AS grant
    FROM pg_namespace WHERE nspname = ${schema}`
  return found
})

const forbidden = (place: Place, right: "USAGE" | "CREATE", grant: string): ResultStoreError =>
  new ResultStoreError({
    reason: "Refused",
    detail: `${serverAt(place)}: user ${place.user} lacks ${right} on schema ${place.schema}, and nothing was changed: the schema's owner has to run ${grant}`
  })

const OLDEST_VERSION = 15

/**
 * Reasons why no schema of this server or database will do. Texts of chat are Unicode: another encoding refuses some, and SQL_ASCII counts bytes instead of
 * characters. `version` as `server_version_num`.
 */
export const serverObstacles = (database: string, version: number, encoding: string): ReadonlyArray<Obstacle> => [
  ...(version >= OLDEST_VERSION * 10_000
    ? []
    : [
        {
          object: "the server",
          problem: `it is PostgreSQL ${Math.floor(version / 10_000)}, and ${OLDEST_VERSION} or newer is needed`,
          remedy: [],
          note: "upgrade it"
        }
      ]),
  ...(encoding === "UTF8"
    ? []
    : [
        {
          object: `database ${database}`,
          problem: `its encoding is ${encoding}, not UTF8, so it can't hold every text`,
          remedy: [],
          note: "an encoding can't be changed: create a database with ENCODING 'UTF8' TEMPLATE template0, and name it in POSTGRES_URL"
        }
      ])
]

const readServerObstacles = Effect.fnUntraced(function* (place: Place) {
  const sql = yield* SqlClient
  const [found] = yield* sql<{ version: number; encoding: string }>`
    SELECT current_setting('server_version_num')::int4 AS version, current_setting('server_encoding') AS encoding`
  return found === undefined ? [] : serverObstacles(place.database, found.version, found.encoding)
})

/** As Migrator creates it, which answers a failure by a query on the aborted transaction and so loses the cause. */
const CREATE_MIGRATIONS = `
CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (
  migration_id integer PRIMARY KEY, created_at timestamp with time zone NOT NULL DEFAULT now(), name text NOT NULL)`

const migrationFailed = (place: Place, error: Migrator.MigrationError): ResultStoreError => {
  const cause = error.cause
  if (isSqlError(cause)) {
    const mapped = storeErrorOf(place, "migrate", cause)
    return mapped.reason === "Unreachable" || mapped.reason === "Unauthorized"
      ? mapped
      : new ResultStoreError({
          reason: "Schema",
          detail: `${serverAt(place)}: ${error.message} in schema ${place.schema}, and nothing was changed: ${textOf(cause)}`,
          cause
        })
  }
  return new ResultStoreError({ reason: "Schema", detail: error.message, cause: error })
}

/** What a start would find in the schema, and what it would do. */
export interface Plan {
  /** Reasons why it would end without a change. */
  readonly obstacles: ReadonlyArray<Obstacle>
  /** What it would create, one phrase each. Empty together with `obstacles`: all is there. */
  readonly missing: ReadonlyArray<string>
}

const planOf = Effect.fnUntraced(function* (place: Place) {
  const unsuitable = yield* readServerObstacles(place)
  if (unsuitable.length > 0) {
    const plan: Plan = { obstacles: unsuitable, missing: [] }
    return plan
  }
  const schema = yield* readSchema(place.schema)
  if (schema === undefined) {
    const plan: Plan = { obstacles: [], missing: [`schema ${place.schema} does not exist`] }
    return plan
  }
  if (!schema.usage) return yield* forbidden(place, "USAGE", schema.grant)
  const files = yield* migrationFiles
  const { lastMigration, missing, obstacles }: Findings = yield* examine(
    place.schema,
    Math.max(...files.map(({ id }) => id))
  )
  const pending = files.filter(({ id }) => id > lastMigration)
  const plan: Plan = {
    obstacles,
    missing: [...missing, ...pending.map(({ id, name }) => `migration ${labelOf(id, name)} has not run`)]
  }
  return plan
})

/** The same checks as {@link migrate}. Changes nothing and takes no lock on a table. */
export const plan = (place: Place): Effect.Effect<Plan, ResultStoreError, SqlClient> =>
  planOf(place).pipe(
    catchStoreErrors(place, "check the tables"),
    Effect.catchTag("MigrationError", (error) => Effect.fail(migrationFailed(place, error)))
  )

/** Obstacles that one message names. `telemetra doctor` lists all. */
const NAMED = 5

const blocked = (place: Place, { obstacles }: Plan, missing: ReadonlyArray<string> = []): ResultStoreError => {
  const named = obstacles.slice(0, NAMED).map((obstacle, at) => `(${at + 1}) ${describe(obstacle)}`)
  const more = obstacles.length > NAMED ? ` And ${obstacles.length - NAMED} more: \`telemetra doctor\` lists them.` : ""
  return new ResultStoreError({
    reason: "Schema",
    detail: `${serverAt(place)}: the tables in schema ${place.schema} can't be used as they are, and nothing was changed. ${named.join(". ")}.${more}${missing.length === 0 ? "" : ` Also: ${missing.join("; ")}`}`
  })
}

const incomplete = (place: Place, missing: ReadonlyArray<string>, remedy: string): ResultStoreError =>
  new ResultStoreError({
    reason: "Schema",
    detail: `${serverAt(place)}, schema ${place.schema}: ${missing.join("; ")}. ${remedy}`
  })

/** Changes nothing. Fails with `Schema` and names every obstacle, or else exactly what is missing. */
export const check = Effect.fnUntraced(function* (place: Place): Effect.fn.Return<void, ResultStoreError, SqlClient> {
  const found = yield* plan(place)
  if (found.obstacles.length > 0) return yield* blocked(place, found, found.missing)
  if (found.missing.length > 0) {
    return yield* incomplete(place, found.missing, "Run `telemetra migrate`, or set MIGRATE=auto")
  }
})

/** From here on nobody writes to the tables, or changes them, until the transaction ends. */
const lockTables = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const tables = yield* sql<{ name: string }>`SELECT c.relname::text AS name FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(${schema})) AND c.relkind IN ('r', 'p')
      AND c.relname IN ('chat_summary_minute', 'moments') ORDER BY 1`
  if (tables.length === 0) return
  const names = tables.map(({ name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`).join(", ")
  yield* sql.unsafe(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`)
})

/** Sessions that hold a lock on the tables, such as "4711 (psql, user ann, idle in transaction)". */
const readHolders = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const found = yield* sql<{ holder: string }>`
    SELECT format('%s (%s, user %s, %s)', a.pid, COALESCE(NULLIF(a.application_name, ''), 'without a name'), a.usename, a.state) AS holder
    FROM pg_stat_activity a WHERE a.pid IN (
      SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND c.relnamespace = to_regnamespace(quote_ident(${schema})) AND c.relkind IN ('r', 'p')
    ) AND a.pid <> pg_backend_pid() ORDER BY a.pid LIMIT 5`
  return found.map(({ holder }) => escapeControls(holder))
})

/** Names those that hold the tables. They may be gone by now. */
const lockedOut = Effect.fnUntraced(function* (place: Place, error: SqlError) {
  const holders = yield* readHolders(place.schema)
  const problem = storeErrorOf(place, "lock the tables for their migration", error)
  if (holders.length === 0) return yield* problem
  return yield* new ResultStoreError({
    reason: problem.reason,
    detail: `${problem.detail}. Sessions that hold locks on tables of schema ${place.schema}: ${holders.join(", ")}. End their transactions, or SELECT pg_terminate_backend(...)`,
    cause: error
  })
})

/** Every migration once more: each creates only what is missing. */
const repair = Effect.gen(function* () {
  const files = yield* migrationFiles
  for (const file of files) {
    yield* Effect.mapError(
      Effect.flatten(load(file)),
      (cause) => new Migrator.MigrationError({ kind: "Failed", message: `Migration "${file.name}" failed`, cause })
    )
  }
  return files.map(({ id, name }) => labelOf(id, name))
})

/** In a transaction. Checks before the first change, and under the lock again: a check without it may be outdated by then. */
const apply = Effect.fnUntraced(function* (place: Place) {
  const early = yield* planOf(place)
  if (early.obstacles.length > 0) return yield* blocked(place, early)
  const sql = yield* SqlClient
  if (early.missing.length > 0) {
    const schema = yield* readSchema(place.schema)
    if (schema?.create === false) return yield* forbidden(place, "CREATE", schema.grant)
    yield* lockTables(place.schema)
    const locked = yield* planOf(place)
    if (locked.obstacles.length > 0) return yield* blocked(place, locked)
    // a role that only uses the schema may not have the right to create one, which IF NOT EXISTS asks for too
    if ((yield* readSchema(place.schema)) === undefined) {
      yield* sql.unsafe(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(place.schema)}`)
    }
    yield* sql.unsafe(CREATE_MIGRATIONS)
  }
  const ran = yield* Migrator.make({})({ loader, table: MIGRATIONS_TABLE })
  const applied = ran.map(([id, name]) => labelOf(id, name))
  if (early.missing.length === 0) return applied
  const repaired = (yield* planOf(place)).missing.length === 0 ? [] : yield* repair
  const after = yield* planOf(place)
  if (after.obstacles.length > 0) return yield* blocked(place, after)
  if (after.missing.length > 0) {
    return yield* incomplete(place, after.missing, "The migrations don't create this, and nothing was changed")
  }
  return applied.length === 0 ? repaired : applied
})

/**
 * Creates what is missing and returns the names of the migrations that ran. Idempotent. Fails with `Schema` if the schema holds what can't be adopted; then
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
        return yield* apply(place)
      })
    )
  }).pipe(
    Effect.catchIf(isLockTimeout, (error) => lockedOut(place, error)),
    catchStoreErrors(place, "migrate"),
    Effect.catchTag("MigrationError", (error) => Effect.fail(migrationFailed(place, error)))
  )
