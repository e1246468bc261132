/**
 * A restart without a pause. The previous worker may still write its last flush, and holds its port
 * and its data folder until it has ended.
 */
import { Duration, Effect, Schedule } from "effect"

/**
 * Retries `start` while another process holds a resource that it needs, at most for `within`, the
 * longest stop of a worker. Logs the first failure at once, for an operator who has started two
 * workers by mistake.
 */
export const afterPredecessor = <A, E extends { readonly message: string }, R>(
  start: Effect.Effect<A, E, R>,
  isHeld: (error: E) => boolean,
  within: Duration.Duration
): Effect.Effect<A, E, R> =>
  Effect.catchIf(start, isHeld, (error) =>
    Effect.andThen(
      Effect.logWarning(`${error.message}. Retrying for ${Duration.format(within)}: an earlier worker may be stopping`),
      Effect.retry(start, {
        while: isHeld,
        schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: within }))
      })
    )
  )
