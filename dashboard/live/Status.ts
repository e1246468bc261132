/** The pipeline's status as the news of its tasks come in. Pure. */
import type { PipelineStatus, TaskStatus } from "../api/Wire.ts"

/** `null` where one is missing, or there is none. */
const whole = <A>(values: ReadonlyArray<A | null>): ReadonlyArray<A> | null => {
  const known = values.filter((value) => value !== null)
  return known.length === 0 || known.length < values.length ? null : known
}

const sum = (values: ReadonlyArray<number | null>): number | null =>
  whole(values)?.reduce((total, value) => total + value, 0) ?? null

/** ISO 8601 in UTC sorts as text. */
const least = (values: ReadonlyArray<string | null>): string | null => whole(values)?.toSorted()[0] ?? null

/** With what a task's flush says of it; older news than what is known change nothing. */
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
