/** Writes the items of one table: in the order of their keys, in pieces, without refused ones. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { chunked, type Refusal, writeOrBisect } from "./Bisect.ts"
import { textOf } from "../../postgres/SqlErrors.ts"

/** The limits of one statement. */
const CHUNK = { count: 5_000, weight: 8 * 1024 * 1024 }

/** Items are written in the order of their keys, so two transactions cannot deadlock. */
interface Written<A> {
  readonly items: ReadonlyArray<A>
  readonly order: (a: A, b: A) => number
  /** Bytes that vary from item to item. */
  readonly weigh: (item: A) => number
  readonly write: (items: ReadonlyArray<A>) => Effect.Effect<void, SqlError, SqlClient>
  readonly name: (item: A) => string
}

/**
 * Writes within a transaction. Returns a line for each omitted item: its name and PostgreSQL's
 * message.
 */
export const writeItems = Effect.fnUntraced(function* <A>({ items, name, order, weigh, write }: Written<A>) {
  const refused: Array<string> = []
  for (const chunk of chunked(items.toSorted(order), CHUNK, weigh)) {
    const refusals: ReadonlyArray<Refusal<A>> = yield* writeOrBisect(chunk, write)
    for (const { error, item } of refusals) refused.push(`${name(item)}: ${textOf(error)}`)
  }
  return refused
})
