/**
 * The settings that the worker requires of a session, and their check. Settings are sent as startup
 * parameters, which a pooler may drop. A session without them would write into another schema or
 * block other sessions without a limit, so they are read back before the first use.
 */
import type { PgConnection } from "@effect/sql-pg"
import { Effect, Predicate } from "effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"

/** By the names of `pg_settings`; time limits in milliseconds. */
export type Settings = Readonly<Record<string, string>>

/** The state of a session as read from it. */
export interface SessionState {
  /** Process id of the server's session. */
  readonly pid: number
  readonly isStandby: boolean
  readonly settings: Settings
}

/**
 * Why a session is unusable. `Settings` and `Unauthorized` need an operator; `Unreachable` may end.
 */
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

/** Fails with a problem as an error of the client. */
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
  (SELECT json_object_agg(name, setting)::text FROM pg_settings
    WHERE name IN (${NAMES.map((name) => `'${name}'`).join(", ")})) AS settings`

/** Unprepared: a pooler may pass the next statement to a session without the prepared one. */
export const readState = (connection: PgConnection.PgConnection): Effect.Effect<SessionState, SqlError> =>
  Effect.flatMap(connection.query(READ_STATE, [], false), ({ rows: [row] }) => {
    const settings: unknown = typeof row?.["settings"] === "string" ? JSON.parse(row["settings"]) : undefined
    return typeof row?.["pid"] === "number" && Predicate.isObject(settings)
      ? Effect.succeed({ pid: row["pid"], isStandby: row["standby"] === true, settings: settings as Settings })
      : refuse("Settings", "the server's reply about its session settings has an unknown form")
  })

/** The names in a search_path, parsed like PostgreSQL does. */
const schemasOf = (searchPath: string): ReadonlyArray<string> =>
  [...searchPath.matchAll(/"((?:[^"]|"")*)"|[^,\s]+/g)].map(([whole, quoted]) =>
    quoted === undefined ? whole.toLowerCase() : quoted.replaceAll('""', '"')
  )

/** Whether two notations of a setting have the same meaning. */
const isEquivalent = (name: string, wanted: string, found: string | undefined): boolean => {
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
    isEquivalent(name, value, found[name]) ? [] : [`${name} is ${found[name] || "empty"}, requested was ${value}`]
  )

/** A setting's value in SQL. A search path is a list of identifiers; a string would be one name. */
const literalOf = (name: string, value: string): string =>
  name === "search_path" ? value : `'${value.replaceAll("'", "''")}'`

/** Fails if the session differs from the settings requested at its start. */
export const checkRequested = (
  wanted: Settings,
  { settings }: SessionState,
  { database, user }: { readonly database: string; readonly user: string }
): Effect.Effect<void, SqlError> => {
  const phrases = differences(wanted, settings)
  const commands = Object.entries(wanted)
    .filter(([name, value]) => !isEquivalent(name, value, settings[name]))
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
 * Fails if the session cannot write. `ifReadOnly`: at the start a read-only default is a mistake;
 * later it is a failover or a full disk.
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

/** A pooler assigns another session to every transaction. */
export const SHARED_SESSIONS =
  "a connection pooler gives each transaction another session (pgbouncer: pool_mode = transaction or statement). " +
  "Sessions must last, for their settings, LISTEN and prepared statements: use a pool with pool_mode = session, or connect to PostgreSQL directly"

/**
 * Fails unless the connection and another one are two lasting sessions, inside and outside of
 * transactions. `pid` is the session of the connection as read before.
 */
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
    // In statement mode pgbouncer closes a connection that starts a transaction, without a reason.
    yield* differ
    yield* other.query("BEGIN", [], false)
    yield* differ
    yield* other.query("ROLLBACK", [], false)
  })

/** Applies the settings for the rest of the session. */
export const apply = (connection: PgConnection.PgConnection, settings: Settings): Effect.Effect<void, SqlError> => {
  const names = Object.keys(settings)
  const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, false)`)
  return names.length === 0
    ? Effect.void
    : Effect.asVoid(connection.query(`SELECT ${calls.join(", ")}`, Object.values(settings), false))
}
