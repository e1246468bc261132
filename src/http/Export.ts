/**
 * A list as a file, by the request's Accept header: CSV for spreadsheets, NDJSON for programs. The
 * file streams the whole list page by page, whatever its length.
 */
import { stringify } from "csv-stringify/sync"
import { Effect, Option, Schema, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"

/** Items of each page that is read for a file. */
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

/**
 * The preferred format of an Accept header: the highest weight, then the first. The default is
 * JSON.
 */
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

/** Writes lists as JSON, because an emote's name may contain any separator. */
const cell = (value: unknown): unknown => (typeof value === "object" && value !== null ? JSON.stringify(value) : value)

/** Writes items in their JSON encoding as terminated lines. */
export const lines = (columns: ReadonlyArray<string>) => ({
  csv: (items: ReadonlyArray<object>): string =>
    stringify(
      items.map((item) => Object.fromEntries(Object.entries(item).map(([key, value]) => [key, cell(value)]))),
      {
        columns: [...columns],
        record_delimiter: "windows",
        // Some programs end a record at these characters: the rest of the cell could then be a
        // formula.
        quote_record_delimiter: true,
        cast: { boolean: String },
        // Spreadsheets must not evaluate a name that starts like a formula.
        escape_formulas: true
      }
    ),
  ndjson: (items: ReadonlyArray<object>): string => items.map((item) => `${JSON.stringify(item)}\n`).join("")
})

/**
 * A failure in the middle of a file closes the connection, so that a partial file is not taken for
 * a complete one.
 */
const pages = <Item, E, R>(read: (cursor: string) => Effect.Effect<Page<Item>, E, R>, from: string) =>
  Stream.paginate(from, (cursor) =>
    Effect.map(read(cursor), ({ items, next }) => [[items], Option.fromNullishOr(next)] as const)
  )

/** Returns one page as JSON, or the whole list as a file whose columns are the fields of `item`. */
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
    // The first page is read before the response starts, so that a failure has its own status.
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
