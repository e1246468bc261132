/**
 * A list as a file, by parameter `format` or the request's Accept header: CSV for spreadsheets,
 * NDJSON for programs. The file streams the whole list page by page, whatever its length.
 */
import { stringify } from "csv-stringify/sync"
import { Effect, Option, Schema, Stream } from "effect"
import type { Format } from "../api/Values.ts"
import { cellOf, columnsOf, type FlatColumn } from "./FlatColumns.ts"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"

/** Items of each page that is read for a file. */
const PAGE = 1000

export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  readonly next: string | null
}

const MEDIA_TYPES = {
  "text/csv": "csv",
  "text/*": "csv",
  "application/x-ndjson": "ndjson",
  "application/ndjson": "ndjson",
  "application/json": "json",
  "application/*": "json",
  "*/*": "json"
} as const

const isKnown = (type: string): type is keyof typeof MEDIA_TYPES => Object.hasOwn(MEDIA_TYPES, type)

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
    if (isKnown(type) && Number(weight) > best.weight) best = { format: MEDIA_TYPES[type], weight: Number(weight) }
  }
  return best.format
}

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8; header=present", ndjson: "application/x-ndjson" }

/** Writes items in their JSON encoding as terminated lines. CSV has flat columns. */
export const lines = (columns: ReadonlyArray<FlatColumn>) => ({
  csv: (items: ReadonlyArray<object>): string =>
    stringify(
      items.map((item) => columns.map((column) => cellOf(item, column))),
      {
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

/** A list as a file. */
interface FileOf<Fields extends Schema.Struct.Fields> {
  /** Part of the file's name: `telemetra-moments.csv`. */
  readonly name: string
  readonly item: Schema.Struct<Fields> & { readonly EncodingServices: never }
}

interface ListQuery {
  readonly limit: number
  readonly cursor?: string
  readonly format?: Format
}

/**
 * Returns one page as JSON with its `place`, or the whole list as a file. CSV has a column for each
 * value of an item: `metadata.people` is column `metadata_people`.
 */
export const listed = <Fields extends Schema.Struct.Fields, Query extends ListQuery, Read, E, R, Place = object>(
  request: HttpServerRequest.HttpServerRequest,
  { item, name }: FileOf<Fields>,
  query: Query,
  read: (query: Query) => Effect.Effect<Read & Page<Schema.Struct<Fields>["Type"]>, E, R>,
  place: Effect.Effect<Place, E, R> = Effect.succeed({} as Place)
) =>
  Effect.gen(function* () {
    const format = query.format ?? formatOf(request.headers["accept"])
    if (format === "json") return { ...(yield* read(query)), ...(yield* place) }
    const columns = columnsOf(item)
    const write = lines(columns)[format]
    const encode = Schema.encodeEffect(Schema.Array(item))
    const context = yield* Effect.context<R>()
    // The first page is read before the response starts, so that a failure has its own status.
    const first = yield* read({ ...query, limit: PAGE })
    const rest =
      first.next === null ? Stream.empty : pages((cursor) => read({ ...query, limit: PAGE, cursor }), first.next)
    const header =
      format === "csv" ? stringify([columns.map((column) => column.name)], { record_delimiter: "windows" }) : ""
    const body = Stream.concat(Stream.succeed(first.items), rest).pipe(
      Stream.mapEffect((items) => Effect.map(encode(items), write)),
      Stream.provideContext(context)
    )
    return HttpServerResponse.stream(Stream.encodeText(Stream.concat(Stream.succeed(header), body)), {
      contentType: CONTENT_TYPES[format],
      headers: { "content-disposition": `attachment; filename="telemetra-${name}.${format}"` }
    })
  })
