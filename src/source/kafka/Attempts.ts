/** Trying again while Kafka is away: exponential backoff with jitter, 5 s at most, one line an attempt. */
import { Effect, Schedule } from "effect"
import { EventLogError } from "../EventLog.ts"

/** The jitter of up to a fifth falls on top of the cap of 4 s. */
export const backoff = Schedule.min([Schedule.exponential("200 millis"), Schedule.spaced("4 seconds")]).pipe(
  Schedule.jittered
)

const because = (error: EventLogError): string => error.detail.replace(/^Kafka /, "")

/** Tries until it works, or until it fails for a reason that waiting won't cure. */
export const untilAvailable = <A, R>(
  what: string,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((error) =>
        error.isRetryable ? Effect.logWarning(`${what} (attempt ${++attempt}): ${because(error)}`) : Effect.void
      ),
      Effect.retry({ schedule: backoff, while: (error) => error.isRetryable })
    )
  })

/** Tries `attempts` times, then fails with `Unreachable`; at once for a reason that waiting won't cure. */
export const atStart = <A, R>(
  attempts: number,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  Effect.suspend(() => {
    let attempt = 0
    return effect.pipe(
      Effect.tapError((error) =>
        error.isRetryable
          ? Effect.logWarning(`Kafka not available (attempt ${++attempt} of ${attempts}): ${because(error)}`)
          : Effect.void
      ),
      Effect.retry({ schedule: backoff, times: attempts - 1, while: (error) => error.isRetryable }),
      Effect.mapError((error) =>
        error.isRetryable
          ? new EventLogError({
              reason: "Unreachable",
              detail: `Kafka not available after ${attempts} attempts: ${because(error)}; check KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL`,
              cause: error.cause
            })
          : error
      )
    )
  })
