/**
 * Plays seeds in a thread with a small heap, so that state without bounds ends the thread instead
 * of slowing the machine.
 */
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import { playIn } from "../harness/SeedThread.ts"

/** The heap of a thread: several times what a seed's log takes. */
const HEAP_MB = 320

/** The result of a seed. */
export interface Outcome {
  /** Broken promises; empty = all is well. */
  readonly findings: ReadonlyArray<string>
  /** How often something happened that seeds must cover. */
  readonly counts: Readonly<Record<string, number>>
}

export interface Player {
  /**
   * Plays one seed; to be called again only once that is done. A thread that dies of a seed is a
   * finding.
   */
  readonly play: (seed: number) => Effect.Effect<Outcome>
}

/** `module` plays the seeds that its thread receives. The thread ends with the scope. */
export const makePlayer = Effect.fnUntraced(function* (module: URL) {
  const open = (): Worker => new Worker(module, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
  let thread = open()
  yield* Effect.addFinalizer(() => Effect.promise(() => thread.terminate()))
  const play = (seed: number) =>
    Effect.suspend(() => playIn<Outcome>(thread, seed)).pipe(
      Effect.catch((error) =>
        Effect.sync((): Outcome => {
          thread = open()
          const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
          return { findings: [`threw ${cause}`], counts: {} }
        })
      )
    )
  return { play } satisfies Player
})
