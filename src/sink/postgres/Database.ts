/**
 * Sessions with PostgreSQL: a pool whose every session is in UTC, looks into one schema only, and gives up waiting before Kafka gives up on the worker.
 */
import { type PgClient, PgConnection } from "@effect/sql-pg"
import { Duration, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { ConnectionOptions } from "node:tls"
import type { PostgresConfig, StoreConfig } from "../../config/AppConfig.ts"
import type { ResultStoreError } from "../ResultStore.ts"
import * as Client from "./Client.ts"
import { catchSqlErrors, isRefusedParameter, type Place, toStoreError } from "./Failure.ts"
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

/** How long a session waits for what. */
export interface SessionLimits {
  /** For a lock that somebody else holds. */
  readonly lockTimeout: Duration.Duration
  /** For one statement. */
  readonly statementTimeout: Duration.Duration
  /** For the worker's next statement inside a transaction. */
  readonly idleInTransactionTimeout: Duration.Duration
  /** For the server's answer to a new connection. */
  readonly connectTimeout: Duration.Duration
  /** Most sessions at once; every task needs one while it commits. */
  readonly poolSize: number
}

/**
 * The limits of a worker whose tasks are given to others after `sessionTimeout`: each stays below that, so that by then a worker that froze inside a transaction blocks
 * nobody.
 */
export const sessionLimits = (sessionTimeout: Duration.Duration): SessionLimits => ({
  lockTimeout: Duration.times(sessionTimeout, 1 / 3),
  statementTimeout: Duration.times(sessionTimeout, 1 / 2),
  idleInTransactionTimeout: Duration.times(sessionTimeout, 1 / 3),
  connectTimeout: Duration.seconds(5),
  poolSize: 10
})

/** That of a worker that does not set KAFKA_SESSION_TIMEOUT. */
const DEFAULT_SESSION_TIMEOUT = Duration.seconds(30)

export interface DatabaseOptions {
  readonly postgres: PostgresConfig
  readonly store: Pick<StoreConfig, "schema">
  /** KAFKA_SESSION_TIMEOUT, from which the limits follow. By default 30 s. */
  readonly sessionTimeout?: Duration.Duration
  /** Other limits than those that follow from it. */
  readonly limits?: Partial<SessionLimits>
  /**
   * `read` = the server refuses to change anything, `inspect` = standbys and read-only servers are taken as they are. By default sessions must be able to
   * write.
   */
  readonly access?: "read" | "inspect"
}

/** What messages say of where this is. */
export const placeOf = (options: DatabaseOptions): Place => ({
  host: options.postgres.host,
  port: options.postgres.port,
  database: options.postgres.database,
  user: options.postgres.user,
  schema: options.store.schema
})

const milliseconds = (duration: Duration.Duration): string => String(Math.round(Duration.toMillis(duration)))

/** `"schema"` as SQL writes it. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** TLS as libpq's `sslmode` means it; `prefer` is decided by {@link findWay}. */
const tlsOptions = (postgres: PostgresConfig): boolean | ConnectionOptions => {
  const ca = postgres.sslRootCert === undefined ? {} : { ca: postgres.sslRootCert }
  switch (postgres.sslMode) {
    case "disable":
      return false
    case "prefer":
    case "require":
      return { rejectUnauthorized: false }
    case "verify-ca":
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
    case "verify-full":
      return { ...ca, rejectUnauthorized: true }
  }
}

/** What a pool asks of its sessions. */
interface Request {
  /** At their start, the same for every pool of a worker: so that a role's settings can meet it. */
  readonly atStart: Settings
  /** What is set afterwards. */
  readonly afterwards: Settings
}

const limitSettings = (limits: SessionLimits): Settings => ({
  lock_timeout: milliseconds(limits.lockTimeout),
  statement_timeout: milliseconds(limits.statementTimeout),
  idle_in_transaction_session_timeout: milliseconds(limits.idleInTransactionTimeout)
})

/** Those of the requested settings that poolers keep for each client, whatever else they ignore or refuse. */
const KEPT_BY_POOLERS = ["TimeZone", "DateStyle", "standard_conforming_strings"]

const isKept = ([name]: readonly [string, string]): boolean => KEPT_BY_POOLERS.includes(name)

const requestOf = (options: DatabaseOptions, isRefused: boolean): Request => {
  const base = sessionLimits(options.sessionTimeout ?? DEFAULT_SESSION_TIMEOUT)
  const all: Settings = {
    TimeZone: "UTC",
    // partition bounds are read back as text
    DateStyle: "ISO",
    standard_conforming_strings: "on",
    search_path: quoteIdentifier(options.store.schema),
    default_transaction_isolation: "read committed",
    ...limitSettings(base)
  }
  const own = Object.entries(limitSettings({ ...base, ...options.limits })).filter(
    ([name, value]) => all[name] !== value
  )
  return {
    atStart: isRefused ? Object.fromEntries(Object.entries(all).filter(isKept)) : all,
    afterwards: {
      ...(isRefused ? Object.fromEntries(Object.entries(all).filter((entry) => !isKept(entry))) : {}),
      ...Object.fromEntries(own),
      ...(options.access === "read" ? { default_transaction_read_only: "on" } : {})
    }
  }
}

const clientConfig = (options: DatabaseOptions, { atStart }: Request): PgClient.PgPoolConfig => {
  const { postgres } = options
  const limits = { ...sessionLimits(DEFAULT_SESSION_TIMEOUT), ...options.limits }
  return {
    host: postgres.host,
    port: postgres.port,
    database: postgres.database,
    username: postgres.user,
    ...(postgres.password === undefined ? {} : { password: postgres.password }),
    ssl: tlsOptions(postgres),
    connectTimeout: limits.connectTimeout,
    keepAlive: Duration.seconds(10),
    maxConnections: limits.poolSize,
    applicationName: "telemetra",
    startupParameters: atStart
  }
}

/** Checks a new session, and sets what is set after its start. `ifReadOnly` as in {@link checkWritable}. */
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
      // another session answers, or the settings did not last
      if (settled.pid !== state.pid) return yield* refuse("Settings", SHARED_SESSIONS)
      yield* checkRequested({ ...request.atStart, ...request.afterwards }, settled, postgres)
      return state.pid
    })

