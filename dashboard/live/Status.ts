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

/** The number of tasks without events. */
export const tasksWithoutWatermark = ({ tasks }: PipelineStatus): number =>
  tasks.filter(({ watermark }) => watermark === null).length

/** Merges the status of a task's flush. An older flush than the known one changes nothing. */
export const withTask = (status: PipelineStatus, task: TaskStatus): PipelineStatus => {
  const known = status.tasks.find(({ source_partition }) => source_partition === task.source_partition)
  if (known !== undefined && BigInt(known.flush) > BigInt(task.flush)) return status
  const tasks = [...status.tasks.filter((other) => other !== known), task].sort(
    (a, b) => a.source_partition - b.source_partition
  )
  return {
    ...status,
    tasks,
    watermark: least(tasks.map(({ watermark }) => watermark)),
    lag_records: sum(tasks.map(({ lag_records }) => lag_records)),
    records_per_second: sum(tasks.map(({ records_per_second }) => records_per_second))
  }
}
