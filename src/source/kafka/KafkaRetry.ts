/** Retries calls to Kafka while it is unavailable, with the log lines that the runbook lists. */
import { Effect } from "effect"
import { retryTransient } from "../../retry/Retry.ts"
import { EventLogError } from "../EventLog.ts"

/** How many attempts a start makes to reach Kafka and find its topics: about five minutes. */
export const START_ATTEMPTS = 60

const causeOf = (error: EventLogError): string => error.detail.replace(/^Kafka /, "")

/** Retries until the call succeeds or fails for a reason that needs an operator. */
export const retryForever = <A, R>(
  what: string,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  retryTransient(effect, (attempt, error) => `${what} (attempt ${attempt}): ${causeOf(error)}`)

/**
 * Makes up to `attempts` attempts. A failure that needs an operator ends them at once. Logs
 * `Kafka not available (attempt 3 of 60): ...` or `Kafka topics not available (attempt ...`, and
 * fails with `Kafka not available after 60 attempts: ...`.
 */
export const retryAtStart = <A, R>(
  attempts: number,
  effect: Effect.Effect<A, EventLogError, R>
): Effect.Effect<A, EventLogError, R> =>
  retryTransient(
    effect,
    (attempt, error) => `${whatIsMissing(error)} not available (attempt ${attempt} of ${attempts}): ${causeOf(error)}`,
    attempts
  ).pipe(
    Effect.mapError((error) => {
      if (!error.isRetryable) return error
      const remedy =
        error.reason === "MissingTopics" ? "" : "; check KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY_PROTOCOL"
      const detail = `${whatIsMissing(error)} not available after ${attempts} attempts: ${causeOf(error)}${remedy}`
      return new EventLogError({ reason: error.reason, detail, cause: error.cause })
    })
  )

const whatIsMissing = ({ reason }: EventLogError): string => (reason === "MissingTopics" ? "Kafka topics" : "Kafka")
