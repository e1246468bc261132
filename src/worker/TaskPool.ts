/** The tasks of this process: begins those that the log assigns, ends those that it takes away, and leaves alone those that stay. */
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
 * A task that another worker took, although it is still assigned to this one, is taken back after so long. By then a worker that has lost its place in the group without
 * knowing has been told by its heartbeat; and where two take a task over in the wrong order, it does not stay without an owner.
 */
const TAKE_BACK_AFTER = "5 seconds"

/**
 * Runs until `options.stop` is done and every task has flushed, the log ends, or something fails that needs a person. The log's assignment is given up only then: nobody
 * takes a task over before its last flush.
 */
export const runWorker = Effect.fn("Worker.run")(function* (options: TaskOptions) {
  const log = yield* EventLog
  const observer = yield* TaskObserver
  const fibers = yield* FiberSet.make<void>()
  const failed = Deferred.makeUnsafe<never, TaskError | EventLogError | ResultStoreError>()
  const runs = new Map<number, Run>()

  /** Runs a task to its end: `true` = to where somebody else took it. */
  const runOnce = ({ stop, task }: Run) =>
    runTask(task, { ...options, stop }).pipe(
      Effect.as("Ended" as const),
      Effect.catchIf(isTaken, (error) => {
        // one that is to end here has only lost a race that it may lose
        const log = Deferred.isDoneUnsafe(stop) || error.reason === "Revoked" ? Effect.logInfo : Effect.logWarning
        return Effect.as(log(error.message), error.reason)
      }),
      Effect.onExit((exit) => observer.onEnd(task, exit._tag === "Success" && exit.value === "Fenced")),
      Effect.map((how) => how !== "Ended")
    )

  const keepRunning = Effect.fnUntraced(function* (run: Run) {
    const stopped = Effect.as(Deferred.await(run.stop), true)
    const toldWithin = Effect.timeoutOrElse(stopped, { duration: TAKE_BACK_AFTER, orElse: () => Effect.succeed(false) })
    while ((yield* runOnce(run)) && !(yield* toldWithin));
  })

  const begin = Effect.fnUntraced(function* (task: TaskDefinition, before: Run | undefined) {
    // in one step with taking note of it: who stops the runs stops them all
    if (Deferred.isDoneUnsafe(options.stop)) return
    const run: Run = { task, stop: Deferred.makeUnsafe(), fiber: undefined }
    runs.set(task.sourcePartition, run)
    // one that has just been lost may still be at its last flush
    const ended = before?.fiber === undefined ? Effect.void : Fiber.interrupt(before.fiber)
    run.fiber = yield* Effect.andThen(ended, keepRunning(run)).pipe(
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

const isTaken = (error: {
  readonly reason: string
}): error is { readonly reason: "Fenced" | "Revoked"; readonly message: string } =>
  error.reason === "Fenced" || error.reason === "Revoked"
