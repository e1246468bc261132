/** How calls to the outside are tried again: exponential backoff with jitter, at most 5 s apart, one line an attempt. */
import { Context, Effect, Schedule } from "effect"

/** The jitter of up to a fifth falls on top of the cap of 4 s. */
export const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("4 seconds")]).pipe(
  Schedule.jittered
)

/** What a service fails with: whether waiting may cure it, and one line for people. */
export interface Failure {
  readonly _tag: string
  readonly isRetryable: boolean
  readonly message: string
}

/** Told of every failure after which there is another attempt. */
export const OnRetry = Context.Reference<(error: Failure) => Effect.Effect<void>>("telemetra/source/OnRetry", {
  defaultValue: () => () => Effect.void
})

/** Tells it. */
export const retrying = (error: Failure): Effect.Effect<void> => Effect.flatMap(OnRetry, (tell) => tell(error))

/**
 * Tries until it works, until it fails for a reason that waiting won't cure, or `times` times in all; then fails with the last failure. `line` is logged as a warning for
 * each failed attempt that waiting may cure; they are counted from 1, anew in each run.
 */
export const attempting = <A, E extends Failure, R>(
  effect: Effect.Effect<A, E, R>,
  line: (attempt: number, error: E) => string,
  times = Number.POSITIVE_INFINITY
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((error) => {
        if (!error.isRetryable) return Effect.void
        const warning = Effect.logWarning(line(++attempt, error))
        return attempt < times ? Effect.andThen(warning, retrying(error)) : warning
      }),
      Effect.retry({ schedule: backoff, while: (error) => error.isRetryable && attempt < times })
    )
  })
