/** Places a page of rows in its list: the cursor of the page before it, and its position. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { present } from "../domain/Invariant.ts"
import { COUNT_LIMIT, positionOf } from "./ListPosition.ts"
import { rowsOf } from "./Rows.ts"

const countsOf = rowsOf(Schema.Struct({ count: Schema.Int }))

/** Counts rows up to {@link COUNT_LIMIT}. `from`: a table, or a join with its aliases. */
const countRows = Effect.fnUntraced(function* (from: string, conditions: ReadonlyArray<Statement.Fragment>) {
  const sql = yield* SqlClient
  const [row] = yield* countsOf(sql`SELECT count(*)::float8 AS count FROM (
    SELECT FROM ${sql.literal(from)} WHERE ${sql.and(conditions)} LIMIT ${PgTypes.int4(COUNT_LIMIT)}) counted`)
  return present(row, "a count has one row").count
})

interface Place<E, R> {
  /** As of {@link countRows}. */
  readonly from: string
  readonly conditions: ReadonlyArray<Statement.Fragment>
  /** Selects the rows before the page; `undefined` for the first page. */
  readonly upTo: Statement.Fragment | undefined
  /** Whether to count, which takes up to two statements. */
  readonly count: boolean
  /** Writes the cursor of the page before, from the conditions of the rows before the page. */
  readonly previous: (before: ReadonlyArray<Statement.Fragment>) => Effect.Effect<string, E, R>
}

/** The place of a page: at most three statements. */
export const placeOf = Effect.fnUntraced(function* <E, R>({ conditions, count, from, previous, upTo }: Place<E, R>) {
  const before = upTo === undefined ? undefined : [...conditions, upTo]
  return {
    previous: before === undefined ? null : yield* previous(before),
    position: count
      ? positionOf(before === undefined ? 0 : yield* countRows(from, before), yield* countRows(from, conditions))
      : null
  }
})
