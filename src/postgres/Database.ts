/**
 * Sessions with PostgreSQL: a pool whose every session is in UTC, looks into one schema only, and gives up waiting before Kafka gives up on the worker.
 */
import { type PgClient, PgConnection } from "@effect/sql-pg"
import { Duration, Effect, Layer, Redacted } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { ConnectionOptions } from "node:tls"
import type { PostgresConfig, StoreConfig } from "../config/AppConfig.ts"
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

/** TLS as libpq's `sslmode` means it. */
const tlsOptions = (postgres: PostgresConfig): TransportOptions["tls"] => {
  if (postgres.sslMode === "disable") return undefined
  const ca = postgres.sslRootCert === undefined ? {} : { ca: postgres.sslRootCert }
  const anyName = postgres.sslMode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}
  const options: ConnectionOptions = checksCertificate(postgres.sslMode)
    ? { ...ca, ...anyName, rejectUnauthorized: true }
    : { rejectUnauthorized: false }
  return { isRequired: postgres.sslMode !== "prefer", options }
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

/** Which of them are sent with the start of a session. What a pooler refuses is set afterwards. */
type Travels = "all" | "kept" | "none"

const requestOf = (options: DatabaseOptions, travels: Travels): Request => {
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
  const isAtStart = (entry: readonly [string, string]): boolean =>
    travels === "all" || (travels === "kept" && isKept(entry))
  return {
    atStart: Object.fromEntries(Object.entries(all).filter(isAtStart)),
    afterwards: {
      ...Object.fromEntries(Object.entries(all).filter((entry) => !isAtStart(entry))),
      ...Object.fromEntries(own),
      ...(options.access === "read" ? { default_transaction_read_only: "on" } : {})
    }
  }
}

/** Without a password nothing can be taken from us. Under SCRAM both sides use its normal form, otherwise it goes as it is. */
const passwordFor = ({ password }: PostgresConfig, proofs: Proofs) =>
  password === undefined || proofs === "any" ? password : Redacted.make(saslPrep(Redacted.value(password)))

const clientConfig = (options: DatabaseOptions, { atStart }: Request, proofs: Proofs): PgClient.PgPoolConfig => {
  const { postgres } = options
  const limits = { ...sessionLimits(DEFAULT_SESSION_TIMEOUT), ...options.limits }
  const password = passwordFor(postgres, proofs)
  const { host, port } = postgres
  const guarded = password === undefined ? "any" : proofs
  return {
    stream: () => new Transport({ host, port, tls: tlsOptions(postgres), proofs: guarded }),
    ssl: false,
    database: postgres.database,
    username: postgres.user,
    ...(password === undefined ? {} : { password }),
    connectTimeout: limits.connectTimeout,
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

const FEWER: Readonly<Record<Travels, Travels | undefined>> = { all: "kept", kept: "none", none: undefined }

/** Finds what the server takes: SCRAM, or another proof of the password if the server is verified; and startup parameters, all of them or those that a pooler takes. */
const findWay = (
  options: DatabaseOptions,
  travels: Travels = "all",
  proofs: Proofs = "scram"
): Effect.Effect<Way, SqlError> => {
  const request = requestOf(options, travels)
  const config = clientConfig(options, request, proofs)
  return Effect.catch(tryWay(options, { config, request }), (error) => {
    if (proofs === "scram" && isVerified(options.postgres) && isWeakLogin(error)) {
      return findWay(options, travels, "any")
    }
    const fewer = isRefusedParameter(error) ? FEWER[travels] : undefined
    return fewer === undefined ? Effect.fail(error) : findWay(options, fewer, proofs)
  })
}

/** A pool of sessions that are as requested, each checked before its first use. Building it connects: it fails with `Settings` if sessions can't be so. */
export const layer = (options: DatabaseOptions): Layer.Layer<SqlClient | Client.Notifications, PostgresError> => {
  const place = placeOf(options)
  return Layer.unwrap(
    findWay(options).pipe(
      Effect.map(({ config, request }) => Client.layer(config, prepare(options, request, "Unreachable"))),
      catchSqlErrors(place, "connect")
    )
  ).pipe(
    Layer.catch((error) =>
      Layer.effectContext(Effect.fail(isSqlError(error) ? toPostgresError(place, "connect", error) : error))
    )
  )
}
