/** The pipeline's status with live updates of its tasks. Pure. */
import type { PipelineStatus, TaskStatus } from "../api/Wire.ts"

// As on the server: a partition without events has no watermark and no lag, and must not hide those
// of the others.

const sum = (values: ReadonlyArray<number | null>): number | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

/** ISO 8601 in UTC sorts as text. */
const least = (values: ReadonlyArray<string | null>): string | null =>
  values.filter((value) => value !== null).toSorted()[0] ?? null

/**
 * Merges the status of tasks that have flushed. An older flush than the known one changes nothing.
 */
export const withTasks = (status: PipelineStatus, flushed: ReadonlyArray<TaskStatus>): PipelineStatus => {
  const known = new Map(status.tasks.map((task) => [task.source_partition, task]))
  const newer = flushed.filter(({ flush, source_partition }) => {
    const before = known.get(source_partition)
    return before === undefined || BigInt(before.flush) <= BigInt(flush)
  })
  if (newer.length === 0) return status
  for (const task of newer) known.set(task.source_partition, task)
  const tasks = [...known.values()].sort((a, b) => a.source_partition - b.source_partition)
  return {
    ...status,
    tasks,
    watermark: least(tasks.map(({ watermark }) => watermark)),
    lag_records: sum(tasks.map(({ lag_records }) => lag_records)),
    records_per_second: sum(tasks.map(({ records_per_second }) => records_per_second)),
    task_count: tasks.length,
    tasks_without_watermark: tasks.filter(({ watermark }) => watermark === null).length
  }
}
