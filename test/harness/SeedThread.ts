/** Plays seeds in a thread. The fuzz and the simulation share it. */
import type { Worker } from "node:worker_threads"
import { Effect } from "effect"

/** Sends a seed to the thread, and returns the outcome that it posts. Fails if the thread dies. */
export const playIn = <Outcome>(thread: Worker, seed: number): Effect.Effect<Outcome, unknown> =>
  Effect.callback<Outcome, unknown>((resume) => {
    const onMessage = (outcome: Outcome) => {
      thread.off("error", onError)
      resume(Effect.succeed(outcome))
    }
    const onError = (error: unknown) => {
      thread.off("message", onMessage)
      resume(Effect.fail(error))
    }
    thread.once("message", onMessage).once("error", onError)
    thread.postMessage(seed)
  })
