/** Where a page of a list ended: the sort key of its last item, opaque to clients. Nothing shifts when rows come or go meanwhile. */
import { Effect, Option, Result, Schema } from "effect"
import { BadRequest } from "../http/api/Problems.ts"

export interface CursorOf<Key> {
  readonly write: (key: Key) => string
  /** `undefined` stays so: the first page. */
  readonly read: (cursor: string | undefined) => Effect.Effect<Key | undefined, BadRequest>
}

export const cursorOf = <Key, Encoded>(key: Schema.Codec<Key, Encoded>): CursorOf<Key> => {
  const codec = Schema.StringFromBase64Url.pipe(Schema.decodeTo(Schema.fromJsonString(key)))
  const decode = Schema.decodeUnknownOption(codec)
  return {
    write: (value) => Result.getOrThrow(Schema.encodeResult(codec)(value)),
    read: (cursor) =>
      cursor === undefined
        ? Effect.undefined
        : Option.match(decode(cursor), {
            onNone: () => Effect.fail(new BadRequest({ detail: "cursor: not one that this list gave as `next`" })),
            onSome: (key) => Effect.succeed(key)
          })
  }
}

/** `items` hold one more than the page where there is a next one. */
export const pageOf = <A, Key>(
  items: ReadonlyArray<A>,
  limit: number,
  cursor: CursorOf<Key>,
  keyOf: (item: A) => Key
) => {
  const shown = items.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown, next: items.length > limit && last !== undefined ? cursor.write(keyOf(last)) : null }
}
