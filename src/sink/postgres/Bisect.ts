/** Data that PostgreSQL can't hold is found by halving and left out, so that one bad row stops nothing else. What takes too long for one statement is written by several. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { isRefusedData, isStatementTimeout } from "../../postgres/SqlErrors.ts"

/** One item left out, and what PostgreSQL said of it. */
export interface Refusal<A> {
  readonly item: A
  readonly error: SqlError
}

/**
 * Writes items under a savepoint. If data is refused, or the statement reaches its time limit, each half is written by itself, down to single items. Every other error fails. Runs within a
 * transaction; a write without refusals costs a savepoint and its release.
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

/** Pieces of at most `count` items and, but for single items, `weight` in sum, in order. */
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
