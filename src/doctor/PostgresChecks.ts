/** Checks that PostgreSQL is reachable and meets the worker's requirements. */
import { Clock, Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { AppConfig, PostgresConfig } from "../config/AppConfig.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { isThisMachine, isVerified } from "../config/SecurityNotices.ts"
import { ALL_PARTITIONS } from "../domain/Task.ts"
import { readCheckpoints } from "../sink/postgres/Checkpoints.ts"
import * as Database from "../postgres/Database.ts"
import type { ResultStoreError } from "../sink/ResultStore.ts"
import { catchSqlErrors, type PostgresError } from "../postgres/PostgresError.ts"
import { describe } from "../sink/postgres/adoption/Obstacle.ts"
import { TABLES } from "../sink/postgres/adoption/Shape.ts"
import * as PostgresStore from "../sink/postgres/PostgresStore.ts"
import * as Migrations from "../sink/postgres/Migrations.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { after, check, type Checked, doubtful, fine, type Finding, type Observation, wrong } from "./Check.ts"
import { counted } from "../domain/Wording.ts"
import { notifications } from "./Notifications.ts"

export interface PostgresChecks {
  readonly findings: ReadonlyArray<Finding>
  /** Whether the tables are complete. */
  readonly complete: Checked<boolean>
  readonly checkpoints: Checked<ReadonlyArray<Checkpoint>>
  /** Reads the checkpoints again. */
  readonly readCheckpoints: Effect.Effect<ReadonlyArray<Checkpoint>, PostgresError | ResultStoreError>
}

const REACH = "start PostgreSQL, or check POSTGRES_URL and the network"

/** The versions that the tests run on. */
const TESTED = { from: 15, to: 18 }

/** A larger difference of the clocks is a warning. */
const CLOCK_TOLERANCE_MS = 1_000

interface Session {
  readonly version: number
  readonly name: string
  readonly tls: string | null
  readonly isStandby: boolean
  readonly isReadOnly: boolean
  /** `session_replication_role` = replica. */
  readonly isReplica: boolean
}

const readSession = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [row] = yield* sql<{
    version: string
    name: string
    tls: string | null
    standby: boolean
    read_only: boolean
    replica: boolean
  }>`
    SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS name,
      (SELECT s.version || ' ' || s.cipher FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl) AS tls,
      pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') = 'on' AS read_only,
      current_setting('session_replication_role') = 'replica' AS replica`
  const session: Session = {
    version: Math.floor(Number(row?.version) / 10_000),
    name: row?.name ?? "",
    tls: row?.tls ?? null,
    isStandby: row?.standby ?? false,
    isReadOnly: row?.read_only ?? false,
    isReplica: row?.replica ?? false
  }
  return session
})

const encryption = (postgres: PostgresConfig, { tls }: Session): Observation<void> => {
  const user = `user ${postgres.user}${postgres.password === undefined || Redacted.value(postgres.password) === "" ? " without password" : ""}`
  if (tls !== null) {
    return isVerified(postgres) || isThisMachine(postgres.host)
      ? fine(`${user}, ${tls}`, undefined)
      : doubtful(
          `${user}, ${tls}; the server's identity is not verified`,
          "set POSTGRES_SSL_MODE=verify-full (with POSTGRES_SSL_CA)",
          undefined
        )
  }
  return isThisMachine(postgres.host)
    ? fine(`${user}, unencrypted on this machine`, undefined)
    : doubtful(
        `${user}; the connection is not encrypted`,
        "switch on the server's ssl and set POSTGRES_SSL_MODE=verify-full (with POSTGRES_SSL_CA)",
        undefined
      )
}

const ofVersion = ({ name, version }: Session): Observation<void> =>
  version >= TESTED.from
    ? fine(name, undefined)
    : doubtful(`${name} is older than the tested versions`, `upgrade to ${TESTED.from} to ${TESTED.to}`, undefined)

/** Compares the server's clock with the middle of the query's round trip. */
const compareClocks = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`SELECT 1` // Connects first, outside of the measurement.
  const sentMs = yield* Clock.currentTimeMillis
  const [row] = yield* sql<{ now: number }>`SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`
  const receivedMs = yield* Clock.currentTimeMillis
  const aheadMs = (row?.now ?? Number.NaN) - (sentMs + receivedMs) / 2
  const uncertainMs = Math.ceil((receivedMs - sentMs) / 2)
  const found = `PostgreSQL's clock is ${(Math.abs(aheadMs) / 1000).toFixed(3)} s ${aheadMs < 0 ? "behind" : "ahead of"} this machine's (± ${uncertainMs} ms)`
  return Math.abs(aheadMs) > CLOCK_TOLERANCE_MS + uncertainMs
    ? doubtful(
        found,
        "synchronize both by NTP: the worker's clock decides whether an event is too far in the future, and whether a partition is idle",
        undefined
      )
    : fine(found, undefined)
})

/** The most missing objects that a finding lists. */
const LISTED = 3

/**
 * Plans the migration of the next start, and rehearses the start if the tables are complete. The
 * value is whether they are complete.
 */
