/** The database of the log: its sessions, and PostgreSQL's failures as failures of a log. */
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { PostgresConfig } from "../../config/AppConfig.ts"
import * as Database from "../../postgres/Database.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { type PostgresError, toPostgresError } from "../../postgres/PostgresError.ts"
import { mapSqlErrors } from "../../postgres/SqlErrors.ts"
import { EventLogError } from "../EventLog.ts"

export interface LocalDatabaseOptions {
  readonly postgres: PostgresConfig
  /** The schema of the worker's tables. */
  readonly schema: string
  /** As in {@link Database.DatabaseOptions}. */
  readonly sessionTimeout?: Duration.Duration
  /** `inspect`: standbys and read-only servers are accepted. By default sessions can write. */
  readonly access?: "inspect"
}

/** One session reads or appends; the other one serves retention and questions about ends. */
const SESSIONS = 2

const databaseOptions = ({
  access,
  postgres,
  schema,
  sessionTimeout
}: LocalDatabaseOptions): Database.DatabaseOptions => ({
  postgres,
  store: { schema },
  limits: { poolSize: SESSIONS },
  ...(sessionTimeout === undefined ? {} : { sessionTimeout }),
  ...(access === undefined ? {} : { access })
})

const REASONS = {
  Unreachable: "Unreachable",
  Unauthorized: "Unauthorized",
  Refused: "Unauthorized",
  Schema: "Topics",
  Settings: "Topics"
} as const satisfies Record<PostgresError["reason"], EventLogError["reason"]>

const toLogError = ({ cause, detail, reason }: PostgresError): EventLogError =>
  new EventLogError({ reason: REASONS[reason], detail, cause })

/** Sessions of the log. Building it connects. */
export const pool = (options: LocalDatabaseOptions): Layer.Layer<SqlClient, EventLogError> =>
  Layer.catch(Database.layer(databaseOptions(options)), (error) => Layer.effectContext(Effect.fail(toLogError(error))))

export const placeOf = (options: LocalDatabaseOptions): Place => Database.placeOf(databaseOptions(options))

/**
 * The longest time of one call. A session's own limits act on the server only: this one is for a
 * network that drops packets, and for a server that is stopped.
 */
const CALL_TIMEOUT = Duration.seconds(60)

/** Runs a call of the log on the client. `doing` completes "could not ...". */
export type Calling = (
  doing: string
) => <A, E>(self: Effect.Effect<A, E | SqlError, SqlClient>) => Effect.Effect<A, Exclude<E, SqlError> | EventLogError>

export const calling =
  (place: Place, sql: SqlClient): Calling =>
  (doing) =>
  <A, E>(self: Effect.Effect<A, E | SqlError, SqlClient>) =>
    self.pipe(
      Effect.provideService(SqlClient, sql),
      mapSqlErrors((error) => toLogError(toPostgresError(place, doing, error))),
      Effect.timeoutOrElse({
        duration: CALL_TIMEOUT,
        orElse: () =>
          Effect.fail(
            new EventLogError({
              reason: "Unreachable",
              detail: `${serverAt(place)}: could not ${doing}: no reply within ${Duration.format(CALL_TIMEOUT)}`
            })
          )
      })
    )
