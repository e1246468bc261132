/**
 * Decodes the rows of statements. A row of another shape is a defect, because each statement is
 * written next to the schema of its rows.
 */
import { Effect, Schema, SchemaGetter } from "effect"

/**
 * Makes the decoder for the rows of one statement. Call it once per statement: it compiles the
 * schema.
 *
 *     const startsOf = rowsOf(Schema.Struct({ window_start: Timestamp }))
 *     const starts = yield* startsOf(sql.unsafe("SELECT window_start FROM ..."))
 */
export const rowsOf = <Row extends Schema.ConstraintDecoder<unknown>>(row: Row) => {
  const decode = Schema.decodeUnknownEffect(Schema.Array(row))
  return <E, R>(
    statement: Effect.Effect<ReadonlyArray<unknown>, E, R>
  ): Effect.Effect<ReadonlyArray<Row["Type"]>, E, R> => Effect.flatMap(statement, (rows) => Effect.orDie(decode(rows)))
}

/** A TIMESTAMP in milliseconds since 1970. */
export const Timestamp = Schema.instanceOf(Date).pipe(
  Schema.decodeTo(Schema.Number, {
    decode: SchemaGetter.transform((date: Date) => date.getTime()),
    encode: SchemaGetter.transform((ms: number) => new Date(ms))
  })
)

/** A DOUBLE PRECISION as JSON can hold it: `null` for NaN and infinities. */
export const Measure = Schema.NullOr(Schema.Number).pipe(
  Schema.decodeTo(Schema.NullOr(Schema.Finite), {
    decode: SchemaGetter.transform((value: number | null) => (Number.isFinite(value) ? value : null)),
    encode: SchemaGetter.passthrough()
  })
)

/** A column that rows of an earlier job may lack; `fallback` replaces NULL. */
export const defaulted = <A, E>(value: Schema.Codec<A, E>, fallback: A) =>
  Schema.NullOr(value).pipe(
    Schema.decodeTo(Schema.toType(value), {
      decode: SchemaGetter.transform((found: A | null) => found ?? fallback),
      encode: SchemaGetter.passthrough({ strict: false })
    })
  )
