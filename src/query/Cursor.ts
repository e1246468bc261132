/**
 * The end of a page of a list: the sort key of its last item, opaque to clients. Rows that are
 * added or deleted between two pages shift nothing.
 */
import { Effect, Option, Result, Schema } from "effect"
import { BadRequest } from "../api/Problems.ts"
import { BigId, type Direction } from "../api/Values.ts"
import type { Found } from "./PageBytes.ts"

export interface CursorOf<Key> {
  readonly write: (key: Key) => string
  /** Without a cursor (the first page) it returns `undefined`. */
  readonly read: (cursor: string | undefined) => Effect.Effect<Key | undefined, BadRequest>
}

/** Years 1 to 9999 in milliseconds since 1970: the range of a Date. */
export const Milliseconds = Schema.Int.check(
  Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 })
)

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?$/

/**
 * A TIMESTAMP as PostgreSQL writes it, in microseconds. A Date would lose the last three digits.
 */
export const TimestampText = Schema.String.check(
  Schema.makeFilter((text) => {
    const [, day, time] = TIMESTAMP.exec(text) ?? []
    const read = new Date(`${day}T${time}Z`)
    return (
      (!Number.isNaN(read.getTime()) && read.toISOString().startsWith(`${day}T${time}`)) || "must be a point in time"
    )
  }, undefined)
)

/** The values of a BIGINT, from 0 on. */
const isInt8 = (text: string): boolean => BigInt(text) < 2n ** 63n

export const Int8Text = BigId.check(Schema.makeFilter(isInt8, undefined))

/** Returns `undefined` for numbers that no column can hold. */
export const int8Of = (text: string): bigint | undefined => (isInt8(text) ? BigInt(text) : undefined)

/** Text that a column can hold: PostgreSQL refuses U+0000. */
export const ColumnText = Schema.String.check(Schema.isPattern(/^[^\0]*$/))

export const cursorOf = <Key, Encoded>(key: Schema.Codec<Key, Encoded>): CursorOf<Key> => {
  const codec = Schema.StringFromBase64Url.pipe(Schema.decodeTo(Schema.fromJsonString(key)))
  const decode = Schema.decodeUnknownOption(codec)
  return {
    write: (value) => Result.getOrThrow(Schema.encodeResult(codec)(value)),
    read: (cursor) =>
      cursor === undefined
        ? Effect.undefined
        : Option.match(decode(cursor), {
            onNone: () => Effect.fail(new BadRequest({ detail: "cursor: not a `next` value of this list" })),
            onSome: (key) => Effect.succeed(key)
          })
  }
}

/** Reads a cursor. One of a list in another order is refused. */
export const readInOrder = Effect.fnUntraced(function* <
  Key extends { readonly order: Direction; readonly sort?: string }
>(cursor: CursorOf<Key>, text: string | undefined, order: Direction, sort?: string) {
  const after = yield* cursor.read(text)
  if (after === undefined || (after.order === order && after.sort === sort)) return after
  const list = after.sort === undefined ? `in the direction ${after.order}` : `sorted by ${after.sort} ${after.order}`
  return yield* new BadRequest({ detail: `cursor: belongs to a list ${list}` })
})

/** `found`: the rows that the query found, shown or not. */
const pageIn = <A, Key>(
  items: ReadonlyArray<A>,
  found: number,
  limit: number,
  cursor: CursorOf<Key>,
  keyOf: (item: A) => Key
) => {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown, next: last !== undefined && found > shown.length ? cursor.write(keyOf(last)) : null }
}

/**
 * Makes a page of the rows of a query. The query may be cut by bytes; it finds one row more than
 * `limit` if there is a next page.
 */
export const pageOf = <A extends Found, Key>(
  items: ReadonlyArray<A>,
  limit: number,
  cursor: CursorOf<Key>,
  keyOf: (item: A) => Key
) => pageIn(items, items[0]?.found ?? 0, limit, cursor, keyOf)

/** As {@link pageOf}, for rows with so little text that a page needs no limit in bytes. */
export const shortPageOf = <A, Key>(
  items: ReadonlyArray<A>,
  limit: number,
  cursor: CursorOf<Key>,
  keyOf: (item: A) => Key
) => pageIn(items, items.length, limit, cursor, keyOf)
