/** Many values of one type as a single parameter, so that a statement stays the same whatever their number. */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const { OID } = PgTypes

/** One column's values. Every element type used here has an array type. */
export const column = <A>(items: ReadonlyArray<A>, oid: number, value: (item: A) => unknown): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(items.map(value), oid))

/** One column of arrays of `width` numbers each, end to end: `unnest` would flatten an array of arrays. */
export const parts = <A>(
  items: ReadonlyArray<A>,
  width: number,
  numbers: (item: A) => ReadonlyArray<number>
): PgTypes.Parameter => {
  const all: Array<number> = []
  for (const item of items) {
    const some = numbers(item)
    if (some.length !== width) throw new RangeError(`${some.length} numbers where the table holds ${width}`)
    for (const number of some) all.push(number)
  }
  return column(all, OID.float8, (number) => number)
}

/** The array that {@link parts} gave for row `r`, which has its ordinal number as column `n`. */
export const part = (parameter: string, width: number): string =>
  `(${parameter}::float8[])[(r.n - 1) * ${width} + 1 : r.n * ${width}]`