/** How the server is reached: what is found out once, by connections that end with it. */
interface Way {
  readonly config: PgClient.PgPoolConfig
  readonly request: Request
}

/**
 * A connection through a pooler has a process id that is not its session's. Then a second connection must show that sessions last.
 * The order matters: what such a pooler does with settings is no use.
 */
const tryWay = (options: DatabaseOptions, way: Way): Effect.Effect<Way, SqlError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const connection = yield* PgConnection.make(way.config)
      const { pid } = yield* readState(connection)
      if (pid !== connection.processId) {
        yield* Effect.flatMap(PgConnection.make(way.config), (other) => checkLasting(connection, pid, other)).pipe(
          Effect.scoped
        )
      }
      yield* prepare(options, way.request, "Settings")(connection)
      return way
    })
  )

/** Under `prefer`: plain if the server refuses TLS. If a pooler refuses to take startup parameters, they are set afterwards. */
const findWay = (options: DatabaseOptions, isRefused = false, isPlain = false): Effect.Effect<Way, SqlError> => {
  const request = requestOf(options, isRefused)
  const config = clientConfig(options, request)
  return Effect.catch(tryWay(options, { config: isPlain ? { ...config, ssl: false } : config, request }), (error) => {
    if (!isPlain && options.postgres.sslMode === "prefer" && error.message.includes("Server refused TLS"))
      return findWay(options, isRefused, true)
    return !isRefused && isRefusedParameter(error) ? findWay(options, true, isPlain) : Effect.fail(error)
  })
}

/** A pool of sessions that are as requested, each checked before its first use. Building it connects: it fails with `Settings` if sessions can't be so. */
export const layer = (options: DatabaseOptions): Layer.Layer<SqlClient | Client.Notifications, ResultStoreError> => {
  const place = placeOf(options)
  return Layer.unwrap(
    findWay(options).pipe(
      Effect.map(({ config, request }) => Client.layer(config, prepare(options, request, "Unreachable"))),
      catchSqlErrors(place, "connect")
    )
  ).pipe(
    Layer.catch((error) =>
      Layer.effectContext(Effect.fail(isSqlError(error) ? toStoreError(place, "connect", error) : error))
    )
  )
}