const tables = (config: AppConfig, place: ReturnType<typeof Database.placeOf>, { isReadOnly, isStandby }: Session) =>
  Effect.gen(function* () {
    const { missing, obstacles } = yield* Migrations.plan(place)
    if (obstacles.length > 0) {
      return wrong(
        obstacles.map(describe).join(". "),
        "until then a start changes nothing and exits with 78",
        ExitCode.config
      )
    }
    if (missing.length === 0 && !isReadOnly && !isStandby) yield* PostgresStore.rehearse(place, config.tables)
    if (missing.length === 0) return fine(`complete in schema ${place.schema}`, true)
    const more = missing.length > LISTED ? `; and ${missing.length - LISTED} more` : ""
    const found = `in schema ${place.schema} ${missing.slice(0, LISTED).join("; ")}${more}`
    return config.tables.migrate === "auto"
      ? doubtful(found, "none needed: the next start creates them (MIGRATE=auto), or run `telemetra migrate`", false)
      : wrong(found, "run `telemetra migrate` with MIGRATE=auto", ExitCode.config)
  })

/** The tables that flushes write. Tables without key are written by migrations only. */
const WRITTEN = Object.entries(TABLES).flatMap(([table, { key }]) => (key.length > 0 ? [table] : []))

/** The rights that the worker lacks, as GRANT names them. */
const missingRights = Effect.fnUntraced(function* ({ migrate, schema }: AppConfig["tables"]) {
  const sql = yield* SqlClient
  const [place] = yield* sql<{ schema: boolean; usage: boolean; make: boolean }>`
    SELECT to_regnamespace(quote_ident(${schema})) IS NOT NULL AS schema,
      has_schema_privilege(to_regnamespace(quote_ident(${schema})), 'USAGE') AS usage,
      CASE WHEN to_regnamespace(quote_ident(${schema})) IS NULL
        THEN has_database_privilege(current_database(), 'CREATE')
        ELSE has_schema_privilege(${schema}, 'USAGE') AND has_schema_privilege(${schema}, 'CREATE') END AS make`
  if (place?.schema !== true) return place?.make === true ? [] : ["CREATE on the database (for the schema)"]
  // Without USAGE no name in the schema can be resolved.
  if (!place.usage) return [`USAGE and CREATE on schema ${schema}`]
  const onTables = yield* sql<{ what: string }>`
    SELECT p.privilege || ' on ' || t.name AS what
    FROM unnest(${WRITTEN}::text[]) WITH ORDINALITY AS t (name, place)
    CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) AS p (privilege)
    WHERE NOT has_table_privilege(to_regclass(quote_ident(${schema}) || '.' || t.name), p.privilege)
    ORDER BY t.place, p.privilege`
  const onSequences = yield* sql<{ what: string }>`
    SELECT 'USAGE on sequence ' || s.name AS what
    FROM unnest('{chat_summary_minute,moments}'::text[]) AS t (name)
    CROSS JOIN LATERAL (SELECT CASE WHEN EXISTS (
      SELECT FROM pg_attribute WHERE attrelid = to_regclass(quote_ident(${schema}) || '.' || t.name) AND attname = 'id'
    ) THEN pg_get_serial_sequence(quote_ident(${schema}) || '.' || t.name, 'id') END AS name) AS s
    WHERE NOT has_sequence_privilege(s.name, 'USAGE')`
  // MIGRATE=auto locks the list of migrations.
  const onMigrations = yield* sql<{ what: string }>`
    SELECT 'UPDATE on telemetra_migrations (or set MIGRATE=check)' AS what
    WHERE ${migrate === "auto"} AND NOT has_table_privilege(
      to_regclass(quote_ident(${schema}) || '.telemetra_migrations'), 'UPDATE, DELETE, TRUNCATE')`
  const owned = yield* sql<{ what: string }>`
    SELECT 'ownership of chat_summary_minute (for its partitions)' AS what FROM pg_class
    WHERE oid = to_regclass(quote_ident(${schema}) || '.chat_summary_minute') AND NOT pg_has_role(relowner, 'USAGE')`
  return [
    ...(place.make ? [] : [`USAGE and CREATE on schema ${schema} (for partitions)`]),
    ...[...onTables, ...onSequences, ...onMigrations, ...owned].map(({ what }) => what)
  ]
})

const rights = Effect.fnUntraced(function* (postgres: PostgresConfig, tables: AppConfig["tables"], session: Session) {
  if (session.isStandby) {
    return wrong(
      "the server is a standby and rejects writes",
      "point POSTGRES_URL at the primary",
      ExitCode.unavailable
    )
  }
  if (session.isReadOnly || session.isReplica) {
    const [problem, setting] = session.isReadOnly
      ? ["are read-only", "default_transaction_read_only"]
      : ["skip triggers and constraints", "session_replication_role"]
    return wrong(
      `sessions of user ${postgres.user} ${problem}`,
      `reset ${setting} of the role, the database or the server`,
      ExitCode.config
    )
  }
  const missing = yield* missingRights(tables)
  return missing.length === 0
    ? fine(`${postgres.user} can read, write and create partitions`, undefined)
    : wrong(
        `user ${postgres.user} lacks ${missing.join(", ")}`,
        "grant it, or use the tables' owner",
        ExitCode.permission
      )
})

