/** Moments: what stood out, and why. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { MomentMetadata, MomentType } from "../../domain/Moment.ts"
import { BadRequest, NotFound, Unavailable } from "./Problems.ts"
import { SummaryPoint } from "./Streams.ts"
import { BigId, Csv, Cursor, Instant, limit, Ndjson, page, range, StreamId } from "./Values.ts"

/** A row of table `moments`. Rows of an earlier job may lack what is `null` here. */
export const MomentItem = Schema.Struct({
  id: BigId,
  stream_id: Schema.String,
  timestamp: Instant,
  /** End of its last window so far. */
  ended_at: Schema.NullOr(Instant),
  /** One of those that this worker finds, or whatever an earlier job wrote. */
  moment_type: Schema.String,
  description: Schema.NullOr(Schema.String),
  intensity: Schema.NullOr(Schema.Finite),
  detected_at: Schema.NullOr(Instant),
  /** The peak window in figures; `null` where an earlier job wrote the row. */
  metadata: Schema.NullOr(MomentMetadata)
})
export type MomentItem = typeof MomentItem.Type

/** A moment in its surroundings. */
export const MomentDetail = Schema.Struct({
  moment: MomentItem,
  /** The stream's windows around it, ascending; at most 5,000, and 1 MiB of text. */
  surroundings: Schema.Array(SummaryPoint),
  /** Why it stands out: sentences for people, in this order: the value against its baseline, who spoke, what they used. */
  explanation: Schema.Array(Schema.String)
})
export type MomentDetail = typeof MomentDetail.Type

const list = HttpApiEndpoint.get("list", "/", {
  query: {
    stream: Schema.optionalKey(StreamId),
    type: Schema.optionalKey(MomentType),
    ...range("Moments whose timestamp is"),
    min_intensity: Schema.optionalKey(Schema.Finite),
    limit: limit(50, 500),
    cursor: Schema.optionalKey(Cursor)
  },
  success: [page(MomentItem), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "Moments", description: "The latest first." }))

const one = HttpApiEndpoint.get("one", "/:id", {
  params: { id: BigId },
  success: MomentDetail,
  error: [NotFound, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "One moment, explained, with its surroundings" }))

export class Moments extends HttpApiGroup.make("moments")
  .add(list, one)
  .prefix("/moments")
  .annotateMerge(OpenApi.annotations({ title: "Moments" })) {}
