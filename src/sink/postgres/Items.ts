/** Items of one table on their way into it: in the order of their keys, in pieces, and without those that PostgreSQL can't hold. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { chunked, type Refusal, writeOrBisect } from "./Bisect.ts"
import { textOf } from "../../postgres/SqlErrors.ts"

/** The most that one statement carries. */
const CHUNK = { count: 5_000, weight: 8 * 1024 * 1024 }

/** Items of one table: in order of their key, so that no two transactions wait for each other. */
interface Written<A> {
  readonly items: ReadonlyArray<A>
  readonly order: (a: A, b: A) => number
  /** Bytes that vary from item to item. */
  readonly weigh: (item: A) => number
  readonly write: (items: ReadonlyArray<A>) => Effect.Effect<void, SqlError, SqlClient>
  readonly name: (item: A) => string
}

/** Writes within a transaction. Returns a line for each item that was left out: what it is, and PostgreSQL's message. */
export const writeItems = Effect.fnUntraced(function* <A>({ items, name, order, weigh, write }: Written<A>) {
  const refused: Array<string> = []
  for (const chunk of chunked(items.toSorted(order), CHUNK, weigh)) {
    const refusals: ReadonlyArray<Refusal<A>> = yield* writeOrBisect(chunk, write)
    for (const { error, item } of refusals) refused.push(`${name(item)}: ${textOf(error)}`)
  }
  return refused
})
