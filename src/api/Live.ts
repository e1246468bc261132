/** Live updates: Server-Sent Events with the rows of each committed flush. */
import { Effect, Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { MomentItem } from "./Moments.ts"
import { BadRequest, TooMany, Unavailable } from "./Problems.ts"
import { PipelineTotals, TaskStatus } from "./Pipeline.ts"
import { StreamId, Summary } from "./Values.ts"

export const LIVE_KINDS = ["windows", "moments", "status", "totals"] as const

const DEFAULT_KINDS = "windows,moments,status"

/** The rows of the flushes since the last update. */
export const LiveUpdate = Schema.Struct({
  /** Windows of the requested streams. */
  windows: Schema.Array(Summary),
  /** New and continuing moments. A continuing moment comes again with the same id. */
  moments: Schema.Array(MomentItem),
  /** The tasks that have flushed (kind `status`). */
  tasks: Schema.Array(TaskStatus),
  /** The pipeline as a whole (kind `totals`). */
  totals: Schema.NullOr(PipelineTotals)
})
export type LiveUpdate = typeof LiveUpdate.Type

/**
 * Events:
 *
 * - `update`: the data is a {@link LiveUpdate}.
 * - `reset`: the client missed too much and must query the lists again. Later events are complete.
 * - `shutdown`: the worker stops and closes the stream. Reconnect after the `retry` time.
 *
 * An id holds the last flush of each task that the client has received. A client that sends it as
 * Last-Event-ID resumes there, at any replica. Updates without windows and moments have no id:
 * after a resume they come again.
 */
const updates = HttpApiEndpoint.get("updates", "/live", {
  query: {
    include: Schema.String.annotate({
      default: DEFAULT_KINDS,
      description: `Comma-separated list of ${LIVE_KINDS.join(", ")}`
    }).pipe(Schema.withDecodingDefaultType(Effect.succeed(DEFAULT_KINDS))),
    stream: Schema.optionalKey(StreamId.annotate({ description: "Restricts windows and moments to this stream" }))
  },
  headers: { "last-event-id": Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100_000))) },
  success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/event-stream" })),
  error: [BadRequest, TooMany, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Live updates",
    description:
      "Server-Sent Events. `update`: the rows that flushes wrote (LiveUpdate). `reset`: the client was disconnected for too long, or reads too slowly; query the lists again. `shutdown`: the worker stops and closes the stream; reconnect after `retry` milliseconds. A comment every 15 s keeps the connection alive. A client resumes with the header Last-Event-ID."
  })
)

export class Live extends HttpApiGroup.make("live")
  .add(updates)
  .annotateMerge(OpenApi.annotations({ title: "Live" })) {}
