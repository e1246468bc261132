/**
 * Detects stalls. A Kafka client can stop silently while its connections stay healthy, so only
 * progress is evidence. A task has stalled if an input that it wants next has records, its position
 * has not moved for the timeout, and the store replies. Re-read records are progress too.
 */
import { Effect, Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import { EventLog } from "../source/EventLog.ts"
import type { Stall, TaskActivity, TaskMemory } from "../pipeline/TaskActivity.ts"
import { monotonicMs } from "../domain/Monotonic.ts"

export class StalledError extends OperatorError.extend<StalledError>("StalledError")({
  _tag: Schema.tag("StalledError"),
  /** The task that has stalled. */
  sourcePartition: Schema.optional(Schema.Int)
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.unavailable
  }
}

/** Checks per timeout. */
const CHECKS = 8

/** Time limit for a reply of the store or the log. */
const PATIENCE = "5 seconds"

/** The reason why the store is unusable, as one line for operators; `undefined` if it replies. */
export const storeProblem = Effect.gen(function* () {
  const store = yield* ResultStore
  return yield* Effect.match(store.tasks, { onFailure: ({ message }) => message, onSuccess: () => undefined })
}).pipe(Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.succeed("the store does not answer") }))

/** Up to where the task can read, per input; `undefined` while the log does not reply. */
const readableEnds = Effect.fnUntraced(function* ({ task }: TaskActivity) {
  const log = yield* EventLog
  return yield* log.readableEnds(task).pipe(
    Effect.timeout(PATIENCE),
    Effect.orElseSucceed(() => undefined)
  )
})

/**
 * The first task that has stalled for `timeoutMs`. Costs a query only for tasks that are silent.
 */
export const findStall = Effect.fnUntraced(function* (
  activities: Iterable<TaskActivity>,
  timeoutMs: number
): Effect.fn.Return<Stall | undefined, never, EventLog> {
  for (const activity of activities) {
    if (!activity.isSilent(yield* monotonicMs, timeoutMs)) continue
    const ends = yield* readableEnds(activity)
    const stall = ends === undefined ? undefined : activity.stall(ends, yield* monotonicMs, timeoutMs)
    if (stall !== undefined) return stall
  }
  return undefined
})

/**
 * Whether every task has come further since the last call, or waits for something other than
 * records that the log has for it.
 */
export const isMoving = Effect.fnUntraced(function* (
  memory: TaskMemory,
  graceMs: number
): Effect.fn.Return<boolean, never, EventLog> {
  let moving = true
  for (const activity of memory.activities.values()) {
    if (memory.hasAdvanced(activity) || activity.isKept(yield* monotonicMs, graceMs)) continue
    const ends = yield* readableEnds(activity)
    if (ends !== undefined && activity.hasRecords(ends)) moving = false
  }
  return moving
})

/**
 * Runs until a task has stalled for `timeoutMs` although the store answers. `activities`: those of
 * the tasks that run now.
 */
export const untilStalled = (activities: ReadonlyMap<number, TaskActivity>, timeoutMs: number) =>
  Effect.gen(function* () {
    while (true) {
      yield* Effect.sleep(timeoutMs / CHECKS)
      const nowMs = yield* monotonicMs
      for (const activity of activities.values()) activity.observe(nowMs, timeoutMs / CHECKS)
      const stall = yield* findStall(activities.values(), timeoutMs)
      if (stall === undefined || (yield* storeProblem) !== undefined) continue
      return yield* new StalledError({
        sourcePartition: stall.sourcePartition,
        detail: `Task ${stall.sourcePartition} has made no progress for ${Math.round(stall.silentMs / 1000)} s although ${stall.what} and the store answers`
      })
    }
  })
