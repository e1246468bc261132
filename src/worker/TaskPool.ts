/**
 * The tasks of this member: starts the ones that are assigned, ends the ones that are revoked,
 * keeps the others.
 */
import { Cause, Deferred, Effect, Fiber, FiberSet, Stream } from "effect"
import { isSameTask, type TaskDefinition } from "../domain/Task.ts"
import { type Assignment, EventLog, type EventLogError } from "../source/EventLog.ts"
import type { ResultStoreError } from "../sink/ResultStore.ts"
import { runTask, type TaskOptions } from "../pipeline/Task.ts"
import type { TaskError } from "../pipeline/TaskError.ts"
import { TaskObserver } from "../pipeline/TaskObserver.ts"

interface Run {
  readonly task: TaskDefinition
  /** Done once the task is to end. */
  readonly stop: Deferred.Deferred<void>
  fiber: Fiber.Fiber<void> | undefined
}

/**
 * Delay before a task is taken back from another worker although it is still assigned to this one.
 * By then the heartbeat of a worker that has lost its membership has failed. If two workers take
 * over out of order, the task is not orphaned.
 */
const TAKE_BACK_AFTER = "5 seconds"

const isTaken = (error: {
  readonly reason: string
}): error is { readonly reason: "Fenced" | "Revoked"; readonly message: string } =>
  error.reason === "Fenced" || error.reason === "Revoked"

/** Runs a task to its end; `true` if another worker took it over. */
const runOnce = Effect.fnUntraced(function* ({ stop, task }: Run, options: TaskOptions) {
  const observer = yield* TaskObserver
  return yield* runTask(task, { ...options, stop }).pipe(
    Effect.as("Ended" as const),
    Effect.catchIf(isTaken, (error) => {
      // A task that is to end here has lost a race that it may lose.
      const log = Deferred.isDoneUnsafe(stop) || error.reason === "Revoked" ? Effect.logInfo : Effect.logWarning
      return Effect.as(log(error.message), error.reason)
    }),
    Effect.onExit((exit) => observer.onEnd(task, exit._tag === "Success" && exit.value === "Fenced")),
    Effect.map((how) => how !== "Ended")
  )
})

/** Runs a task until it ends here; takes it back from other workers. */
const keepRunning = Effect.fnUntraced(function* (run: Run, options: TaskOptions) {
  const stopped = Effect.as(Deferred.await(run.stop), true)
  const stopsWithin = Effect.timeoutOrElse(stopped, {
    duration: TAKE_BACK_AFTER,
    orElse: () => Effect.succeed(false)
  })
  while ((yield* runOnce(run, options)) && !(yield* stopsWithin));
})

/**
 * Runs until `options.stop` is done and every task has flushed, the log ends, or a failure needs an
 * operator. The assignment is kept until then, so no worker takes a task over before its last
 * flush.
 */
export const runWorker = Effect.fn("Worker.run")(function* (options: TaskOptions) {
  const log = yield* EventLog
  const observer = yield* TaskObserver
  const fibers = yield* FiberSet.make<void>()
  const failed = Deferred.makeUnsafe<never, TaskError | EventLogError | ResultStoreError>()
  const runs = new Map<number, Run>()

  const begin = Effect.fnUntraced(function* (task: TaskDefinition, before: Run | undefined) {
    // Checked in the same step that adds the run, so a stop reaches every run.
    if (Deferred.isDoneUnsafe(options.stop)) return
    const run: Run = { task, stop: Deferred.makeUnsafe(), fiber: undefined }
    runs.set(task.sourcePartition, run)
    // A task that was just revoked may still commit its last flush.
    const ended = before?.fiber === undefined ? Effect.void : Fiber.interrupt(before.fiber)
    run.fiber = yield* Effect.andThen(ended, keepRunning(run, options)).pipe(
      Effect.onError((cause) => (Cause.hasInterruptsOnly(cause) ? Effect.void : Deferred.failCause(failed, cause))),
      Effect.ignoreCause,
      Effect.asVoid,
      (running) => FiberSet.run(fibers, running)
    )
  })

  const end = (run: Run) => Deferred.succeed(run.stop, undefined)

  const assign = Effect.fnUntraced(function* (assignment: Assignment) {
    yield* observer.onAssign(assignment)
    for (const run of runs.values()) {
      if (!assignment.tasks.some((task) => isSameTask(task, run.task))) yield* end(run)
    }
    for (const task of assignment.tasks) {
      const run = runs.get(task.sourcePartition)
      if (run === undefined || Deferred.isDoneUnsafe(run.stop)) yield* begin(task, run)
    }
  })

  const working = Effect.andThen(Stream.runForEach(log.assignments, assign), FiberSet.awaitEmpty(fibers))
  const stopped = Deferred.await(options.stop).pipe(
    Effect.andThen(Effect.suspend(() => Effect.forEach([...runs.values()], end))),
    Effect.andThen(FiberSet.awaitEmpty(fibers))
  )
  yield* Effect.raceAllFirst([Deferred.await(failed), working, stopped])
  if (Deferred.isDoneUnsafe(failed)) return yield* Deferred.await(failed)
}, Effect.scoped)
