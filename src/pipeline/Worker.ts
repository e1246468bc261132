/** The tasks of this process: runs those that the log assigns, anew with every assignment. */
import { Deferred, Effect, Latch, Stream } from "effect"
import type { TaskDefinition } from "../domain/Task.ts"
import { EventLog } from "../source/EventLog.ts"
import { runTask, type TaskOptions } from "./Task.ts"

export interface WorkerOptions extends TaskOptions {
  /** Told of every task that this worker no longer runs, and whether because another had taken it over. */
  readonly onEnd: (task: TaskDefinition, fenced: boolean) => Effect.Effect<void>
}

/**
 * Runs until `options.stop` is done and every task has flushed, the log ends, or something fails that needs a person. The log's assignment is given up only then: nobody
 * takes a task over before its last flush.
 */
export const runWorker = Effect.fn("Worker.run")(function* (options: WorkerOptions) {
  const log = yield* EventLog
  const idle = yield* Latch.make(true)

  // A task that somebody else has taken over is theirs; whether this worker gets another is said by the next assignment.
  const run = (task: TaskDefinition) =>
    runTask(task, options).pipe(
      Effect.as(false),
      Effect.catchIf(
        (error) => error._tag === "TaskError" && error.reason === "Fenced",
        (error) => Effect.as(Effect.logWarning(error.message), true)
      ),
      Effect.onExit((exit) => options.onEnd(task, exit._tag === "Success" && exit.value))
    )

  const runAll = (tasks: ReadonlyArray<TaskDefinition>) =>
    Effect.gen(function* () {
      // An assignment that comes while stopping is not begun.
      if (yield* Deferred.isDone(options.stop)) return
      yield* idle.close
      yield* Effect.forEach(tasks, run, { concurrency: "unbounded", discard: true })
    }).pipe(Effect.ensuring(idle.open))

  const working = log.assignments.pipe(
    Stream.switchMap(({ tasks }) => Stream.fromEffect(runAll(tasks))),
    Stream.runDrain
  )
  const stopped = Effect.andThen(Deferred.await(options.stop), idle.await)
  yield* Effect.raceFirst(working, stopped)
})
