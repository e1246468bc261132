/** Where the tasks stand, from the table `checkpoints`. */
import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { TaskStatus } from "../api/Pipeline.ts"

const Settings = Schema.Struct({ window: Schema.Struct({ sizeMs: Schema.Int, slideMs: Schema.Int }) })
const Inputs = Schema.Array(
  Schema.Struct({ topic: Schema.String, partition: Schema.Int, nextOffset: Schema.String, counts: Schema.Boolean })
)
const Status = Schema.Struct({
  owner: Schema.optionalKey(Schema.NullOr(Schema.String)),
  lagRecords: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  recordsPerSecond: Schema.optionalKey(Schema.NullOr(Schema.Finite))
})

const readSettings = Schema.decodeUnknownOption(Settings)
const readInputs = Schema.decodeUnknownOption(Inputs)
const readStatus = Schema.decodeUnknownOption(Status)

const COLUMNS =
  "source_partition, epoch::text, flush::text, (extract(epoch FROM watermark) * 1000)::float8 AS watermark_ms, settings, inputs, status, updated_at"

interface CheckpointRow {
  readonly source_partition: number
  readonly epoch: string
  readonly flush: string
  /** `null` before the first event, infinite once the input has ended. */
  readonly watermark_ms: number | null
  readonly settings: unknown
  readonly inputs: unknown
  readonly status: unknown
  readonly updated_at: Date
}

const toTask = (row: CheckpointRow): TaskStatus => {
  const status = Option.getOrUndefined(readStatus(row.status))
  return {
    source_partition: row.source_partition,
    owner: status?.owner ?? null,
    epoch: row.epoch,
    flush: row.flush,
    watermark: row.watermark_ms !== null && Number.isFinite(row.watermark_ms) ? row.watermark_ms : null,
    updated_at: row.updated_at.getTime(),
    lag_records: status?.lagRecords ?? null,
    records_per_second: status?.recordsPerSecond ?? null,
    inputs: Option.getOrElse(readInputs(row.inputs), () => []).map(({ counts, nextOffset, partition, topic }) => ({
      topic,
      partition,
      next_offset: nextOffset,
      counts
    }))
  }
}

export interface TaskRow {
  readonly task: TaskStatus
  /** `undefined` where the checkpoint can't be read. */
  readonly window: { readonly sizeMs: number; readonly slideMs: number } | undefined
}

/** Ascending by source_partition. */
export const readTasks: Effect.Effect<ReadonlyArray<TaskRow>, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* sql.unsafe<CheckpointRow>(`SELECT ${COLUMNS} FROM checkpoints ORDER BY source_partition`)
  return rows.map((row) => ({ task: toTask(row), window: Option.getOrUndefined(readSettings(row.settings))?.window }))
})

/** Of the whole pipeline, `problems` left to who knows them. */
export const readPipeline = Effect.gen(function* () {
  const sql = yield* SqlClient
  const tasks = yield* readTasks
  const [rest] = yield* sql.unsafe<{ now: Date; gaps: number; dropped: number }>(
    `SELECT now() AT TIME ZONE 'UTC' AS now, (SELECT count(*) FROM gaps)::float8 AS gaps,
      (SELECT COALESCE(sum(dropped), 0) FROM dead_letter_days WHERE day = (now() AT TIME ZONE 'UTC')::date)::float8 AS dropped`
  )
  const watermarks = tasks.map(({ task }) => task.watermark)
  const window = tasks.find((task) => task.window !== undefined)?.window
  return {
    now: rest?.now.getTime() ?? 0,
    window: window === undefined ? null : { size_ms: window.sizeMs, slide_ms: window.slideMs },
    watermark: least(watermarks),
    lag_records: sum(tasks.map(({ task }) => task.lag_records)),
    records_per_second: sum(tasks.map(({ task }) => task.records_per_second)),
    tasks: tasks.map(({ task }) => task),
    gaps: rest?.gaps ?? 0,
    dead_letters_dropped: rest?.dropped ?? 0
  }
})

// A partition without events has no watermark and no lag: it must not hide those of the others.

/** The least of the values that are known; `null` if none is. */
const least = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** The sum of the values that are known; `null` if none is. */
const sum = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
