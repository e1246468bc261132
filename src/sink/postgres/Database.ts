/**
 * Sessions with PostgreSQL: a pool whose every session is in UTC, looks into one schema only, and gives up waiting before Kafka gives up on the worker.
 */
import { PgClient, PgConnection } from "@effect/sql-pg"
import { Duration, Effect, Layer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { ConnectionOptions } from "node:tls"
import type { PostgresConfig, StoreConfig } from "../../config/AppConfig.ts"
import type { ResultStoreError } from "../ResultStore.ts"
import { catchSqlErrors, type Place, toStoreError } from "./Failure.ts"

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

export interface DatabaseOptions {
  readonly postgres: PostgresConfig
  readonly store: Pick<StoreConfig, "schema">
  /** Those left out are of a session timeout of 30 s. */
  readonly limits?: Partial<SessionLimits>
  /** `true` = the server refuses to change anything. */
  readonly readOnly?: boolean
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

/** TLS as libpq's `sslmode` means it; `prefer` is decided by {@link plainWhereRefused}. */
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

const clientConfig = (options: DatabaseOptions): PgClient.PgPoolConfig => {
  const { postgres, store } = options
  const limits = { ...sessionLimits(Duration.seconds(30)), ...options.limits }
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
    startupParameters: {
      TimeZone: "UTC",
      // partition bounds are read back as text
      DateStyle: "ISO",
      search_path: quoteIdentifier(store.schema),
      default_transaction_isolation: "read committed",
      ...(options.readOnly === true ? { default_transaction_read_only: "on" } : {}),
      lock_timeout: milliseconds(limits.lockTimeout),
      statement_timeout: milliseconds(limits.statementTimeout),
      idle_in_transaction_session_timeout: milliseconds(limits.idleInTransactionTimeout)
    }
  }
}

/** Under `prefer`: TLS where the server offers it, else plain. Found out once, with a connection of its own. */
const plainWhereRefused = (config: PgClient.PgPoolConfig): Effect.Effect<PgClient.PgPoolConfig, SqlError> =>
  Effect.scoped(PgConnection.make(config)).pipe(
    Effect.as(config),
    Effect.catchIf(
      (error) => error.message.includes("Server refused TLS"),
      () => Effect.succeed({ ...config, ssl: false })
    )
  )

/** A pool of sessions. Building it connects under `prefer` only; else the first statement does. */
export const layer = (options: DatabaseOptions): Layer.Layer<PgClient.PgClient | SqlClient, ResultStoreError> => {
  const place = placeOf(options)
  const config = clientConfig(options)
  return Layer.unwrap(
    options.postgres.sslMode === "prefer"
      ? plainWhereRefused(config).pipe(Effect.map(PgClient.layer), catchSqlErrors(place, "connect"))
      : Effect.succeed(PgClient.layer(config))
  ).pipe(
    Layer.catch((error) =>
      Layer.effectContext(Effect.fail(isSqlError(error) ? toStoreError(place, "connect", error) : error))
    )
  )
}
