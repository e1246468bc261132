/**
 * The values in the API's responses. Fields have the names of the tables' columns, times are ISO
 * 8601 in UTC, and 64-bit ids are text.
 */
import { Effect, Schema, SchemaGetter, SchemaIssue } from "effect"
import { HttpApiSchema } from "effect/http-api"

/**
 * The range of years with four digits. PostgreSQL's range is wider, that of event times narrower.
 */
const FIRST_MS = -62_167_219_200_000
const LAST_MS = 253_402_300_799_999

const TEXT = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/

/** Rejects days that do not exist: `Date` reads the 30th of February as a day in March. */
const isDay = (day: string): boolean => {
  const date = new Date(`${day}T00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

/** Returns NaN if the text is not a point in time. */
const parse = (text: string): number => {
  const [written = "", day, time, , , zone] = TEXT.exec(text.toUpperCase()) ?? []
  if (day === undefined || !isDay(day)) return Number.NaN
  return Date.parse(time === undefined || zone !== undefined ? written : `${written}Z`)
}

/**
 * A point in time: milliseconds since 1970 in the worker, `2026-01-31T18:00:00.000Z` on the wire. A
 * request may omit the fraction, the seconds, the time of day and the zone, which defaults to UTC.
 */
export const Instant = Schema.String.annotate({ format: "date-time" }).pipe(
  Schema.decodeTo(Schema.Finite, {
    decode: SchemaGetter.transformEffect((text: string) => {
      const timeMs = parse(text)
      return timeMs >= FIRST_MS && timeMs <= LAST_MS
        ? Effect.succeed(timeMs)
        : Effect.fail(new SchemaIssue.InvalidValue({ message: "must be a time such as 2026-01-31T18:00:00Z" }))
    }),
    encode: SchemaGetter.transform((timeMs: number) => new Date(timeMs).toISOString())
  })
)

/** A 64-bit number as text, because JSON numbers lose its last digits. The maximum is 2^63 - 1. */
export const BigId = Schema.String.check(Schema.isPattern(/^\d{1,19}$/u))

/** The values of one window. */
const windowFields = {
  /** First instant of the window (closed bound). */
  window_start: Instant,
  /** First instant after the window (open bound). */
  window_end: Instant,
  chat_count: Schema.Int,
  unique_chatters: Schema.Int,
  avg_sentiment: Schema.NullOr(Schema.Finite),
  /** Messages with a sentiment score. If it is 0, `avg_sentiment` has no meaning. */
  scored_count: Schema.Int,
  positive_count: Schema.Int,
  negative_count: Schema.Int,
  /** Messages per second. */
  chat_rate: Schema.Finite,
  avg_viewers: Schema.NullOr(Schema.Finite),
  top_emotes: Schema.Array(Schema.String),
  /** How often each of `top_emotes` occurs, in their order; empty in rows of earlier versions. */
  emote_counts: Schema.Array(Schema.Int),
  /**
   * Score of the chat at the window's end against the stream's baseline, in usual deviations;
   * `null` without a baseline.
   */
  z_score: Schema.NullOr(Schema.Finite),
  /** Whether `z_score` is at least the threshold in force: ANOMALY_THRESHOLD, or its override. */
  is_anomaly: Schema.Boolean,
  complete: Schema.Boolean
}

/** One window of one stream: a row of the view `chat_summary`. */
export const Summary = Schema.Struct({ stream_id: Schema.String, ...windowFields })
export type Summary = typeof Summary.Type

/** Page size of a list. */
export const limit = (standard: number, most: number) =>
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: most }))
    .annotate({
      default: standard,
      description:
        "Maximum number of items per page. A page with more than 1 MiB of text ends early: follow `next` until it is null"
    })
    .pipe(Schema.withDecodingDefaultType(Effect.succeed(standard)))

/** The `next` value of the previous page. Any other text is refused. */
export const Cursor = Schema.String.check(Schema.isPattern(/^[\w-]{1,4000}$/u)).annotate({
  description: "The `next` value of the previous page"
})

/** One page of a list. */
export const page = <Item extends Schema.Top>(item: Item) =>
  Schema.Struct({
    items: Schema.Array(item),
    /** The `cursor` of the next page; `null` on the last one. */
    next: Schema.NullOr(Schema.String)
  })

/** The longest list that is counted to its end, so that a count stays cheap. */
export const MOST_COUNTED = 10_000

/** The place of a page in its list. */
export const Position = Schema.Struct({
  /** The number of the page's first item, from 1; `null` beyond {@link MOST_COUNTED}. */
  first: Schema.NullOr(Schema.Int),
  /** The number of items in the list; `null` if there are more than {@link MOST_COUNTED}. */
  total: Schema.NullOr(Schema.Int)
})
export type Position = typeof Position.Type

/** One page of a list that can be read in both directions. */
export const placedPage = <Item extends Schema.Top>(item: Item) =>
  Schema.Struct({
    ...page(item).fields,
    /** The `cursor` of the page before; `null` on the first one. */
    previous: Schema.NullOr(Schema.String),
    /** `null` unless the request has `count=true`. */
    position: Schema.NullOr(Position)
  })

/** `true` or `false` in a URL. */
export const Truth = Schema.Literals(["true", "false"]).pipe(
  Schema.decodeTo(Schema.Boolean, {
    decode: SchemaGetter.transform((text: "true" | "false") => text === "true"),
    encode: SchemaGetter.transform((value: boolean) => (value ? "true" : "false"))
  })
)

/** Whether a page states its position. */
export const count = Schema.optionalKey(
  Truth.annotate({ description: "`true`: the response states the page's `position`. The count ends at 10,000" })
)

/** The directions of a list. */
export const DIRECTIONS = ["asc", "desc"] as const
export type Direction = (typeof DIRECTIONS)[number]

/** The direction of a list's sort column. */
export const order = (description: string) => Schema.optionalKey(Schema.Literals(DIRECTIONS).annotate({ description }))

/** The formats of a list. */
export const FORMATS = ["json", "csv", "ndjson"] as const
export type Format = (typeof FORMATS)[number]

/** The format of a list, for clients that set no headers, such as links. */
export const format = Schema.optionalKey(
  Schema.Literals(FORMATS).annotate({
    description: "Takes precedence over `Accept`. `csv` and `ndjson` return the whole list as a file"
  })
)

/** JSON can escape half of a surrogate pair, which UTF-8 cannot hold. */
const isWellFormed = Schema.makeFilter(
  (text: string) => text.isWellFormed() || "must be Unicode text without a lone surrogate",
  undefined
)

/**
 * Text of `least` to `most` code points that a column can hold: without U+0000 and lone surrogates.
 */
export const textOf = (least: number, most: number) =>
  Schema.String.check(Schema.isPattern(new RegExp(`^[^\\x00]{${least},${most}}$`, "u")), isWellFormed)

/** A stream's name as in its events. */
export const StreamId = textOf(1, 255)

/** Names a broadcast: opaque to clients. */
export const BroadcastId = Schema.String.check(Schema.isPattern(/^[\w-]{1,3000}$/u))

/** A topic's name in Kafka. */
export const Topic = textOf(1, 249)

/**
 * Start of a range (closed bound) and its end (open bound). A range that ends before its start is
 * empty.
 */
export const range = (what: string) => ({
  from: Schema.optionalKey(Instant.annotate({ description: `${what} at or after this time` })),
  to: Schema.optionalKey(Instant.annotate({ description: `${what} before this time` }))
})

/** The list as CSV or as one JSON object per line, by `format` or by the header Accept. */
export const Csv = Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/csv" }))
export const Ndjson = Schema.String.pipe(HttpApiSchema.asText({ contentType: "application/x-ndjson" }))
