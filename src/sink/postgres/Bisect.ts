/**
 * Finds data that PostgreSQL cannot store by halving, and omits it: one bad row does not stop the
 * others. A statement that takes too long is split, too.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { isRefusedData, isStatementTimeout } from "../../postgres/SqlErrors.ts"

/** An omitted item with the error of PostgreSQL. */
export interface Refusal<A> {
  readonly item: A
  readonly error: SqlError
}

/**
 * Writes items under a savepoint. If data is refused or the statement times out, each half is
 * written separately, down to single items. Every other error fails. Runs within a transaction; a
 * write without refusals costs a savepoint and its release.
 */
export const writeOrBisect = <A>(
  items: ReadonlyArray<A>,
  write: (items: ReadonlyArray<A>) => Effect.Effect<void, SqlError, SqlClient>
): Effect.Effect<ReadonlyArray<Refusal<A>>, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    return yield* sql.withTransaction(Effect.as(write(items), []))
  }).pipe(
    Effect.catchIf(
      (error) => isRefusedData(error) || (items.length > 1 && isStatementTimeout(error)),
      (error) => {
        const [first] = items
        if (items.length === 1 && first !== undefined) return Effect.succeed([{ item: first, error }])
        const half = items.length >> 1
        return Effect.zipWith(
          writeOrBisect(items.slice(0, half), write),
          writeOrBisect(items.slice(half), write),
          (a, b) => [...a, ...b]
        )
      }
    )
  )

/** Splits items into pieces, in order: at most `count` items, and `weight` in sum unless single. */
export const chunked = <A>(
  items: ReadonlyArray<A>,
  limits: { readonly count: number; readonly weight: number },
  weigh: (item: A) => number
): ReadonlyArray<ReadonlyArray<A>> => {
  const chunks: Array<Array<A>> = []
  let current: Array<A> = []
  let weight = 0
  for (const item of items) {
    const more = weigh(item)
    if (current.length > 0 && (current.length === limits.count || weight + more > limits.weight)) {
      chunks.push(current)
      current = []
      weight = 0
    }
    current.push(item)
    weight += more
  }
  if (current.length > 0) chunks.push(current)
  return chunks
}
