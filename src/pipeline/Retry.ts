/** How calls to the outside are tried again: exponential backoff, at most 5 s apart. */
import { Effect, Schedule } from "effect"

/** Jitter comes after the cap and adds up to a fifth. */
export const backoff = Schedule.min([Schedule.exponential("250 millis"), Schedule.spaced("4 seconds")]).pipe(
  Schedule.jittered
)

interface Failure {
  readonly isRetryable: boolean
  readonly message: string
}

/** Tries again as long as the failure may pass by itself; one warning an attempt. */
export const untilItPasses = <A, E extends Failure, R>(what: string, effect: Effect.Effect<A, E, R>) => {
  return Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((error) =>
        error.isRetryable ? Effect.logWarning(`${what} failed, attempt ${++attempt}: ${error.message}`) : Effect.void
      ),
      Effect.retry({ schedule: backoff, while: (error) => error.isRetryable })
    )
  })
}

export const START_ATTEMPTS = 60

/** Tries {@link START_ATTEMPTS} times, then fails with the last failure; one line an attempt. */
export const atStart = <A, E extends Failure, R>(what: string, effect: Effect.Effect<A, E, R>) => {
  return Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((error) =>
        error.isRetryable
          ? Effect.logWarning(`${what} not available (attempt ${++attempt} of ${START_ATTEMPTS}): ${error.message}`)
          : Effect.void
      ),
      Effect.retry({ schedule: backoff, times: START_ATTEMPTS - 1, while: (error) => error.isRetryable })
    )
  })
}
