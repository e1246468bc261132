/** Thresholds of detection by stream and type of moment, which apply while workers run. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { MAX_CHANGES, MAX_OVERRIDES, SENSITIVE_TYPES, THRESHOLD_LIMITS } from "../domain/Sensitivity.ts"
import { BadRequest, Conflict, NotFound, Unavailable } from "./Problems.ts"
import { BigId, Csv, Cursor, format, Instant, limit, Ndjson, page, StreamId } from "./Values.ts"

/** A threshold: its limits are those of ANOMALY_THRESHOLD. */
const Threshold = Schema.Finite.check(
  Schema.isBetween({ minimum: THRESHOLD_LIMITS.least, maximum: THRESHOLD_LIMITS.most })
)

const SensitiveType = Schema.Literals(SENSITIVE_TYPES)

/** An override in force. */
export const OverrideItem = Schema.Struct({
  /** `null` = all streams. */
  stream_id: Schema.NullOr(Schema.String),
  /** `null` = all types. */
  moment_type: Schema.NullOr(SensitiveType),
  /** In usual deviations. A lower one gives more moments. */
  threshold: Schema.Finite,
  version: BigId,
  set_at: Instant
})
export type OverrideItem = typeof OverrideItem.Type

/** The first window of one task to which a version applies. */
const AppliedBy = Schema.Struct({
  source_partition: Schema.Int,
  /** The first version from this one on that the task applied; `null` = none yet. */
  applied_version: Schema.NullOr(BigId),
  /** The version applies to windows that end after it; `null` = to all, or not yet. */
  from_end: Schema.NullOr(Instant)
})

/** A change of the sensitivity. */
export const SensitivityVersion = Schema.Struct({
  version: BigId,
  stream_id: Schema.NullOr(Schema.String),
  moment_type: Schema.NullOr(SensitiveType),
  /** `null` = the override was taken back. */
  threshold: Schema.NullOr(Schema.Finite),
  set_at: Instant,
  /** Every task of the tables, ascending. */
  tasks: Schema.Array(AppliedBy)
})
export type SensitivityVersion = typeof SensitivityVersion.Type

const list = HttpApiEndpoint.get("list", "/", {
  query: {
    stream: Schema.optionalKey(
      StreamId.annotate({ description: "Overrides of this stream, and those of all streams" })
    ),
    limit: limit(100, 500),
    cursor: Schema.optionalKey(Cursor),
    format
  },
  success: [
    Schema.Struct({
      ...page(OverrideItem).fields,
      /** ANOMALY_THRESHOLD, which applies where no override does. */
      standard: Schema.Finite
    }),
    Csv,
    Ndjson
  ],
  error: [BadRequest, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Overrides in force",
    description:
      "In the order of streams and types; all streams first. The most specific override wins: stream and type, stream, type, all."
  })
)

const set = HttpApiEndpoint.put("set", "/", {
  payload: Schema.Struct({
    stream_id: Schema.NullOr(StreamId),
    moment_type: Schema.NullOr(SensitiveType),
    threshold: Threshold
  }),
  success: SensitivityVersion,
  error: [BadRequest, Conflict, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Set a threshold",
    description: `Workers learn of it within seconds and apply it to later windows. A threshold that is already in force is no new version. At most ${MAX_OVERRIDES} overrides and ${MAX_CHANGES} changes.`
  })
)

const remove = HttpApiEndpoint.delete("remove", "/", {
  query: { stream: Schema.optionalKey(StreamId), type: Schema.optionalKey(SensitiveType) },
  success: SensitivityVersion,
  error: [BadRequest, Conflict, NotFound, Unavailable]
}).annotateMerge(
  OpenApi.annotations({
    summary: "Take an override back",
    description: "Without `stream` the one of all streams, without `type` the one of all types."
  })
)

const version = HttpApiEndpoint.get("version", "/versions/:version", {
  params: { version: BigId },
  success: SensitivityVersion,
  error: [NotFound, Unavailable]
}).annotateMerge(OpenApi.annotations({ summary: "One change, and the windows from which each task applies it" }))

export class Sensitivity extends HttpApiGroup.make("sensitivity")
  .add(list, set, remove, version)
  .prefix("/sensitivity")
  .annotateMerge(OpenApi.annotations({ title: "Sensitivity" })) {}
