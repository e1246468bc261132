/** The tasks of this process: runs those that the log assigns, anew with every assignment. */
import { Deferred, Effect, Stream } from "effect"
import { EventLog } from "../source/EventLog.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import { runTask, type TaskOptions } from "./Task.ts"

/** Runs until `options.stop` is done and every task has flushed, the log ends, or something fails that needs a person. */
export const runWorker = Effect.fn("Worker.run")(function* (options: TaskOptions) {
  const log = yield* EventLog
  // A task that somebody else has taken over is theirs; whether this worker gets another is said by the next assignment.
  const run = (task: TaskDefinition) =>
    runTask(task, options).pipe(
      Effect.catchIf(
        (error) => error._tag === "TaskError" && error.reason === "Fenced",
        (error) => Effect.logWarning(error.message)
      )
    )
  yield* log.assignments.pipe(
    Stream.interruptWhen(Deferred.await(options.stop)),
    Stream.switchMap(({ tasks }) =>
      Stream.fromEffect(Effect.forEach(tasks, run, { concurrency: "unbounded", discard: true }))
    ),
    Stream.runDrain
  )
})
