/**
 * Access to the tables for the API. It has read-only sessions of its own, so that no query delays a
 * flush. Queries fail with `Unavailable` before the database is connected and while it does not
 * respond. A worker opens its port before it has made the tables. Until a first query succeeds,
 * unexpected tables are therefore not logged here: the worker's own start reports them.
 */
import { Context, Duration, Effect, Layer, Metric, Option, Schedule, Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { PostgresConfig, TablesConfig } from "../config/AppConfig.ts"
import { Unavailable } from "../api/Problems.ts"
import * as Metrics from "../observability/Metrics.ts"
import type { Notifications } from "../postgres/Client.ts"
import * as Database from "../postgres/Database.ts"
import { toPostgresError } from "../postgres/PostgresError.ts"
import { isUnexpectedSchema } from "../postgres/SqlErrors.ts"

/**
 * Limits of one query. One session listens for flushes. The HELP of metric
 * `telemetra_http_questions` repeats the pool size.
 */
const LIMITS: Partial<Database.SessionLimits> = {
  statementTimeout: Duration.seconds(10),
  lockTimeout: Duration.seconds(5),
  connectTimeout: Duration.seconds(5),
  poolSize: 3
}

const QUERY_TIMEOUT = Duration.seconds(15)

const starting = () => new Unavailable({ detail: "The worker is starting: its database is not ready yet" })

export type TablesClient = SqlClient | Notifications

type Use = <A, E, R>(
  statements: Effect.Effect<A, E, R>
) => Effect.Effect<A, Exclude<E, SqlError> | Unavailable, Exclude<R, TablesClient>>

const writing = <A, E, R>(statements: Effect.Effect<A, E, R>) =>
  Effect.flatMap(SqlClient, (sql) => sql.withTransaction(Effect.andThen(sql`SET TRANSACTION READ WRITE`, statements)))

export class Tables extends Context.Service<
  Tables,
  {
    /**
     * Connects to the database. The sessions end with the layer, after their users: a pool closes
     * once every session has been returned.
     */
    readonly open: (
      postgres: PostgresConfig,
      store: Pick<TablesConfig, "schema">,
      sessionTimeout?: Duration.Duration
    ) => Effect.Effect<void>
    /** Runs statements without a time limit of its own. */
    readonly use: Use
    /** Runs statements, and fails if they take longer than 15 s. */
    readonly query: Use
    /** The same in one transaction that may write: the sessions only read by default. */
    readonly write: Use
  }
>()("telemetra/query/Tables") {
  static readonly layer = Layer.effect(
    Tables,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      let opened:
        | { readonly options: Database.DatabaseOptions; readonly client: Context.Context<TablesClient> }
        | undefined
      let hasSucceeded = false
      const succeeded = Effect.sync(() => {
        hasSucceeded = true
      })
      const use: Use = <A, E, R>(statements: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          if (opened === undefined) return Effect.fail(starting())
          const { client, options } = opened
          return Effect.catch(
            Effect.acquireUseRelease(
              Metric.modify(Metrics.queries, 1),
              () => Effect.tap(Effect.provideContext(statements, client), succeeded),
              () => Metric.modify(Metrics.queries, -1)
            ),
            (error): Effect.Effect<never, Exclude<E, SqlError> | Unavailable> => {
              if (!isSqlError(error)) return Effect.fail(error as Exclude<E, SqlError>)
              if (!hasSucceeded && isUnexpectedSchema(error)) return Effect.fail(starting())
              const { detail } = toPostgresError(Database.placeOf(options), "query the tables", error)
              const problem = new Unavailable({
                detail: "The database query failed; the worker's log has the reason"
              })
              return Effect.andThen(Effect.logWarning(detail), Effect.fail(problem))
            }
          )
        })
      const inTime = Effect.timeoutOrElse({
        duration: QUERY_TIMEOUT,
        orElse: () => Effect.fail(new Unavailable({ detail: "The database query timed out" }))
      })
      return Tables.of({
        open: Effect.fnUntraced(function* (postgres, store, sessionTimeout) {
          const options: Database.DatabaseOptions = {
            postgres,
            store,
            limits: LIMITS,
            access: "read",
            ...(sessionTimeout === undefined ? {} : { sessionTimeout })
          }
          const client = yield* Layer.build(Database.layer(options)).pipe(
            Effect.retry({ while: ({ isRetryable }) => isRetryable, schedule: Schedule.spaced("1 second") }),
            Effect.tapError(({ detail }) => Effect.logError(`The API can't read the tables: ${detail}`)),
            Effect.option,
            Scope.provide(scope)
          )
          if (Option.isSome(client)) opened = { options, client: client.value }
        }),
        use,
        query: (statements) => inTime(use(statements)),
        write: (statements) => inTime(use(writing(statements)))
      })
    })
  )
}
