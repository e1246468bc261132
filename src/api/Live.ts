/** Live updates: Server-Sent Events with the rows of each committed flush. */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { MomentItem } from "./Moments.ts"
import { BadRequest, TooMany, Unavailable } from "./Problems.ts"
import { TaskStatus } from "./Pipeline.ts"
import { BigId, StreamId, Summary } from "./Values.ts"

export const LIVE_KINDS = ["windows", "moments", "status"] as const

/** The rows of one flush, or of several flushes that a resuming client missed. */
export const LiveFlush = Schema.Struct({
  source_partition: Schema.Int,
  flush: BigId,
  /** Windows of the requested streams. */
  windows: Schema.Array(Summary),
  /** New and continuing moments. A continuing moment comes again with the same id. */
  moments: Schema.Array(MomentItem),
  status: Schema.NullOr(TaskStatus)
})
export type LiveFlush = typeof LiveFlush.Type

/**
 * Events:
 *
 * - `flush`: the data is a {@link LiveFlush}.
 * - `reset`: the client missed too much and must query the lists again. Later events are complete.
 * - `shutdown`: the worker stops and closes the stream. Reconnect after the `retry` time.
 *
 * Every event's id holds the last flush of each task that the client has received. A client that
 * sends it as Last-Event-ID resumes there, at any replica.
 */
const updates = HttpApiEndpoint.get("updates", "/live", {
  query: {
    include: Schema.String.annotate({
      default: LIVE_KINDS.join(","),
      description: `Comma-separated list of ${LIVE_KINDS.join(", ")}`
    }).pipe(Schema.withDecodingDefaultType(Effect.succeed(LIVE_KINDS.join(",")))),
    stream: Schema.optionalKey(StreamId.annotate({ description: "Restricts windows and moments to this stream" }))
  },
  headers: { "last-event-id": Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100_000))) },
  success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/event-stream" })),
  error: [BadRequest, TooMany, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Live updates",
    description:
      "Server-Sent Events. `flush`: the rows that a flush wrote (LiveFlush). `reset`: the client was disconnected for too long, or reads too slowly; query the lists again. `shutdown`: the worker stops and closes the stream; reconnect after `retry` milliseconds. A comment every 15 s keeps the connection alive. A client resumes with the header Last-Event-ID."
  })
)

export class Live extends HttpApiGroup.make("live")
  .add(updates)
  .annotateMerge(OpenApi.annotations({ title: "Live" })) {}
