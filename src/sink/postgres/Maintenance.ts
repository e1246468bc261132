/**
 * Maintains the tables: creates and drops partitions. Deletes old broadcasts, unused baselines, old
 * dead letters, old samples, and notifications of targets that are no longer configured.
 */
import { type Duration, Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { DEAD_LETTER_LIMITS } from "../../domain/DeadLetter.ts"
import { deleteUnused } from "./Baselines.ts"
import * as Broadcasts from "./Broadcasts.ts"
import { deleteExpired } from "./DeadLetters.ts"
import { deleteAbandoned } from "./Notifications.ts"
import { SAMPLE_RETENTION_MS } from "../../domain/ChatContent.ts"
import { textOf } from "../../postgres/SqlErrors.ts"
import type { Partitions } from "./Partitions.ts"
import { deleteOldSamples } from "./Samples.ts"

const attempt = <A, R>(what: string, work: Effect.Effect<A, SqlError, R>): Effect.Effect<void, never, R> =>
  work.pipe(
    Effect.asVoid,
    Effect.catch((error) => Effect.logWarning(`${what} failed; retrying in 1 hour: ${textOf(error)}`))
  )

/**
 * Runs every hour without end. A failure is logged and retried an hour later. Baselines, dead
 * letters and samples have their own age limits, independent of `retention`.
 */
export const maintain = (
  partitions: Partitions,
  retention: Duration.Duration | undefined,
  deadLetterRetentionMs = DEAD_LETTER_LIMITS.retentionMs,
  sampleRetentionMs = SAMPLE_RETENTION_MS
): Effect.Effect<void, never, SqlClient> =>
  Effect.all(
    [
      attempt(
        "Partition maintenance",
        retention === undefined ? partitions.ahead : Effect.andThen(partitions.ahead, partitions.dropExpired(retention))
      ),
      retention === undefined
        ? Effect.void
        : attempt("Deletion of old broadcasts", Broadcasts.deleteExpired(retention)),
      attempt("Deletion of unused baselines", deleteUnused),
      attempt("Deletion of old dead letters", deleteExpired(deadLetterRetentionMs)),
      attempt("Deletion of abandoned notifications", deleteAbandoned),
      attempt("Deletion of old samples of moments", deleteOldSamples(sampleRetentionMs))
    ],
    { discard: true }
  ).pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.asVoid)
