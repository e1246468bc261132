/** Moments: unusual times of a stream, with an explanation. */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { ChatContent } from "../domain/ChatContent.ts"
import { MomentMetadata, MomentType } from "../domain/Moment.ts"
import { BadRequest, NotFound, Unavailable } from "./Problems.ts"
import { SummaryPoint } from "./Streams.ts"
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
  StreamId
} from "./Values.ts"

/** Where to cut a clip of a moment: docs/api.md. */
export const Clip = Schema.Struct({
  /** Seconds from the start of the broadcast to `in`; `null` if the broadcast is not known. */
  offset_seconds: Schema.NullOr(Schema.Int),
  /** Seconds from the start of the broadcast to `peak`. */
  peak_seconds: Schema.NullOr(Schema.Int),
  in: Instant,
  out: Instant,
  /** When the chat reacted most, accurate to the pane. */
  peak: Instant,
  /** VOD_URL_TEMPLATE at `offset_seconds`; `null` without a template. */
  url: Schema.NullOr(Schema.String)
})
export type Clip = typeof Clip.Type
/** The opinion of a person on a moment: a good one, or not a moment. */
export const VERDICTS = ["good", "not"] as const
export const Verdict = Schema.Literals(VERDICTS)
export type Verdict = typeof Verdict.Type

/** A row of table `moments`. A value is `null` if an earlier job or version did not write it. */
export const MomentItem = Schema.Struct({
  id: BigId,
  stream_id: Schema.String,
  timestamp: Instant,
  /** End of its last reaction span so far. */
  ended_at: Schema.NullOr(Instant),
  /** A type of this worker, or the text of an earlier job. It can change while a rise lasts. */
  moment_type: Schema.String,
  /** One sentence. It quotes the chat. */
  description: Schema.NullOr(Schema.String),
  /** Greatest score so far, in usual deviations. */
  intensity: Schema.NullOr(Schema.Finite),
  detected_at: Schema.NullOr(Instant),
  /** The numbers at the peak; `null` when an earlier job or an earlier version wrote the row. */
  metadata: Schema.NullOr(MomentMetadata),
  /**
   * Quotes of the chat at the peak. They are texts of people: escape them. `null` if MOMENT_SAMPLES
   * was 0, or after MOMENT_SAMPLE_RETENTION.
   */
  content: Schema.NullOr(ChatContent),
  /** The last verdict of a person; `null` without one. */
  feedback: Schema.NullOr(Verdict),
  clip: Clip
})
export type MomentItem = typeof MomentItem.Type

/** A moment with the windows around it. */
export const MomentDetail = Schema.Struct({
  moment: MomentItem,
  /** The stream's windows around it, ascending; at most 5,000, and 1 MiB of text. */
  surroundings: Schema.Array(SummaryPoint),
  /** Sentences that explain the moment. They do not quote the chat. */
  explanation: Schema.Array(Schema.String)
})
export type MomentDetail = typeof MomentDetail.Type

export const MOMENT_ORDERS = ["timestamp", "intensity"] as const
export type MomentOrder = (typeof MOMENT_ORDERS)[number]

const list = HttpApiEndpoint.get("list", "/", {
  query: {
    stream: Schema.optionalKey(StreamId),
    broadcast: Schema.optionalKey(
      BroadcastId.annotate({ description: "Moments of this broadcast: those that its `moments` counts" })
    ),
    type: Schema.optionalKey(MomentType),
    ...range("Moments whose timestamp is"),
    min_intensity: Schema.optionalKey(Schema.Finite),
    feedback: Schema.optionalKey(
      Schema.Literals([...VERDICTS, "none"]).annotate({ description: "Moments with this verdict, or without one" })
    ),
    sort: Schema.Literals(MOMENT_ORDERS)
      .annotate({ default: "timestamp" })
      .pipe(Schema.withDecodingDefaultType(Effect.succeed("timestamp" as const))),
    order: order("The default is `desc`: the newest or the most intense first. Unknown intensities are last"),
    limit: limit(50, 500),
    cursor: Schema.optionalKey(Cursor),
    count,
    format
  },
  success: [placedPage(MomentItem), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "Moments", description: "Newest first by default." }))

const one = HttpApiEndpoint.get("one", "/:id", {
  params: { id: BigId },
  success: MomentDetail,
  error: [NotFound, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "One moment with its explanation and the windows around it" }))

const putFeedback = HttpApiEndpoint.put("putFeedback", "/:id/feedback", {
  params: { id: BigId },
  payload: Schema.Struct({ verdict: Verdict }),
  success: Schema.Struct({ verdict: Verdict, set_at: Instant }),
  error: [BadRequest, NotFound, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Store a verdict on a moment",
    description: "The last one counts. It stays if the moment's type changes or a replay writes the moment again."
  })
)

const deleteFeedback = HttpApiEndpoint.delete("deleteFeedback", "/:id/feedback", {
  params: { id: BigId },
  error: [NotFound, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "Take the verdict on a moment back" }))

export class Moments extends HttpApiGroup.make("moments")
  .add(list, one, putFeedback, deleteFeedback)
  .prefix("/moments")
  .annotateMerge(OpenApi.annotations({ title: "Moments" })) {}
