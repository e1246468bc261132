/**
 * A pool of PostgreSQL sessions. Every session uses UTC and one schema, and its waits end before
 * Kafka reassigns the worker's tasks.
 */
import { type PgClient, PgConnection } from "@effect/sql-pg"
import { Duration, Effect, Layer, Redacted } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { ConnectionOptions } from "node:tls"
import type { PostgresConfig, TablesConfig } from "../config/AppConfig.ts"
import { checksCertificate, isVerified } from "../config/SecurityNotices.ts"
import * as Client from "./Client.ts"
import { quoteIdentifier } from "./Identifier.ts"
import type { Place } from "./Place.ts"
import { catchSqlErrors, type PostgresError, toPostgresError } from "./PostgresError.ts"
import { isRefusedParameter, isWeakLogin } from "./SqlErrors.ts"
import type { Proofs } from "./login/LoginGuard.ts"
import { saslPrep } from "./login/SaslPrep.ts"
import { Transport, type TransportOptions } from "./login/Transport.ts"
import {
  apply,
  checkLasting,
  checkRequested,
  checkWritable,
  readState,
  refuse,
  type Settings,
  SHARED_SESSIONS
} from "./SessionSettings.ts"

/** The time limits of a session, and the number of sessions. */
export interface SessionLimits {
  /** For a lock that another session holds. */
  readonly lockTimeout: Duration.Duration
  /** For one statement. */
  readonly statementTimeout: Duration.Duration
  /** For the worker's next statement inside a transaction. */
  readonly idleInTransactionTimeout: Duration.Duration
  /** For the server's reply to a new connection. */
  readonly connectTimeout: Duration.Duration
  /** The largest number of sessions. Each task needs one while it commits. */
  readonly poolSize: number
  /** An idle session closes after once to twice this time. */
  readonly idleTimeout: Duration.Duration
}

/**
 * The limits of a worker whose tasks are reassigned after `sessionTimeout`. Each is shorter, so a
 * worker that froze inside a transaction no longer blocks the next owner.
 */
export const sessionLimits = (sessionTimeout: Duration.Duration): SessionLimits => ({
  lockTimeout: Duration.times(sessionTimeout, 1 / 3),
  statementTimeout: Duration.times(sessionTimeout, 1 / 2),
  idleInTransactionTimeout: Duration.times(sessionTimeout, 1 / 3),
  connectTimeout: Duration.seconds(5),
  poolSize: 5,
  idleTimeout: Duration.seconds(30)
})

/** The default of KAFKA_SESSION_TIMEOUT. */
const DEFAULT_SESSION_TIMEOUT = Duration.seconds(30)

export interface DatabaseOptions {
  readonly postgres: PostgresConfig
  readonly store: Pick<TablesConfig, "schema">
  /** KAFKA_SESSION_TIMEOUT, which determines the limits. By default 30 s. */
  readonly sessionTimeout?: Duration.Duration
  /** Limits that replace the derived ones. */
  readonly limits?: Partial<SessionLimits>
  /**
   * `read`: the server refuses all changes. `inspect`: standbys and read-only servers are accepted.
   * By default sessions must be able to write.
   */
  readonly access?: "read" | "inspect"
}

/** The database as messages name it. */
export const placeOf = (options: DatabaseOptions): Place => ({
  host: options.postgres.host,
  port: options.postgres.port,
  database: options.postgres.database,
  user: options.postgres.user,
  schema: options.store.schema
})

const milliseconds = (duration: Duration.Duration): string => String(Math.round(Duration.toMillis(duration)))

/** TLS with the meaning of libpq's `sslmode`. */
const tlsOptions = (postgres: PostgresConfig): TransportOptions["tls"] => {
  if (postgres.sslMode === "disable") return undefined
  const ca = postgres.sslRootCert === undefined ? {} : { ca: postgres.sslRootCert }
  const anyName = postgres.sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}
  const options: ConnectionOptions = checksCertificate(postgres.sslMode)
    ? { ...ca, ...anyName, rejectUnauthorized: true }
    : { rejectUnauthorized: false }
  return { isRequired: postgres.sslMode !== "prefer", options }
}

/** The settings that a pool requests for its sessions. */
interface Request {
  /** At the start of a session; equal for every pool, so a role's settings can provide them. */
  readonly atStart: Settings
  /** After the start of a session. */
  readonly afterwards: Settings
}

const limitSettings = (limits: SessionLimits): Settings => ({
  lock_timeout: milliseconds(limits.lockTimeout),
  statement_timeout: milliseconds(limits.statementTimeout),
  idle_in_transaction_session_timeout: milliseconds(limits.idleInTransactionTimeout)
})

/** Settings that poolers keep for each client, even if they ignore or refuse all others. */
const KEPT_BY_POOLERS = ["TimeZone", "DateStyle", "standard_conforming_strings"]

const isKept = ([name]: readonly [string, string]): boolean => KEPT_BY_POOLERS.includes(name)

/** The settings to send as startup parameters. The others are set after the start. */
type Startup = "all" | "kept" | "none"

