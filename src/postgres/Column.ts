/**
 * Passes many values of one type as one parameter: a statement is the same for any number of rows.
 */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const { OID } = PgTypes

/** A whole number as BIGINT. */
export const int8 = (value: number): PgTypes.Parameter => PgTypes.int8(BigInt(value))

/** Milliseconds since the epoch as TIMESTAMP; infinite values are PostgreSQL's. */
export const timestamp = (timeMs: number): PgTypes.Parameter => PgTypes.timestamp(timeMs)

/** One column's values. Every element type in use has an array type. */
export const column = <A>(items: ReadonlyArray<A>, oid: number, value: (item: A) => unknown): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(items.map(value), oid))

/**
 * One column of arrays of `width` numbers, concatenated: `unnest` would flatten an array of arrays.
 */
export const parts = <A>(
  items: ReadonlyArray<A>,
  width: number,
  numbers: (item: A) => ReadonlyArray<number>
): PgTypes.Parameter => {
  const all: Array<number> = []
  for (const item of items) {
    const some = numbers(item)
    if (some.length !== width) throw new RangeError(`expected ${width} numbers for a row, not ${some.length}`)
    for (const number of some) all.push(number)
  }
  return column(all, OID.float8, (number) => number)
}

/** SQL for the array that {@link parts} passed for row `r`, whose ordinal number is column `n`. */
export const part = (parameter: string, width: number): string =>
  `(${parameter}::float8[])[(r.n - 1) * ${width} + 1 : r.n * ${width}]`
