/** A list as a file: CSV for spreadsheets, NDJSON for programs, by the request's Accept. All of the list, page by page, however long it is. */
import { stringify } from "csv-stringify/sync"
import { Effect, Option, Schema, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"

/** Of pages that are read for a file. */
const PAGE = 1000

export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
}

type Format = "csv" | "ndjson"

/** The first that is named; JSON is for everybody else. */
const formatOf = (accept: string | undefined): Format | undefined => {
  const [named] = /text\/csv|application\/(?:x-)?ndjson/.exec(accept ?? "") ?? []
  return named === undefined ? undefined : named === "text/csv" ? "csv" : "ndjson"
}

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8; header=present", ndjson: "application/x-ndjson" }

/** Lists as JSON: no separator is safe in an emote's name. */
const cell = (value: unknown): unknown => (typeof value === "object" && value !== null ? JSON.stringify(value) : value)

const lines = <Item extends object>(columns: ReadonlyArray<string>) => ({
  csv: (items: ReadonlyArray<Item>): string =>
    stringify(
      items.map((item) => Object.fromEntries(Object.entries(item).map(([key, value]) => [key, cell(value)]))),
      {
        columns: [...columns],
        record_delimiter: "windows",
        cast: { boolean: String },
        // a name that begins like a formula must not be one when the file is opened
        escape_formulas: true
      }
    ),
  ndjson: (items: ReadonlyArray<Item>): string => items.map((item) => `${JSON.stringify(item)}\n`).join("")
})

/** A failure in the middle of a file ends the connection, so that nobody takes a part for the whole. */
const pages = <Item, E, R>(read: (cursor: string) => Effect.Effect<Page<Item>, E, R>, from: string) =>
  Stream.paginate(from, (cursor) =>
    Effect.map(read(cursor), ({ items, next }) => [[items], Option.fromNullishOr(next)] as const)
  )

/** One page as JSON, or everything as a file. `item` encodes; its fields are the file's columns. */
export const listed = <
  Fields extends Schema.Struct.Fields,
  Query extends { readonly limit: number; readonly cursor?: string },
  E,
  R
>(
  request: HttpServerRequest.HttpServerRequest,
  item: Schema.Struct<Fields> & { readonly EncodingServices: never },
  query: Query,
  read: (query: Query) => Effect.Effect<Page<Schema.Struct<Fields>["Type"]>, E, R>
) =>
  Effect.gen(function* () {
    const format = formatOf(request.headers["accept"])
    if (format === undefined) return yield* read(query)
    const write = lines<object>(Object.keys(item.fields))[format]
    const encode = Schema.encodeEffect(Schema.Array(item))
    const context = yield* Effect.context<R>()
    // the first page now: what can't be answered is said by the status
    const first = yield* read({ ...query, limit: PAGE })
    const rest =
      first.next === null ? Stream.empty : pages((cursor) => read({ ...query, limit: PAGE, cursor }), first.next)
    const header = format === "csv" ? stringify([Object.keys(item.fields)], { record_delimiter: "windows" }) : ""
    const body = Stream.concat(Stream.succeed(first.items), rest).pipe(
      Stream.mapEffect((items) => Effect.map(encode(items), write)),
      Stream.provideContext(context)
    )
    return HttpServerResponse.stream(Stream.encodeText(Stream.concat(Stream.succeed(header), body)), {
      contentType: CONTENT_TYPES[format]
    })
  })
