/** Where a page of a list ended: the sort key of its last item, opaque to clients. Nothing shifts when rows come or go meanwhile. */
import { Effect, Option, Result, Schema } from "effect"
import { BadRequest } from "../api/Problems.ts"
import { BigId } from "../api/Values.ts"
import type { Found } from "./PageBytes.ts"

export interface CursorOf<Key> {
  readonly write: (key: Key) => string
  /** `undefined` stays so: the first page. */
  readonly read: (cursor: string | undefined) => Effect.Effect<Key | undefined, BadRequest>
}

/** From year 1 to 9999, as a Date has it: milliseconds since 1970. */
export const Milliseconds = Schema.Int.check(
  Schema.isBetween({ minimum: -62_135_596_800_000, maximum: 253_402_300_799_999 })
)

const TIMESTAMP = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.\d{1,6})?$/

/** A TIMESTAMP as PostgreSQL writes it, to the microsecond: a Date would lose its last three digits. */
export const TimestampText = Schema.String.check(
  Schema.makeFilter((text) => {
    const [, day, time] = TIMESTAMP.exec(text) ?? []
    const read = new Date(`${day}T${time}Z`)
    return (
      (!Number.isNaN(read.getTime()) && read.toISOString().startsWith(`${day}T${time}`)) || "must be a point in time"
    )
  }, undefined)
)

/** What a BIGINT holds, from 0 on. */
const isInt8 = (text: string): boolean => BigInt(text) < 2n ** 63n

export const Int8Text = BigId.check(Schema.makeFilter(isInt8, undefined))

/** `undefined` where no column can have it. */
export const int8Of = (text: string): bigint | undefined => (isInt8(text) ? BigInt(text) : undefined)

/** Text of a table's column: U+0000 can't stand there. */
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

/** `items` are rows of a query that was cut by bytes; it found one more than the page's limit if there is a next page. */
export const pageOf = <A extends Found, Key>(
  items: ReadonlyArray<A>,
  limit: number,
  cursor: CursorOf<Key>,
  keyOf: (item: A) => Key
) => {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown,
    next: (items[0]?.found ?? 0) > shown.length && last !== undefined ? cursor.write(keyOf(last)) : null
  }
}
