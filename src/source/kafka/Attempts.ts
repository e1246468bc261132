/** Trying again while Kafka is away. */
import { Effect } from "effect"
import { attempting } from "../../retry/Retry.ts"
import { EventLogError } from "../EventLog.ts"

/** How often a start tries to reach Kafka and finds its topics missing: about five minutes. */
export const START_ATTEMPTS = 60

const because = (error: EventLogError): string => error.detail.replace(/^Kafka /, "")

/** Tries until it works, or until it fails for a reason that waiting won't cure. */
export const untilAvailable = <A, R>(
  what: string,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  attempting(effect, (attempt, error) => `${what} (attempt ${attempt}): ${because(error)}`)

/** Tries `attempts` times, then fails with the last reason; at once for a reason that waiting won't cure. */
export const atStart = <A, R>(
  attempts: number,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  attempting(
    effect,
    (attempt, error) =>
      error.reason === "MissingTopics"
        ? `Kafka topics not available (attempt ${attempt} of ${attempts}): ${because(error)}`
        : `Kafka not available (attempt ${attempt} of ${attempts}): ${because(error)}`,
    attempts
  ).pipe(
    Effect.mapError((error) => {
      if (!error.isRetryable) return error
      const detail =
        error.reason === "MissingTopics"
          ? `Kafka topics not available after ${attempts} attempts: ${because(error)}`
          : `Kafka not available after ${attempts} attempts: ${because(error)}; check KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL`
      return new EventLogError({ reason: error.reason, detail, cause: error.cause })
    })
  )
