/**
 * Decodes the rows of a statement. The worker writes its statements itself, so a row of another
 * form is a defect: it ends the caller instead of spreading a wrong type.
 */
import { Effect, Schema } from "effect"
import { present } from "../domain/Invariant.ts"

type RowSchema = Schema.Constraint & { readonly DecodingServices: never }

/** Decodes all rows. */
export const rowsOf = <S extends RowSchema>(row: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  return <E, R>(
    statement: Effect.Effect<ReadonlyArray<unknown>, E, R>
  ): Effect.Effect<ReadonlyArray<S["Type"]>, E, R> => Effect.flatMap(statement, (rows) => Effect.orDie(decode(rows)))
}

/** Decodes the first row; `undefined` if there is none. */
export const firstOf = <S extends RowSchema>(row: S) => {
  const all = rowsOf(row)
  return <E, R>(statement: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<S["Type"] | undefined, E, R> =>
    Effect.map(all(statement), ([first]) => first)
}

/** Decodes the row of a statement that always returns one, such as an aggregate. */
export const onlyOf = <S extends RowSchema>(row: S) => {
  const first = firstOf(row)
  return <E, R>(statement: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<S["Type"], E, R> =>
    Effect.map(first(statement), (found) => present(found, "a SELECT without FROM or GROUP BY has one row"))
}
