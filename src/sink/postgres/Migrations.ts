/**
 * Migrates a schema by the numbered SQL files of the package's folder `migrations`. Each file runs
 * once. All run in one transaction under an advisory lock, so several replicas may start together.
 * Tables of the earlier Spark job are adopted with their rows.
 */
import { Effect, Schema } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { readdir, readFile } from "node:fs/promises"
import { escapeControls } from "../../domain/EscapeControls.ts"
import { ResultStoreError } from "../ResultStore.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { firstOf, onlyOf, rowsOf } from "../../postgres/Rows.ts"
import { isLockTimeout, textOf } from "../../postgres/SqlErrors.ts"
import { catchStoreErrors, storeErrorOf } from "./StoreErrors.ts"
import { examine, type Findings } from "./adoption/Adoption.ts"
import { describe, type Obstacle } from "./adoption/Obstacle.ts"
import { MIGRATIONS_TABLE } from "./adoption/Shape.ts"

/** The path differs for the package's sources and its bundle. */
const folder = new URL(import.meta.url.endsWith(".ts") ? "../../../migrations/" : "../migrations/", import.meta.url)

/**
 * The longest wait for the lock on the tables. Later readers and writers queue behind it, so it is
 * short; a start retries.
 */
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
 * A migration is one file of plain SQL statements. The protocol takes one statement at a time, so
 * the file becomes the body of a PL/pgSQL block instead of being split.
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

const schemaRights = firstOf(Schema.Struct({ usage: Schema.Boolean, create: Schema.Boolean, grant: Schema.String }))

/**
 * Returns `undefined` if the schema does not exist. `grant` is the statement for missing rights.
 */
const readSchema = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  return yield* schemaRights(sql`
    SELECT has_schema_privilege(oid, 'USAGE') AS usage, has_schema_privilege(oid, 'CREATE') AS create,
      format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', nspname, current_user) AS grant
    FROM pg_namespace WHERE nspname = ${schema}`)
})

const forbidden = (place: Place, right: "USAGE" | "CREATE", grant: string): ResultStoreError =>
  new ResultStoreError({
    reason: "Refused",
    detail: `${serverAt(place)}: user ${place.user} lacks ${right} on schema ${place.schema}, and nothing was changed: the schema's owner must run ${grant}`
  })

const OLDEST_VERSION = 15

/**
 * Reasons why the server or the database is unsuitable. Chat is Unicode: another encoding refuses
 * some texts, and SQL_ASCII counts bytes instead of characters. `version` as `server_version_num`.
 */
export const serverObstacles = (database: string, version: number, encoding: string): ReadonlyArray<Obstacle> => [
  ...(version >= OLDEST_VERSION * 10_000
    ? []
    : [
        {
          object: "the server",
          problem: `it is PostgreSQL ${Math.floor(version / 10_000)}, and version ${OLDEST_VERSION} or newer is needed`,
          remedy: [],
          note: "upgrade it"
        }
      ]),
  ...(encoding === "UTF8"
    ? []
    : [
        {
          object: `database ${database}`,
          problem: `its encoding is ${encoding}, not UTF8, so it cannot store every text`,
          remedy: [],
          note: "an encoding cannot be changed: create a database with ENCODING 'UTF8' TEMPLATE template0, and name it in POSTGRES_URL"
        }
      ])
]

const serverSettings = onlyOf(Schema.Struct({ version: Schema.Int, encoding: Schema.String }))

const readServerObstacles = Effect.fnUntraced(function* (place: Place) {
  const sql = yield* SqlClient
  const { encoding, version } = yield* serverSettings(sql`
    SELECT current_setting('server_version_num')::int4 AS version, current_setting('server_encoding') AS encoding`)
  return serverObstacles(place.database, version, encoding)
})

/**
 * The table of Migrator. Created here, because Migrator queries the aborted transaction after a
 * failure and so loses the cause.
 */
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

/** The obstacles and the pending changes of a start. */
export interface Plan {
  /** Reasons why the start would end without a change. */
  readonly obstacles: ReadonlyArray<Obstacle>
  /** One phrase for each object to create. If `obstacles` is empty too, the schema is complete. */
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
    detail: `${serverAt(place)}: the tables in schema ${place.schema} cannot be used, and nothing was changed. ${named.join(". ")}.${more}${missing.length === 0 ? "" : ` Also: ${missing.join("; ")}`}`
  })
}

const incomplete = (place: Place, missing: ReadonlyArray<string>, remedy: string): ResultStoreError =>
  new ResultStoreError({
    reason: "Schema",
    detail: `${serverAt(place)}, schema ${place.schema}: ${missing.join("; ")}. ${remedy}`
  })

/** Fails with `Schema` and names every obstacle, or else every missing object. Changes nothing. */
export const check = Effect.fnUntraced(function* (place: Place): Effect.fn.Return<void, ResultStoreError, SqlClient> {
  const found = yield* plan(place)
  if (found.obstacles.length > 0) return yield* blocked(place, found, found.missing)
  if (found.missing.length > 0) {
    return yield* incomplete(place, found.missing, "Run `telemetra migrate`, or set MIGRATE=auto")
  }
})

const relationNames = rowsOf(Schema.Struct({ name: Schema.String }))
const lockHolders = rowsOf(Schema.Struct({ holder: Schema.String }))

/** Blocks writes and changes of the tables until the end of the transaction. */
const lockTables = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const tables = yield* relationNames(sql`SELECT c.relname::text AS name FROM pg_class c
    WHERE c.relnamespace = to_regnamespace(quote_ident(${schema})) AND c.relkind IN ('r', 'p')
      AND c.relname IN ('chat_summary_minute', 'moments') ORDER BY 1`)
  if (tables.length === 0) return
  const names = tables.map(({ name }) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`).join(", ")
  yield* sql.unsafe(`LOCK TABLE ${names} IN ACCESS EXCLUSIVE MODE`)
})

/** Sessions with a lock on the tables, for example "4711 (psql, user ann, idle in transaction)". */
const readHolders = Effect.fnUntraced(function* (schema: string) {
  const sql = yield* SqlClient
  const found = yield* lockHolders(sql`
    SELECT format('%s (%s, user %s, %s)', a.pid,
      COALESCE(NULLIF(a.application_name, ''), 'without a name'), a.usename, a.state) AS holder
    FROM pg_stat_activity a WHERE a.pid IN (
      SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
      WHERE l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND c.relnamespace = to_regnamespace(quote_ident(${schema})) AND c.relkind IN ('r', 'p')
    ) AND a.pid <> pg_backend_pid() ORDER BY a.pid LIMIT 5`)
  return found.map(({ holder }) => escapeControls(holder))
})

/** Names the sessions that hold the tables. They may have ended by now. */
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

/** Runs every migration again: each creates only what is missing. */
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

/**
 * Runs in a transaction. Checks before the first change, and again under the lock: the first check
 * may be outdated.
 */
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
    // IF NOT EXISTS requires the right to create schemas, which a role that only uses one may lack.
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
    return yield* incomplete(place, after.missing, "The migrations do not create this, and nothing was changed")
  }
  return applied.length === 0 ? repaired : applied
})

/**
 * Creates missing objects and returns the names of the migrations that ran. Idempotent. Fails with
 * `Schema` if an object cannot be adopted; then nothing has changed.
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
