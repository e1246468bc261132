/** The pipeline: the position and lag of each task. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Unavailable } from "./Problems.ts"
import { BigId, Instant } from "./Values.ts"

export const TaskStatus = Schema.Struct({
  source_partition: Schema.Int,
  /** The committing member: host, process, thread. */
  owner: Schema.NullOr(Schema.String),
  epoch: BigId,
  /** Number of the last flush. */
  flush: BigId,
  /** All windows that end at or before it are in the tables; `null` before the first event. */
  watermark: Schema.NullOr(Instant),
  /** When the last flush was committed, by the database's clock. */
  updated_at: Instant,
  /** Records that were uncommitted at the time of the last flush; `null` if unknown. */
  lag_records: Schema.NullOr(Schema.Int),
  /** Rate since the previous flush. */
  records_per_second: Schema.NullOr(Schema.Finite),
  inputs: Schema.Array(
    Schema.Struct({
      topic: Schema.String,
      partition: Schema.Int,
      next_offset: BigId,
      /** `false` = idle: the task's watermark does not wait for it. */
      counts: Schema.Boolean
    })
  )
})
export type TaskStatus = typeof TaskStatus.Type

export const PipelineTotals = Schema.Struct({
  /**
   * The lowest watermark. Tasks without events have none and are left out; `null` if no task has
   * one.
   */
  watermark: Schema.NullOr(Instant),
  /** The sum over the tasks with a known value; `null` if there is none. */
  lag_records: Schema.NullOr(Schema.Int),
  /** The sum over the tasks with a known value; `null` if there is none. */
  records_per_second: Schema.NullOr(Schema.Finite),
  task_count: Schema.Int,
  tasks_without_watermark: Schema.Int
})
export type PipelineTotals = typeof PipelineTotals.Type

export const PipelineStatus = Schema.Struct({
  /** The database's clock. */
  now: Instant,
  /** Window size and slide in milliseconds; `null` before the first task. */
  window: Schema.NullOr(Schema.Struct({ size_ms: Schema.Int, slide_ms: Schema.Int })),
  ...PipelineTotals.fields,
  tasks: Schema.Array(TaskStatus),
  gaps: Schema.Int,
  /** Dead letters of today (UTC) that were not stored, because the day's limit was reached. */
  dead_letters_dropped: Schema.Int,
  /**
   * Problems of the responding worker, one line each: first failed readiness checks, then others.
   */
  problems: Schema.Array(Schema.String),
  /** The public chat that the responding worker collects; `null` = none. */
  collects: Schema.NullOr(
    Schema.Struct({
      channels: Schema.Array(
        Schema.Struct({
          /** `platform:stream`. */
          channel: Schema.String,
          state: Schema.Literals(["joining", "reading", "disconnected", "refused"]),
          /** The cause of `disconnected` and `refused`, otherwise `null`. */
          reason: Schema.NullOr(Schema.String)
        })
      ),
      /** The usual time from a stream's first message to its first row. */
      first_rows_after_ms: Schema.Int
    })
  ),
  /** Whether the request came with a browser's session, which `POST /logout` ends. */
  session: Schema.Boolean
})
export type PipelineStatus = typeof PipelineStatus.Type

const status = HttpApiEndpoint.get("status", "/status", { success: PipelineStatus, error: Unavailable }).annotateMerge(
  OpenApi.annotations({
    summary: "The pipeline's tasks",
    description:
      "The state as of each task's last flush, from the table `checkpoints`. Every replica returns the same, except for `problems` and `collects`, which are those of the replica that responds."
  })
)

/** One of the samples that the responding worker takes every 15 s. */
export const HistorySample = Schema.Struct({
  at: Instant,
  lag_records: Schema.NullOr(Schema.Int),
  records_per_second: Schema.NullOr(Schema.Finite),
  /** Age of the lowest watermark. */
  watermark_age_ms: Schema.NullOr(Schema.Int),
  /** Events that were too late for every window, since the previous sample. */
  late_events: Schema.Int
})
export type HistorySample = typeof HistorySample.Type

export const PastProblem = Schema.Struct({
  text: Schema.String,
  since: Instant,
  /** `null` while it lasts. */
  until: Schema.NullOr(Instant)
})
export type PastProblem = typeof PastProblem.Type

export const PipelineHistory = Schema.Struct({
  /** Ascending; at most an hour. */
  samples: Schema.Array(HistorySample),
  /** Events that were too late for every window, since the worker's start. */
  late_events: Schema.Int,
  /** Pairs of a chat message and a window that the message was too late for. */
  late_chat_pairs: Schema.Int,
  /** The latest first; at most 50. */
  problems: Schema.Array(PastProblem)
})
export type PipelineHistory = typeof PipelineHistory.Type

const history = HttpApiEndpoint.get("history", "/status/history", { success: PipelineHistory }).annotateMerge(
  OpenApi.annotations({
    summary: "The last hour of a worker",
    description:
      "Lag, late events and problems of the replica that responds, since its start. The lag is that of all tasks. It works without the database."
  })
)

export class Pipeline extends HttpApiGroup.make("pipeline")
  .add(status, history)
  .annotateMerge(OpenApi.annotations({ title: "Pipeline" })) {}
