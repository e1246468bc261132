/**
 * Plays seeds in a thread with a small heap, so that state without bounds ends the thread instead
 * of slowing the machine.
 */
import { isMainThread, parentPort, Worker } from "node:worker_threads"
import { Effect } from "effect"
import { playIn } from "../harness/SeedThread.ts"
import { type Outcome, runSeed } from "./Iteration.ts"

/** The heap of a thread: several times what a seed's log takes. */
const HEAP_MB = 320

export interface Player {
  /**
   * Plays one seed; to be called again only once that is done. A thread that dies of a seed is a
   * finding.
   */
  readonly play: (seed: number) => Effect.Effect<Outcome>
}

const nothing = (finding: string): Outcome => ({
  findings: [finding],
  records: 0,
  rows: 0,
  moments: 0,
  deadLetters: 0,
  cut: 0,
  deadBatches: 0
})

const open = (): Worker => new Worker(new URL(import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })

/** The thread ends with the scope. */
export const makePlayer = Effect.gen(function* () {
  let thread = open()
  yield* Effect.addFinalizer(() => Effect.promise(() => thread.terminate()))
  const play = (seed: number) =>
    Effect.suspend(() => playIn<Outcome>(thread, seed)).pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          thread = open()
          return nothing(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
        })
      )
    )
  return { play } satisfies Player
})

if (!isMainThread) parentPort?.on("message", (seed: number) => parentPort?.postMessage(runSeed(seed)))
