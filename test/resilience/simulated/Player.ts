/** Plays seeds in a thread of its own, so that every core has its share. */
import { isMainThread, parentPort, Worker } from "node:worker_threads"
import { Effect } from "effect"
import { playIn } from "../../harness/SeedThread.ts"
import { type Outcome, runSeed } from "./Scenario.ts"

export interface Player {
  /** Plays one seed; to be called again only once that is done. */
  readonly play: (seed: number) => Effect.Effect<Outcome>
}

/** The thread ends with the scope. */
export const makePlayer = Effect.gen(function* () {
  const thread = yield* Effect.acquireRelease(
    Effect.sync(() => new Worker(new URL(import.meta.url))),
    (running) => Effect.promise(() => running.terminate())
  )
  const play = (seed: number) => playIn<Outcome>(thread, seed).pipe(Effect.orDie)
  return { play } satisfies Player
})

if (!isMainThread) parentPort?.on("message", (seed: number) => parentPort?.postMessage(runSeed({ seed })))
