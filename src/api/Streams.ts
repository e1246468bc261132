/** Streams: the live ones, and the windows of one. */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { emotesQuery, StreamEmotes } from "./Emotes.ts"
import { BadRequest, NotFound, Unavailable } from "./Problems.ts"
import {
  count,
  Csv,
  Cursor,
  format,
  limit,
  Ndjson,
  order,
  page,
  placedPage,
  range,
  StreamId,
  Summary,
  textOf
} from "./Values.ts"

export const STREAM_ORDERS = [
  "chat_count",
  "unique_chatters",
  "avg_viewers",
  "z_score",
  "avg_sentiment",
  "stream_id"
] as const

/** A stream with its latest window. */
export const StreamNow = Schema.Struct({
  ...Summary.fields,
  /** `chat_count` of the latest windows, one per slide, oldest first; 0 for an empty window. */
  recent_chat_counts: Schema.Array(Schema.Int)
})
export type StreamNow = typeof StreamNow.Type

/** A window, or the busiest window of a longer step. */
export const SummaryPoint = Schema.Struct({
  ...Summary.fields,
  /** Number of windows that the item covers: 1 unless the request has a `step`. */
  windows: Schema.Int
})
export type SummaryPoint = typeof SummaryPoint.Type

const live = HttpApiEndpoint.get("live", "/", {
  query: {
    search: Schema.optionalKey(
      textOf(0, 255).annotate({
        description: "Part of the name; ASCII letters match in either case"
      })
    ),
    sort: Schema.Literals(STREAM_ORDERS)
      .annotate({ default: "chat_count" })
      .pipe(Schema.withDecodingDefaultType(Effect.succeed("chat_count" as const))),
    order: order("The default is `desc`, and `asc` for `stream_id`. Nulls are last in both directions"),
    min_scored: Schema.optionalKey(
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })).annotate({
        description: "Streams with at least this many scored messages in the window. A mood of few messages is chance"
      })
    ),
    limit: limit(50, 500),
    cursor: Schema.optionalKey(Cursor),
    count,
    format
  },
  success: [placedPage(StreamNow), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Live streams",
    description:
      "Streams with a row in the latest window of their task, sorted by `sort`. Later pages show the windows of the first page. A stream whose events are spread over several tasks is summed."
  })
)

const one = HttpApiEndpoint.get("one", "/:stream", {
  params: { stream: StreamId },
  success: StreamNow,
  error: [NotFound, Unavailable]
}).annotateMerge(
  OpenApi.annotations({ summary: "One stream", description: "The stream's latest window, whatever its age." })
)

const summaries = HttpApiEndpoint.get("summaries", "/:stream/summaries", {
  params: { stream: StreamId },
  query: {
    ...range("Windows that start"),
    step: Schema.optionalKey(
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 * 86_400 })).annotate({
        description: "Step in seconds. Returns one item for each step, counted from 1970, in which a window starts"
      })
    ),
    limit: limit(1000, 5000),
    cursor: Schema.optionalKey(Cursor),
    format
  },
  success: [page(SummaryPoint), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "A stream's windows",
    description:
      "Windows in ascending order of `window_start`. Without a range: the stream's last hour with windows. With `step`: the busiest window of each step, so that peaks stay visible. Then `avg_sentiment` and `avg_viewers` are means over the step, weighted by messages and by windows. `z_score` is the one furthest from 0. `is_anomaly` is true if any window is an anomaly, `complete` if all windows are complete. CSV and NDJSON contain the whole range and ignore `limit`."
  })
)

const emotes = HttpApiEndpoint.get("emotes", "/:stream/emotes", {
  params: { stream: StreamId },
  query: emotesQuery,
  success: StreamEmotes,
  error: [BadRequest, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "A stream's emotes over time",
    description:
      "How often emotes occur, step by step, as far as `top_emotes` lists them. Windows overlap, so a step has the greatest count of one of its windows, not a sum. Without a range: the stream's last hour with windows. At most 1,000 steps."
  })
)

export class Streams extends HttpApiGroup.make("streams")
  .add(live, one, summaries, emotes)
  .prefix("/streams")
  .annotateMerge(OpenApi.annotations({ title: "Streams" })) {}
