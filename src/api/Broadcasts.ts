/** Broadcasts: the sessions of streams, with their totals. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { BadRequest, NotFound, Unavailable } from "./Problems.ts"
import {
  BigId,
  BroadcastId,
  count,
  Csv,
  Cursor,
  format,
  Instant,
  limit,
  Ndjson,
  order,
  placedPage,
  range,
  StreamId,
  textOf,
  Truth
} from "./Values.ts"

/** The most intense moment of a broadcast. */
const BestMoment = Schema.Struct({
  id: BigId,
  timestamp: Instant,
  moment_type: Schema.String,
  intensity: Schema.NullOr(Schema.Finite)
})

/** A row of table `broadcasts`, with its moments. */
export const BroadcastItem = Schema.Struct({
  id: BroadcastId,
  stream_id: Schema.String,
  started_at: Instant,
  /** End so far of a broadcast that is not over. */
  ended_at: Instant,
  over: Schema.Boolean,
  length_seconds: Schema.Finite,
  messages: Schema.Int,
  /** Messages with a sentiment score. If it is 0, `avg_sentiment` is null. */
  scored: Schema.Int,
  avg_sentiment: Schema.NullOr(Schema.Finite),
  avg_viewers: Schema.NullOr(Schema.Finite),
  peak_viewers: Schema.NullOr(Schema.Finite),
  peak_viewers_at: Schema.NullOr(Instant),
  /** Most messages of one slide. */
  peak_messages: Schema.Int,
  peak_messages_at: Schema.NullOr(Instant),
  /** Most people in one reaction span. */
  peak_people: Schema.Int,
  peak_people_at: Schema.NullOr(Instant),
  moments: Schema.Int,
  best_moment: Schema.NullOr(BestMoment)
})
export type BroadcastItem = typeof BroadcastItem.Type

/** A broadcast with its neighbors. */
export const BroadcastDetail = Schema.Struct({
  broadcast: BroadcastItem,
  /** The stream's broadcast before and after it; `null` if there is none. */
  previous: Schema.NullOr(BroadcastItem),
  next: Schema.NullOr(BroadcastItem)
})
export type BroadcastDetail = typeof BroadcastDetail.Type

/** The figures that two broadcasts are compared by. */
export const COMPARED = [
  "length_seconds",
  "messages",
  "messages_per_minute",
  "avg_viewers",
  "peak_viewers",
  "peak_messages",
  "peak_people",
  "avg_sentiment",
  "moments",
  "best_intensity"
] as const

export const Difference = Schema.Struct({
  figure: Schema.Literals(COMPARED),
  /** `null` if the broadcast has no such figure. */
  a: Schema.NullOr(Schema.Finite),
  b: Schema.NullOr(Schema.Finite),
  /** The change from b to a; `null` if either is missing. */
  change: Schema.NullOr(Schema.Finite),
  /** The change as a share of |b|; `null` if either is missing or b is 0. */
  share: Schema.NullOr(Schema.Finite)
})
export type Difference = typeof Difference.Type

export const BroadcastComparison = Schema.Struct({
  a: BroadcastItem,
  b: BroadcastItem,
  differences: Schema.Array(Difference)
})
export type BroadcastComparison = typeof BroadcastComparison.Type

const list = HttpApiEndpoint.get("list", "/", {
  query: {
    stream: Schema.optionalKey(StreamId),
    search: Schema.optionalKey(
      textOf(0, 255).annotate({ description: "Part of the stream's name; ASCII letters match in either case" })
    ),
    ...range("Broadcasts that started"),
    over: Schema.optionalKey(
      Truth.annotate({ description: "`true`: only broadcasts that are over; `false`: only those that last" })
    ),
    latest: Schema.optionalKey(Truth.annotate({ description: "`true`: only the latest broadcast of each stream" })),
    order: order("By `started_at`. The default is `desc`: the newest first"),
    limit: limit(50, 500),
    cursor: Schema.optionalKey(Cursor),
    count,
    format
  },
  success: [placedPage(BroadcastItem), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Broadcasts",
    description:
      "Newest first by default. The row of a broadcast that lasts is updated about every 30 slides. A stream that comes through several tasks has a broadcast in each."
  })
)

const compare = HttpApiEndpoint.get("compare", "/compare", {
  query: { a: BroadcastId, b: BroadcastId },
  success: BroadcastComparison,
  error: [BadRequest, NotFound, Unavailable]
}).annotateMerge(
  OpenApi.annotations({ summary: "Two broadcasts side by side", description: "Changes are those from `b` to `a`." })
)

const one = HttpApiEndpoint.get("one", "/:id", {
  params: { id: BroadcastId },
  success: BroadcastDetail,
  error: [NotFound, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "One broadcast, and the stream's broadcasts before and after it" }))

export class Broadcasts extends HttpApiGroup.make("broadcasts")
  .add(list, compare, one)
  .prefix("/broadcasts")
  .annotateMerge(OpenApi.annotations({ title: "Broadcasts" })) {}
