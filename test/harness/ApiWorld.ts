/** A schema of its own in which tasks commit, and the API open on it. */
import { Effect, Layer, Logger, type Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { flushOf, started } from "../contract/ResultStoreContract.ts"
import { type ApiOptions, type ApiServer, startApi } from "./ApiServer.ts"
import { Postgres, type RunningPostgres } from "./Postgres.ts"
import * as PostgresTables from "./PostgresTables.ts"

export interface ApiWorld {
  readonly api: ApiServer
  readonly postgres: RunningPostgres["postgres"]
  readonly schema: string
  /** One more server on the same tables. */
  readonly replica: (options?: ApiOptions) => Effect.Effect<ApiServer, never, Scope.Scope>
}

/** Runs `body` with an empty schema; `options` are the first server's. */
export const withApi = <A, E>(
  body: (world: ApiWorld) => Effect.Effect<A, E, ResultStore | SqlClient | Scope.Scope>,
  options?: ApiOptions
) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* Postgres
    const schema = freshSchema()
    const replica = Effect.fnUntraced(function* (options: ApiOptions = {}) {
      const api = yield* startApi(options)
      yield* api.open(postgres, schema)
      return api
    })
    const tables = PostgresTables.store(schema).pipe(Layer.provideMerge(PostgresTables.database(schema)))
    return yield* Effect.flatMap(replica(options), (api) => body({ api, postgres, schema, replica })).pipe(
      Effect.scoped,
      Effect.provide(tables)
    )
  }).pipe(Effect.provide(Logger.layer([])))

type Content = Partial<
  Pick<Flush, "rows" | "moments" | "broadcasts" | "deadLetters" | "gaps" | "sensitivity" | "status">
>

/**
 * A task that commits the given contents as a worker would, under its own numbers. By default its
 * watermark is the last end of a row.
 */
export const startTask = Effect.fnUntraced(function* (over: Partial<Checkpoint> = {}) {
  const store = yield* ResultStore
  let checkpoint = yield* started(over)
  let lastFlushWithRows: number | null = null
  return {
    commit: Effect.fnUntraced(function* (content: Content, change: Partial<Checkpoint> = {}) {
      const ends = (content.rows ?? []).map(({ endMs }) => endMs)
      const watermarkMs = ends.reduce((a, b) => (a > b ? a : b), checkpoint.watermarkMs)
      const made = flushOf({ ...checkpoint, watermarkMs, ...change }, content)
      if (made.rows.length > 0) lastFlushWithRows = made.checkpoint.flushNumber
      const flush = { ...made, status: { ...made.status, lastFlushWithRows } }
      const result = yield* store.commit(flush)
      if (result._tag !== "Committed")
        return yield* Effect.die(new Error(`the flush was not committed: ${result._tag}`))
      checkpoint = flush.checkpoint
      return checkpoint
    })
  }
})
