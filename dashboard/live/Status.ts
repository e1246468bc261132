/** The pipeline's status with live updates. Pure. */
import type { LiveUpdate, PipelineStatus, TaskStatus } from "../api/Wire.ts"

/** Merges the tasks that have flushed. An older flush than the known one changes nothing. */
const mergedTasks = (
  tasks: ReadonlyArray<TaskStatus>,
  flushed: ReadonlyArray<TaskStatus>
): ReadonlyArray<TaskStatus> => {
  const known = new Map(tasks.map((task) => [task.source_partition, task]))
  for (const task of flushed) {
    const before = known.get(task.source_partition)
    if (before === undefined || BigInt(before.flush) <= BigInt(task.flush)) known.set(task.source_partition, task)
  }
  return [...known.values()].sort((a, b) => a.source_partition - b.source_partition)
}

/** Adds an update's tasks and totals, if it has any. */
export const withUpdate = (
  status: PipelineStatus,
  { tasks, totals }: Pick<LiveUpdate, "tasks" | "totals">
): PipelineStatus => ({
  ...status,
  ...totals,
  tasks: tasks.length === 0 ? status.tasks : mergedTasks(status.tasks, tasks)
})
