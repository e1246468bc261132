/** The state of the tasks, from the table `checkpoints`. */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { PipelineTotals, TaskStatus } from "../api/Pipeline.ts"
import { present } from "../domain/Invariant.ts"
import { column, OID } from "../postgres/Column.ts"
import type { Positions } from "./Positions.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

/** A column of JSON. A value of another version of the worker counts as `null`. */
const lenient = <A, E>(value: Schema.Codec<A, E>) =>
  Schema.NullOr(value).pipe(Schema.catchDecoding(() => Effect.succeedSome(null)))

const TaskColumns = Schema.Struct({
  source_partition: Schema.Int,
  epoch: Schema.String,
  flush: Schema.String,
  /** `null` before the first event, infinite after the end of the input. */
  watermark_ms: Schema.NullOr(Schema.Number),
  settings: lenient(Schema.Struct({ window: Schema.Struct({ sizeMs: Schema.Int, slideMs: Schema.Int }) })),
  inputs: lenient(
    Schema.Array(
      Schema.Struct({ topic: Schema.String, partition: Schema.Int, nextOffset: Schema.String, counts: Schema.Boolean })
    )
  ),
  status: lenient(
    Schema.Struct({
      owner: Schema.optionalKey(Schema.NullOr(Schema.String)),
      lagRecords: Schema.optionalKey(Schema.NullOr(Schema.Int)),
      recordsPerSecond: Schema.optionalKey(Schema.NullOr(Schema.Finite))
    })
  ),
  updated_at: Timestamp
})

const tasksOf = rowsOf(TaskColumns)

const TASK_COLUMNS = `source_partition, epoch::text, flush::text,
  (extract(epoch FROM watermark) * 1000)::float8 AS watermark_ms, settings, inputs, status, updated_at`

const SELECT_TASKS = `SELECT ${TASK_COLUMNS} FROM checkpoints ORDER BY source_partition`

const SELECT_CHANGED = `
SELECT ${TASK_COLUMNS} FROM checkpoints
WHERE NOT EXISTS (
  SELECT FROM unnest($1, $2) AS known (task, flush)
  WHERE known.task = checkpoints.source_partition AND known.flush = checkpoints.flush
)
ORDER BY source_partition`

const toTask = (row: typeof TaskColumns.Type): TaskStatus => ({
  source_partition: row.source_partition,
  owner: row.status?.owner ?? null,
  epoch: row.epoch,
  flush: row.flush,
  watermark: row.watermark_ms !== null && Number.isFinite(row.watermark_ms) ? row.watermark_ms : null,
  updated_at: row.updated_at,
  lag_records: row.status?.lagRecords ?? null,
  records_per_second: row.status?.recordsPerSecond ?? null,
  inputs: (row.inputs ?? []).map(({ counts, nextOffset, partition, topic }) => ({
    topic,
    partition,
    next_offset: nextOffset,
    counts
  }))
})

export interface StoredTask {
  readonly task: TaskStatus
  /** `undefined` if another version of the worker wrote the settings. */
  readonly window: { readonly sizeMs: number; readonly slideMs: number } | undefined
}

/** Ascending by source_partition. */
export const readTasks: Effect.Effect<ReadonlyArray<StoredTask>, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* tasksOf(sql.unsafe(SELECT_TASKS))
  return rows.map((row) => ({ task: toTask(row), window: row.settings?.window }))
})

/** The tasks whose last flush is not the known one, ascending by source_partition. */
export const readChangedTasks = Effect.fnUntraced(function* (known: Positions) {
  const sql = yield* SqlClient
  const parameters = [
    column([...known.keys()], OID.int4, (task) => task),
    column([...known.values()], OID.int8, (flush) => flush)
  ]
  return (yield* tasksOf(sql.unsafe(SELECT_CHANGED, parameters))).map(toTask)
})

/** The pipeline as a whole. */
export const totalsOf = (tasks: ReadonlyArray<TaskStatus>): PipelineTotals => ({
  watermark: least(tasks.map(({ watermark }) => watermark)),
  lag_records: sum(tasks.map(({ lag_records }) => lag_records)),
  records_per_second: sum(tasks.map(({ records_per_second }) => records_per_second)),
  task_count: tasks.length,
  tasks_without_watermark: tasks.filter(({ watermark }) => watermark === null).length
})

const countsOf = rowsOf(Schema.Struct({ now: Timestamp, gaps: Schema.Int, dropped: Schema.Int }))

const SELECT_COUNTS = `
SELECT now() AT TIME ZONE 'UTC' AS now, (SELECT count(*) FROM gaps)::float8 AS gaps,
  (
    SELECT COALESCE(sum(dropped), 0) FROM dead_letter_days WHERE day = (now() AT TIME ZONE 'UTC')::date
  )::float8 AS dropped`

/** Returns the state of the whole pipeline without `problems`, which the tables do not hold. */
export const readPipeline = Effect.gen(function* () {
  const sql = yield* SqlClient
  const tasks = yield* readTasks
  const [row] = yield* countsOf(sql.unsafe(SELECT_COUNTS))
  const { dropped, gaps, now } = present(row, "a SELECT without FROM returns one row")
  const window = tasks.find((task) => task.window !== undefined)?.window
  return {
    now,
    window: window === undefined ? null : { size_ms: window.sizeMs, slide_ms: window.slideMs },
    ...totalsOf(tasks.map(({ task }) => task)),
    tasks: tasks.map(({ task }) => task),
    gaps,
    dead_letters_dropped: dropped
  }
})

// A partition without events has no watermark and no lag: it must not hide those of the others.

/** The lowest known value; `null` if none is known. */
const least = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

/** The sum of the known values; `null` if none is known. */
const sum = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}
