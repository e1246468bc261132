/** Dead letters: records that are not valid events. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { DeadLetterReason } from "../domain/DeadLetter.ts"
import { BadRequest, Forbidden, NotFound, Unavailable } from "./Problems.ts"
import { BigId, count, Csv, Cursor, format, Instant, limit, Ndjson, order, placedPage, Topic } from "./Values.ts"

export const DeadLetterItem = Schema.Struct({
  topic: Schema.String,
  partition: Schema.Int,
  kafka_offset: BigId,
  reason: Schema.String,
  /** The field that violates a rule. */
  path: Schema.NullOr(Schema.String),
  record_timestamp: Schema.NullOr(Instant),
  /** Length of the record's value. */
  payload_bytes: Schema.Int,
  dead_at: Instant
})
export type DeadLetterItem = typeof DeadLetterItem.Type

export const DeadLetterDetail = Schema.Struct({
  ...DeadLetterItem.fields,
  /** At most the first 8 KiB of the value, as UTF-8. U+FFFD replaces invalid bytes. */
  payload: Schema.String
})
export type DeadLetterDetail = typeof DeadLetterDetail.Type

const list = HttpApiEndpoint.get("list", "/", {
  query: {
    reason: Schema.optionalKey(DeadLetterReason),
    topic: Schema.optionalKey(Topic),
    order: order("By time. The default is `desc`: the newest first"),
    limit: limit(50, 500),
    cursor: Schema.optionalKey(Cursor),
    count,
    format
  },
  success: [placedPage(DeadLetterItem), Csv, Ndjson],
  error: [BadRequest, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "Dead letters", description: "Newest first by default." }))

const reasons = HttpApiEndpoint.get("reasons", "/reasons", {
  success: Schema.Array(Schema.Struct({ reason: Schema.String, count: Schema.Int, latest: Instant })),
  error: Unavailable
}).annotateMerge(OpenApi.annotations({ summary: "Number of dead letters by reason" }))

const one = HttpApiEndpoint.get("one", "/:topic/:partition/:offset", {
  params: {
    topic: Topic,
    partition: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })),
    offset: BigId
  },
  success: DeadLetterDetail,
  error: [NotFound, Forbidden, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "One dead letter with its payload" }))

export class DeadLetters extends HttpApiGroup.make("dead-letters")
  .add(list, reasons, one)
  .prefix("/dead-letters")
  .annotateMerge(OpenApi.annotations({ title: "Dead letters" })) {}
