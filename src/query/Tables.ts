/** The tables as the API reads them: read-only sessions of their own, so that no question keeps a flush waiting. Before there is a database, and whenever it does not answer, asking fails with `Unavailable`. */
import { Context, Duration, Effect, Layer, Metric, Option, Schedule, Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import type { PostgresConfig, TablesConfig } from "../config/AppConfig.ts"
import { Unavailable } from "../api/Problems.ts"
import * as Metrics from "../observability/Metrics.ts"
import type { Notifications } from "../postgres/Client.ts"
import * as Database from "../postgres/Database.ts"
import { toPostgresError } from "../postgres/PostgresError.ts"

/** For one question; metric `telemetra_http_questions` says how many sessions there are. */
const LIMITS: Partial<Database.SessionLimits> = {
  statementTimeout: Duration.seconds(10),
  lockTimeout: Duration.seconds(5),
  connectTimeout: Duration.seconds(5),
  poolSize: 5
}

const ANSWER_TIMEOUT = Duration.seconds(15)

export type TablesClient = SqlClient | Notifications

type Use = <A, E, R>(
  question: Effect.Effect<A, E, R>
) => Effect.Effect<A, Exclude<E, SqlError> | Unavailable, Exclude<R, TablesClient>>

export class Tables extends Context.Service<
  Tables,
  {
    /** Says which database it is. The sessions end with the layer, after those who use them: a pool is not closed before the last session has been given back. */
    readonly open: (
      postgres: PostgresConfig,
      store: Pick<TablesConfig, "schema">,
      sessionTimeout?: Duration.Duration
    ) => Effect.Effect<void>
    /** Runs what asks the tables, however long it takes. */
    readonly use: Use
    /** Runs a question, which has to be answered in time. */
    readonly ask: Use
  }
>()("telemetra/query/Tables") {
  static readonly layer = Layer.effect(
    Tables,
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      let opened:
        | { readonly options: Database.DatabaseOptions; readonly client: Context.Context<TablesClient> }
        | undefined
      const use: Use = <A, E, R>(question: Effect.Effect<A, E, R>) =>
        Effect.suspend(() => {
          if (opened === undefined) return Effect.fail(new Unavailable({ detail: "The database is not connected yet" }))
          const { client, options } = opened
          return Effect.catch(
            Effect.acquireUseRelease(
              Metric.modify(Metrics.questions, 1),
              () => Effect.provideContext(question, client),
              () => Metric.modify(Metrics.questions, -1)
            ),
            (error): Effect.Effect<never, Exclude<E, SqlError> | Unavailable> => {
              if (!isSqlError(error)) return Effect.fail(error as Exclude<E, SqlError>)
              const { detail } = toPostgresError(Database.placeOf(options), "read the tables", error)
              const problem = new Unavailable({
                detail: "The database query failed; the worker's log has the reason"
              })
              return Effect.andThen(Effect.logWarning(detail), Effect.fail(problem))
            }
          )
        })
      const inTime = Effect.timeoutOrElse({
        duration: ANSWER_TIMEOUT,
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
        ask: (question) => inTime(use(question))
      })
    })
  )
}
