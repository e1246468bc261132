/** What is new, as it is committed: Server-Sent Events. */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { MomentItem } from "./Moments.ts"
import { BadRequest, TooMany, Unavailable } from "./Problems.ts"
import { TaskStatus } from "./Pipeline.ts"
import { BigId, StreamId, Summary } from "./Values.ts"

export const LIVE_KINDS = ["windows", "moments", "status"] as const

/** The rows of one flush, or of several that a resuming client has missed. */
export const LiveFlush = Schema.Struct({
  source_partition: Schema.Int,
  flush: BigId,
  /** Windows of the streams asked for. */
  windows: Schema.Array(Summary),
  /** Opened or gone on; a moment that goes on comes again under its id. */
  moments: Schema.Array(MomentItem),
  status: Schema.NullOr(TaskStatus)
})
export type LiveFlush = typeof LiveFlush.Type

/**
 * `flush`: data is a {@link LiveFlush}. `reset`: too much was missed, ask the lists again; what comes after it is complete. `shutdown`: the worker stops and closes the stream; reconnect after the `retry` time. Every event's id says up to which flush of which task all has been sent: a client
 * that comes back with it as Last-Event-ID goes on there, at any replica.
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
