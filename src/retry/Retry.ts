/**
 * Retries calls to other services: exponential backoff with jitter, at most 5 s between two
 * attempts, and one log line per failed attempt.
 */
import { Context, Effect, Schedule } from "effect"

/** Jitter adds up to a fifth to the cap of 4 s. */
export const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("4 seconds")]).pipe(
  Schedule.jittered
)

/** An error of a service: whether the same call may succeed later, and one line for operators. */
export interface ServiceFailure {
  readonly _tag: string
  readonly isRetryable: boolean
  readonly message: string
}

/** Runs before every retry, with the failure that caused it. Does nothing by default. */
export const OnRetry = Context.Reference<(failure: ServiceFailure) => Effect.Effect<void>>("telemetra/retry/OnRetry", {
  defaultValue: () => () => Effect.void
})

/** Runs {@link OnRetry}, for callers with a retry loop of their own. */
export const reportRetry = (failure: ServiceFailure): Effect.Effect<void> =>
  Effect.flatMap(OnRetry, (onRetry) => onRetry(failure))

/**
 * Retries `effect` while its failures are retryable, up to `attempts` attempts in all, then fails
 * with the last failure. Logs `line` as a warning for each retryable failure. Attempts count from 1
 * in each run.
 */
export const retryTransient = <A, E extends ServiceFailure, R>(
  effect: Effect.Effect<A, E, R>,
  line: (attempt: number, failure: E) => string,
  attempts = Number.POSITIVE_INFINITY
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((failure) => {
        if (!failure.isRetryable) return Effect.void
        const warning = Effect.logWarning(line(++attempt, failure))
        return attempt < attempts ? Effect.andThen(warning, reportRetry(failure)) : warning
      }),
      Effect.retry({ schedule: backoff, while: (failure) => failure.isRetryable && attempt < attempts })
    )
  })
