/**
 * The newest version of the sensitivity that a member knows. Its tasks learn of it by their ticks.
 * By default there is none: replays apply the versions that the tables state, and no others.
 */
import { Context, Effect, Layer, Schedule } from "effect"
import { changed, NO_SENSITIVITY, type Sensitivity } from "../domain/Sensitivity.ts"
import { ResultStore } from "../sink/ResultStore.ts"

/** Time between two queries for new changes, for the whole member. */
const POLL = "2 seconds"

export interface Feed {
  /** From memory, without a request. */
  readonly newest: () => Sensitivity
}

export const SensitivityFeed = Context.Reference<Feed>("telemetra/pipeline/SensitivityFeed", {
  defaultValue: () => ({ newest: () => NO_SENSITIVITY })
})

/** Queries the store for new changes at intervals. A failure delays them, and nothing else. */
export const layer: Layer.Layer<never, never, ResultStore> = Layer.effect(
  SensitivityFeed,
  Effect.gen(function* () {
    const store = yield* ResultStore
    let newest = NO_SENSITIVITY
    const poll = Effect.gen(function* () {
      const changes = yield* store.sensitivityChanges(newest.version)
      if (changes.length === 0) return
      newest = changed(newest, changes)
      yield* Effect.logInfo(`Sensitivity: version ${newest.version} is in the table; tasks apply it to later windows`)
    }).pipe(Effect.catch(({ message }) => Effect.logDebug(`Reading the sensitivity failed: ${message}`)))
    yield* Effect.forkScoped(Effect.repeat(poll, Schedule.spaced(POLL)))
    return { newest: () => newest }
  })
)