const START_OVER = "choose another KAFKA_GROUP_ID and POSTGRES_SCHEMA"

/** Checks that the stored tasks match the configured topics and TASK_SCOPE. */
const matchingTasks = Effect.fnUntraced(function* (config: AppConfig, place: ReturnType<typeof Database.placeOf>) {
  const checkpoints = yield* readCheckpoints(place)
  if (checkpoints.length === 0) return fine("none yet: the first start creates them", checkpoints)
  const foreign = [
    ...new Set(
      checkpoints
        .flatMap(({ inputs }) => inputs)
        .filter(({ kind, topic }) => topic !== config.topics[kind])
        .map(({ kind, topic }) => `${topic} (${kind})`)
    )
  ]
  if (foreign.length > 0) {
    return wrong(
      `they belong to other topics: ${foreign.join(", ")}`,
      `restore CHAT_TOPIC and VIEWER_TOPIC, or ${START_OVER}`,
      ExitCode.config
    )
  }
  const isAll = checkpoints.some(({ sourcePartition }) => sourcePartition === ALL_PARTITIONS)
  if (isAll !== (config.taskScope === "all")) {
    return wrong(
      `they belong to TASK_SCOPE=${isAll ? "all" : "partition"}, and TASK_SCOPE is ${config.taskScope}`,
      `restore TASK_SCOPE, or ${START_OVER}`,
      ExitCode.config
    )
  }
  const watermarkMs = Math.min(...checkpoints.map((checkpoint) => checkpoint.watermarkMs))
  const upTo = Number.isFinite(watermarkMs) ? `, written up to ${new Date(watermarkMs).toISOString()}` : ""
  return fine(`${counted(checkpoints.length, "task")}${upTo}`, checkpoints)
})

/** The chain of checks on one database. `reach` is the remedy if it does not reply. */
export const postgresChecks = Effect.fn("doctor.postgres")(function* (
  config: AppConfig,
  postgres: PostgresConfig,
  reach = REACH
) {
  const options: Database.DatabaseOptions = {
    postgres,
    store: config.tables,
    sessionTimeout: config.sessionTimeout,
    access: "inspect"
  }
  const place = Database.placeOf(options)
  const query =
    (doing: string) =>
    <A, E>(self: Effect.Effect<A, E | SqlError, SqlClient>) =>
      self.pipe(catchSqlErrors(place, doing), Effect.provide(Database.layer(options)))

  const at = `${postgres.host}:${postgres.port}/${postgres.database}`
  // A server that refuses the login is reachable.
  const reached = yield* check(
    "postgresql",
    reach,
    Effect.result(readSession.pipe(query("connect"))).pipe(
      Effect.flatMap((session) =>
        session._tag === "Failure" && session.failure.reason === "Unreachable"
          ? Effect.fail(session.failure)
          : Effect.succeed(fine(at, session))
      )
    )
  )
  const session = yield* after(reached, "postgresql credentials", undefined, (answer) =>
    Effect.map(
      answer._tag === "Failure" ? Effect.fail(answer.failure) : Effect.succeed(answer.success),
      (found): Observation<Session> => {
        const observed = encryption(postgres, found)
        return observed.status === "failure" ? observed : { ...observed, value: found }
      }
    )
  )
  const of = yield* Effect.all(
    {
      version: after(session, "postgresql version", undefined, (found) => Effect.succeed(ofVersion(found))),
      clock: after(session, "clock", reach, () => compareClocks.pipe(query("compare clocks"))),
      tables: after(session, "tables", reach, (found) =>
        tables(config, place, found).pipe(query("inspect the tables"))
      ),
      rights: after(session, "permissions", reach, (found) =>
        rights(postgres, config.tables, found).pipe(query("inspect the permissions"))
      )
    },
    { concurrency: 2 }
  )
  const checkpoints = yield* after(of.tables, "checkpoints", reach, (complete) =>
    complete
      ? matchingTasks(config, place).pipe(query("read the checkpoints"))
      : Effect.succeed(fine<ReadonlyArray<Checkpoint>>("none yet: the first start creates them", []))
  )
  const notified =
    config.notify.targets.length === 0 || of.tables.value?.of === false
      ? []
      : [
          yield* after(of.tables, "notifications", reach, () =>
            notifications(config.notify).pipe(query("count the waiting notifications"))
          )
        ]
  const all: ReadonlyArray<Checked<unknown>> = [
    reached,
    session,
    of.version,
    of.clock,
    of.tables,
    of.rights,
    checkpoints,
    ...notified
  ]
  const checks: PostgresChecks = {
    findings: all.map(({ finding }) => finding),
    complete: of.tables,
    checkpoints,
    readCheckpoints:
      of.tables.value?.of === true ? readCheckpoints(place).pipe(query("read the checkpoints")) : Effect.succeed([])
  }
  return checks
})
