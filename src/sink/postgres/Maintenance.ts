/** What is done to the tables every hour: partitions are made ahead and dropped, forgotten baselines and old dead letters deleted. */
import { type Duration, Effect, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { DEAD_LETTER_LIMITS } from "../../domain/DeadLetter.ts"
import { deleteForgotten } from "./Baselines.ts"
import { deleteExpired } from "./DeadLetters.ts"
import { textOf } from "../../postgres/SqlErrors.ts"
import type { Partitions } from "./Partitions.ts"

const attempt = <A, R>(what: string, work: Effect.Effect<A, SqlError, R>): Effect.Effect<void, never, R> =>
  work.pipe(
    Effect.asVoid,
    Effect.catch((error) => Effect.logWarning(`${what} failed; retrying in 1 hour: ${textOf(error)}`))
  )

/** Every hour, for ever. A failure is logged, and tried again an hour later. Baselines and dead letters have an age of their own, whatever `retention` is. */
export const maintain = (
  { ahead, dropExpired }: Partitions,
  retention: Duration.Duration | undefined,
  deadLetterRetentionMs = DEAD_LETTER_LIMITS.retentionMs
): Effect.Effect<void, never, SqlClient> =>
  Effect.all(
    [
      attempt("Partition maintenance", retention === undefined ? ahead : Effect.andThen(ahead, dropExpired(retention))),
      attempt("Deletion of forgotten baselines", deleteForgotten),
      attempt("Deletion of old dead letters", deleteExpired(deadLetterRetentionMs))
    ],
    { discard: true }
  ).pipe(Effect.repeat(Schedule.spaced("1 hour")), Effect.asVoid)
