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

const FORMATS = {
  "text/csv": "csv",
  "text/*": "csv",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/json": "json",
  "application/*": "json",
  "*/*": "json"
} as const

type Format = (typeof FORMATS)[keyof typeof FORMATS]

const isKnown = (type: string): type is keyof typeof FORMATS => Object.hasOwn(FORMATS, type)

/** What an Accept header prefers: the greatest weight, among equals the first. Whoever accepts none of them gets JSON. */
export const formatOf = (accept: string | undefined): Format => {
  let best: { readonly format: Format; readonly weight: number } = { format: "json", weight: 0 }
  for (const item of (accept ?? "").toLowerCase().split(",")) {
    const [type = "", ...parameters] = item.split(";").map((part) => part.trim())
    const [, weight = "1"] =
      /^q=([01](?:\.\d{0,3})?)$/.exec(parameters.find((part) => part.startsWith("q=")) ?? "") ?? []
    if (isKnown(type) && Number(weight) > best.weight) best = { format: FORMATS[type], weight: Number(weight) }
  }
  return best.format
}

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8; header=present", ndjson: "application/x-ndjson" }

/** Lists as JSON: no separator is safe in an emote's name. */
const cell = (value: unknown): unknown => (typeof value === "object" && value !== null ? JSON.stringify(value) : value)

/** Writes items as they are encoded for JSON: some lines, each ended. */
export const lines = (columns: ReadonlyArray<string>) => ({
  csv: (items: ReadonlyArray<object>): string =>
    stringify(
      items.map((item) => Object.fromEntries(Object.entries(item).map(([key, value]) => [key, cell(value)]))),
      {
        columns: [...columns],
        record_delimiter: "windows",
        // whatever ends a line somewhere: or what follows it would begin a record, as a formula perhaps
        quote_record_delimiter: true,
        cast: { boolean: String },
        // a name that begins like a formula must not be one when the file is opened
        escape_formulas: true
      }
    ),
  ndjson: (items: ReadonlyArray<object>): string => items.map((item) => `${JSON.stringify(item)}\n`).join("")
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
    if (format === "json") return yield* read(query)
    const write = lines(Object.keys(item.fields))[format]
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
