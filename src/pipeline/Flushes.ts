/** The step of a task as a stage of its stream: inputs in, flushes out, one at a time. The rows of a flush are made when it is pulled, however many flushes are due at once. */
import { Deferred, Effect, Stream } from "effect"
import type { Flush } from "../domain/Flush.ts"
import type { TaskInput } from "../domain/TaskInput.ts"
import type { TaskStep } from "./TaskStep.ts"

/** Once `stop` is done, a step gives no more than the flush that it is at; its other rows come after the restart. */
export const flushes =
  (step: TaskStep, stop: Deferred.Deferred<void>) =>
  <E, R>(inputs: Stream.Stream<TaskInput, E, R>): Stream.Stream<Flush, E, R> =>
    Stream.transformPull(inputs, (pull) =>
      Effect.sync(() => {
        /** Pulled and not taken in yet. */
        let waiting: Array<TaskInput> = []
        let results: Iterator<Flush | undefined, void> | undefined
        return Effect.gen(function* () {
          for (;;) {
            if (results === undefined) {
              const input = waiting.shift()
              if (input === undefined) waiting = [...(yield* pull)]
              else results = step.results(input)
              continue
            }
            const { done, value } = results.next()
            if (done === true) results = undefined
            if (value !== undefined) {
              if (Deferred.isDoneUnsafe(stop)) {
                results = undefined
                waiting = waiting.filter(({ _tag }) => _tag === "Stop")
              }
              return [value] as const
            }
            if (done !== true) yield* Effect.yieldNow
          }
        })
      })
    )
