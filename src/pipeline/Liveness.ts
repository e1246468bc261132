/**
 * Whether the worker gets on. A client of Kafka can stop without a word, behind healthy connections; only progress tells. There is something to read, nothing has been
 * committed for the timeout, and the store answers: then the reading has stalled.
 */
import { Effect, Schema } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { lagSum } from "../domain/Lag.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import { lagsOf } from "./Lag.ts"
import { monotonicMs } from "./TaskInputs.ts"

export class StalledError extends Schema.TaggedError<StalledError>()("StalledError", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

/** How often a timeout is looked at while it runs. */
const LOOKS = 8

/** How long the store may take to answer. */
const PATIENCE = "5 seconds"

/** Changes with every commit. */
const positionOf = (checkpoints: ReadonlyArray<Checkpoint>): string =>
  checkpoints.map(({ flush, sourcePartition }) => `${sourcePartition}:${flush}`).join()

/** Why the store can't be used, in one line for people; `undefined` = it answers. */
export const storeProblem = Effect.gen(function* () {
  const store = yield* ResultStore
  return yield* Effect.match(store.tasks, { onFailure: ({ message }) => message, onSuccess: () => undefined })
}).pipe(Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.succeed("the store does not answer") }))

/** Runs until the reading has stalled for `timeoutMs`. `checkpoints` gives those of the tasks that this worker is to run, as last committed. */
export const untilStalled = (checkpoints: () => ReadonlyArray<Checkpoint>, timeoutMs: number) =>
  Effect.gen(function* () {
    let before = positionOf(checkpoints())
    let sinceMs = yield* monotonicMs
    while (true) {
      yield* Effect.sleep(timeoutMs / LOOKS)
      const now = positionOf(checkpoints())
      const nowMs = yield* monotonicMs
      if (now !== before) {
        before = now
        sinceMs = nowMs
      } else if (nowMs - sinceMs >= timeoutMs && (yield* storeProblem) === undefined) {
        const lag = lagSum((yield* lagsOf(checkpoints())) ?? [])
        if (lag > 0) {
          return yield* new StalledError({
            detail: `Nothing has been committed for ${Math.round((nowMs - sinceMs) / 1000)} s although ${lag} records are there to be read and the store answers`
          })
        }
      }
    }
  })