const requestOf = (options: DatabaseOptions, startup: Startup): Request => {
  const base = sessionLimits(options.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT)
  const all: Settings = {
    TimeZone: "UTC",
    // Partition bounds are read back as text.
    DateStyle: "ISO",
    standard_conforming_strings: "on",
    search_path: quoteIdentifier(options.store.schema),
    default_transaction_isolation: "read committed",
    ...limitSettings(base)
  }
  const own = Object.entries(limitSettings({ ...base, ...options.limits })).filter(
    ([name, value]) => all[name] !== value
  )
  const isAtStart = (entry: readonly [string, string]): boolean =>
    startup === "all" || (startup === "kept" && isKept(entry))
  return {
    atStart: Object.fromEntries(Object.entries(all).filter(isAtStart)),
    afterwards: {
      ...Object.fromEntries(Object.entries(all).filter((entry) => !isAtStart(entry))),
      ...Object.fromEntries(own),
      ...(options.access === "read" ? { default_transaction_read_only: "on" } : {})
    }
  }
}

/** Under SCRAM both sides use the password's normal form; other methods send it unchanged. */
const passwordFor = ({ password }: PostgresConfig, proofs: Proofs) =>
  password === undefined || proofs === "any" ? password : Redacted.make(saslPrep(Redacted.value(password)))

const clientConfig = (options: DatabaseOptions, { atStart }: Request, proofs: Proofs): PgClient.PgPoolConfig => {
  const { postgres } = options
  const limits = { ...sessionLimits(DEFAULT_SESSION_TIMEOUT), ...options.limits }
  const password = passwordFor(postgres, proofs)
  const { host, port } = postgres
  // Without a password there is nothing to protect.
  const guarded = password === undefined ? "any" : proofs
  return {
    stream: () => new Transport({ host, port, tls: tlsOptions(postgres), proofs: guarded }),
    ssl: false,
    database: postgres.database,
    username: postgres.user,
    ...(password === undefined ? {} : { password }),
    connectTimeout: limits.connectTimeout,
    maxConnections: limits.poolSize,
    idleTimeout: limits.idleTimeout,
    applicationName: "telemetra",
    startupParameters: atStart
  }
}

/**
 * Checks a new session and applies the later settings. `ifReadOnly` as in {@link checkWritable}.
 */
const prepare =
  (options: DatabaseOptions, request: Request, ifReadOnly: "Settings" | "Unreachable") =>
  (connection: PgConnection.PgConnection): Effect.Effect<number, SqlError> =>
    Effect.gen(function* () {
      const { postgres } = options
      const state = yield* readState(connection)
      if (options.access === undefined) yield* checkWritable(state, postgres.user, ifReadOnly)
      yield* checkRequested({ client_encoding: "UTF8", ...request.atStart }, state, postgres)
      if (Object.keys(request.afterwards).length === 0) return state.pid
      yield* apply(connection, request.afterwards)
      const settled = yield* readState(connection)
      // Another session replied, or the settings did not last.
      if (settled.pid !== state.pid) return yield* refuse("Settings", SHARED_SESSIONS)
      yield* checkRequested({ ...request.atStart, ...request.afterwards }, settled, postgres)
      return state.pid
    })

/** A way to connect, found once by connections that close after the test. */
interface Route {
  readonly config: PgClient.PgPoolConfig
  readonly request: Request
}

/**
 * A connection through a pooler has a process id that differs from its session's. Then a second
 * connection must show that sessions last, before any setting is tested.
 */
const tryRoute = (options: DatabaseOptions, route: Route): Effect.Effect<Route, SqlError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* PgConnection.make(route.config)
      const { pid } = yield* readState(connection)
      if (pid !== connection.processId) {
        yield* Effect.flatMap(PgConnection.make(route.config), (other) => checkLasting(connection, pid, other)).pipe(
          Effect.scoped
        )
      }
      yield* prepare(options, route.request, "Settings")(connection)
      return route
    })
  )

const FEWER: Readonly<Record<Startup, Startup | undefined>> = { all: "kept", kept: "none", none: undefined }

/**
 * Finds the login and the startup parameters that the server accepts. Login: SCRAM, or another
 * proof of the password if the server is verified. Parameters: all, or those that a pooler accepts.
 */
const findRoute = (
  options: DatabaseOptions,
  startup: Startup = "all",
  proofs: Proofs = "scram"
): Effect.Effect<Route, SqlError> => {
  const request = requestOf(options, startup)
  const config = clientConfig(options, request, proofs)
  return Effect.catch(tryRoute(options, { config, request }), (error) => {
    if (proofs === "scram" && isVerified(options.postgres) && isWeakLogin(error)) {
      return findRoute(options, startup, "any")
    }
    const fewer = isRefusedParameter(error) ? FEWER[startup] : undefined
    return fewer === undefined ? Effect.fail(error) : findRoute(options, fewer, proofs)
  })
}

/**
 * A pool of sessions with the requested settings, each checked before its first use. Building it
 * connects, and fails with `Settings` if the server cannot provide such sessions.
 */
export const layer = (options: DatabaseOptions): Layer.Layer<SqlClient | Client.Notifications, PostgresError> => {
  const place = placeOf(options)
  return Layer.unwrap(
    findRoute(options).pipe(
      Effect.map(({ config, request }) => Client.layer(config, prepare(options, request, "Unreachable"))),
      catchSqlErrors(place, "connect")
    )
  ).pipe(
    Layer.catch((error) =>
      Layer.effectContext(Effect.fail(isSqlError(error) ? toPostgresError(place, "connect", error) : error))
    )
  )
}
