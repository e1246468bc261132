/** Drops old days of the log at intervals. */
import { type Duration, Effect, Schedule } from "effect"
import { dropExpired } from "./Days.ts"
import type { Calling } from "./LocalDatabase.ts"

/** A worker that was down reads what it missed before the first days are dropped. */
const FIRST_AFTER = "5 minutes"

/**
 * Runs after five minutes and then every hour, without end. A failure is logged. Several processes
 * may do this at once.
 */
export const dropForever = (retention: Duration.Duration, call: Calling): Effect.Effect<void> =>
  dropExpired(retention).pipe(
    call("drop old days of the local log"),
    Effect.catch((error) =>
      Effect.logWarning(`Retention of the local log failed; retrying in 1 hour: ${error.message}`)
    ),
    Effect.repeat(Schedule.spaced("1 hour")),
    Effect.delay(FIRST_AFTER),
    Effect.asVoid
  )
