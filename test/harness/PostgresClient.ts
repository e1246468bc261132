/** A PostgreSQL client that is not the worker's: it observes a worker, or holds what it needs. */
import { PgClient } from "@effect/sql-pg"
import { Context, type Duration, Effect, Layer, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"

export interface PostgresClientOptions {
  /** The name of its sessions in `pg_stat_activity`. It distinguishes them from the worker's. */
  readonly applicationName: string
  /** The client's own default if it is absent. The same applies to the time limit. */
  readonly maxConnections?: number
  readonly connectTimeout?: Duration.Input
}

/** A client without TLS. Its connections close with the scope. */
export const postgresClient = (
  { database, host, password, port, user }: PostgresConfig,
  options: PostgresClientOptions
): Effect.Effect<SqlClient, SqlError, Scope.Scope> =>
  Effect.map(
    Layer.build(
      PgClient.layer({
        host,
        port,
        database,
        username: user,
        ...(password === undefined ? {} : { password }),
        ...options
      })
    ),
    (context) => Context.get(context, SqlClient)
  )
