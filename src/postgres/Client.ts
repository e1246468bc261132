/**
 * The SQL client over a pool that checks every physical connection before its first use. This
 * includes connections that replace a lost one and connections that listen.
 */
import { PgClient, type PgConnection, PgPool } from "@effect/sql-pg"
import { Context, Effect, Layer, type Queue, type Scope, Stream } from "effect"
import * as Reactivity from "effect/reactivity/Reactivity"
import * as SqlClient from "effect/sql/SqlClient"
import type { Connection } from "effect/sql/SqlConnection"
import { SqlError, UnknownError } from "effect/sql/SqlError"

/** Receives the notifications of other sessions (LISTEN). */
export class Notifications extends Context.Service<
  Notifications,
  {
    /** Holds a session until the scope closes. The queue fails when the session is lost. */
    readonly listen: (
      channel: string
    ) => Effect.Effect<Queue.Dequeue<PgConnection.Notification, SqlError>, SqlError, Scope.Scope>
  }
>()("telemetra/postgres/Notifications") {}

type Rows = ReadonlyArray<object>
type Transform = (<A extends object>(rows: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

/** A session as the SQL client uses it. */
class Session implements Connection {
  readonly #wire: PgConnection.PgConnection

  constructor(wire: PgConnection.PgConnection) {
    this.#wire = wire
  }

  #rows(sql: string, parameters: ReadonlyArray<unknown>, transform: Transform, prepare: boolean) {
    return Effect.map(this.#wire.query(sql, parameters, prepare), ({ rows }): Rows => transform?.(rows) ?? rows)
  }

  execute(sql: string, parameters: ReadonlyArray<unknown>, transform: Transform) {
    return this.#rows(sql, parameters, transform, true)
  }
  executeUnprepared(sql: string, parameters: ReadonlyArray<unknown>, transform: Transform) {
    return this.#rows(sql, parameters, transform, false)
  }
  executeRaw(sql: string, parameters: ReadonlyArray<unknown>) {
    return this.#wire.query(sql, parameters)
  }
  executeValues(sql: string, parameters: ReadonlyArray<unknown>) {
    return this.#wire.queryValues(sql, parameters)
  }
  executeValuesUnprepared(sql: string, parameters: ReadonlyArray<unknown>) {
    return this.#wire.queryValues(sql, parameters, false)
  }
  executeStream(sql: string, parameters: ReadonlyArray<unknown>, transform: Transform) {
    const rows = this.#wire.stream(sql, parameters)
    return transform === undefined ? rows : Stream.mapArray(rows, (some) => transform(some) as typeof some)
  }

  /** PostgreSQL answers COMMIT with ROLLBACK if the transaction has failed. */
  get commit(): Effect.Effect<void, SqlError> {
    return Effect.flatMap(this.#wire.query("COMMIT"), ({ command }) => {
      if (command !== "ROLLBACK") return Effect.void
      const message = "the server rolled the transaction back instead of committing it"
      return Effect.fail(
        new SqlError({ reason: new UnknownError({ cause: new Error(message), message, operation: "commit" }) })
      )
    })
  }
}

/**
 * Runs `prepare` once on every physical connection. If it fails, the statement that requested the
 * connection fails and the connection is closed: a role's settings apply to new sessions only.
 */
export const layer = (
  config: PgClient.PgPoolConfig,
  prepare: (connection: PgConnection.PgConnection) => Effect.Effect<unknown, SqlError>
): Layer.Layer<SqlClient.SqlClient | Notifications, SqlError> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const pool = yield* PgPool.make(config)
      const prepared = new WeakSet<PgConnection.PgConnection>()
      const ready = (wire: PgConnection.PgConnection) =>
        prepared.has(wire)
          ? Effect.succeed(wire)
          : prepare(wire).pipe(
              Effect.onError(() => pool.invalidate(wire)),
              Effect.map(() => {
                prepared.add(wire)
                return wire
              })
            )
      const shared = Effect.flatMap(pool.get, ready)
      const own = Effect.flatMap(shared, ({ pin }) => pin)
      const client = yield* SqlClient.make({
        acquirer: Effect.map(shared, (wire) => new Session(wire)),
        borrower: (body) => pool.use((wire) => Effect.flatMap(ready(wire), (checked) => body(new Session(checked)))),
        transactionAcquirer: Effect.map(own, (wire) => new Session(wire)),
        compiler: PgClient.makeCompiler(),
        driver: "postgresql",
        prepareTransactionControls: true,
        commit: (connection) => (connection as Session).commit,
        releaseSavepoint: (name) => `RELEASE SAVEPOINT ${name}`,
        spanAttributes: []
      })
      return Context.make(SqlClient.SqlClient, client).pipe(
        Context.add(Notifications, {
          listen: (channel) => Effect.flatMap(own, (wire) => wire.listen(channel))
        })
      )
    })
  ).pipe(Layer.provide(Reactivity.layer))
