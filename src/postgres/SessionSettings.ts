/**
 * What the worker requires of a session, and whether the server gives it. Settings travel as startup parameters, and what stands between the worker and the
 * server may drop them: a session that differs would write into another schema, or block others without a limit. So they are read back before the first use.
 */
import type { PgConnection } from "@effect/sql-pg"
import { Effect, Predicate } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

/** By name, as `pg_settings` has them: time limits in milliseconds. */
export type Settings = Readonly<Record<string, string>>

/** What a session turned out to be. */
export interface SessionState {
  /** Process id of the server's session. */
  readonly pid: number
  readonly isStandby: boolean
  readonly settings: Settings
}

/** Why a session can't be used: `Settings` and `Unauthorized` need a person, `Unreachable` may pass. */
export class SessionProblem extends Error {
  readonly reason: "Settings" | "Unauthorized" | "Unreachable"

  constructor(reason: SessionProblem["reason"], message: string) {
    super(message)
    this.reason = reason
  }
}

/** The problem behind an error of the client. */
export const problemOf = (error: SqlError): SessionProblem | undefined =>
  error.reason.cause instanceof SessionProblem ? error.reason.cause : undefined

/** As an error of the client. */
export const refuse = (reason: SessionProblem["reason"], message: string) =>
  Effect.fail(
    new SqlError({
      reason: new ConnectionError({ cause: new SessionProblem(reason, message), message, operation: "connect" })
    })
  )

const NAMES = [
  "search_path",
  "TimeZone",
  "DateStyle",
  "client_encoding",
  "standard_conforming_strings",
  "default_transaction_isolation",
  "default_transaction_read_only",
  "session_replication_role",
  "lock_timeout",
  "statement_timeout",
  "idle_in_transaction_session_timeout"
]

const READ_STATE = `
SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS standby,
  (SELECT json_object_agg(name, setting)::text FROM pg_settings WHERE name IN (${NAMES.map((name) => `'${name}'`).join(", ")})) AS settings`

/** Unprepared: a pooler may hand the next statement to another session, which does not know the prepared one. */
export const readState = (connection: PgConnection.PgConnection): Effect.Effect<SessionState, SqlError> =>
  Effect.flatMap(connection.query(READ_STATE, [], false), ({ rows: [row] }) => {
    const settings: unknown = typeof row?.["settings"] === "string" ? JSON.parse(row["settings"]) : undefined
    return typeof row?.["pid"] === "number" && Predicate.isObject(settings)
      ? Effect.succeed({ pid: row["pid"], isStandby: row["standby"] === true, settings: settings as Settings })
      : refuse("Settings", "the server's answer about its session settings has an unknown form")
  })

/** The names in a search_path, as PostgreSQL reads them. */
const schemasOf = (searchPath: string): ReadonlyArray<string> =>
  [...searchPath.matchAll(/"((?:[^"]|"")*)"|[^,\s]+/g)].map(([whole, quoted]) =>
    quoted === undefined ? whole.toLowerCase() : quoted.replaceAll('""', '"')
  )

/** Whether a setting means what was wanted, however it is written. */
const isAsWanted = (name: string, wanted: string, found: string | undefined): boolean => {
  if (found === undefined) return false
  switch (name) {
    case "search_path":
      return found !== "" && schemasOf(found).join("\0") === schemasOf(wanted).join("\0")
    case "TimeZone":
      return ["utc", "etc/utc"].includes(found.toLowerCase())
    case "DateStyle":
      return found.toUpperCase().startsWith(wanted.toUpperCase())
    default:
      return found.toLowerCase() === wanted.toLowerCase()
  }
}

/** One phrase for each setting that differs, in the order of `wanted`. */
export const differences = (wanted: Settings, found: Settings): ReadonlyArray<string> =>
  Object.entries(wanted).flatMap(([name, value]) =>
    isAsWanted(name, value, found[name]) ? [] : [`${name} is ${found[name] || "empty"}, requested was ${value}`]
  )

/** A setting's value in SQL. A search path is a list of identifiers; as one string it would be a single name. */
const literalOf = (name: string, value: string): string =>
  name === "search_path" ? value : `'${value.replaceAll("'", "''")}'`

/** Fails if the session differs from what was requested at its start. */
export const checkRequested = (
  wanted: Settings,
  { settings }: SessionState,
  { database, user }: { readonly database: string; readonly user: string }
): Effect.Effect<void, SqlError> => {
  const phrases = differences(wanted, settings)
  const commands = Object.entries(wanted)
    .filter(([name, value]) => !isAsWanted(name, value, settings[name]))
    .map(([name, value]) => `ALTER ROLE "${user}" IN DATABASE "${database}" SET ${name} = ${literalOf(name, value)}`)
  return phrases.length === 0
    ? Effect.void
    : refuse(
        "Settings",
        `the session does not have the settings that were requested: ${phrases.join("; ")}. The likely cause is a connection pooler that ignores startup parameters (pgbouncer: ignore_startup_parameters). ` +
          `Connect to PostgreSQL directly, or to a pool in session mode that does not ignore them, or set them for the role: ${commands.join("; ")}`
      )
}

/**
 * Fails if the session can't write, although the worker needs to. `ifReadOnly`: at the start a read-only default is a mistake, later it is a failover or a full
 * disk.
 */
export const checkWritable = (
  { isStandby, settings }: SessionState,
  user: string,
  ifReadOnly: SessionProblem["reason"]
): Effect.Effect<void, SqlError> => {
  if (isStandby) {
    return refuse(
      "Unreachable",
      "the server is a standby (in recovery), which takes no writes: point POSTGRES_URL at the primary"
    )
  }
  if (settings["default_transaction_read_only"] === "on") {
    return refuse(
      ifReadOnly,
      `sessions of user ${user} are read-only: reset default_transaction_read_only of the role, the database or the server (for the role: ALTER ROLE "${user}" RESET default_transaction_read_only)`
    )
  }
  return settings["session_replication_role"] === "replica"
    ? refuse(
        "Settings",
        `sessions of user ${user} skip triggers and constraints: reset session_replication_role of the role or the database to origin`
      )
    : Effect.void
}

/** A pooler that gives every transaction another session. */
export const SHARED_SESSIONS =
  "a connection pooler gives each transaction another session (pgbouncer: pool_mode = transaction or statement). " +
  "Sessions must last, for their settings, LISTEN and prepared statements: use a pool with pool_mode = session, or connect to PostgreSQL directly"

/** Fails if the connection and another one are not two sessions that last, inside and outside of transactions. `pid` is the connection's session as read before. */
export const checkLasting = (
  connection: PgConnection.PgConnection,
  pid: number,
  other: PgConnection.PgConnection
): Effect.Effect<void, SqlError> =>
  Effect.gen(function* () {
    const differ = Effect.gen(function* () {
      const elsewhere = yield* readState(other)
      const here = yield* readState(connection)
      if (elsewhere.pid === pid || here.pid !== pid) return yield* refuse("Settings", SHARED_SESSIONS)
    })
    // pgbouncer in statement mode ends a connection that begins a transaction, without a reason
    yield* differ
    yield* other.query("BEGIN", [], false)
    yield* differ
    yield* other.query("ROLLBACK", [], false)
  })

/** Sets them for the rest of the session. */
export const apply = (connection: PgConnection.PgConnection, settings: Settings): Effect.Effect<void, SqlError> => {
  const names = Object.keys(settings)
  const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, false)`)
  return names.length === 0
    ? Effect.void
    : Effect.asVoid(connection.query(`SELECT ${calls.join(", ")}`, Object.values(settings), false))
}
