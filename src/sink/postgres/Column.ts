/** Many values of one type as a single parameter, so that a statement stays the same whatever their number. */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const { OID } = PgTypes

/** One column's values. Every element type used here has an array type. */
export const column = <A>(items: ReadonlyArray<A>, oid: number, value: (item: A) => unknown): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(items.map(value), oid))
