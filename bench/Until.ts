/** Waits of a measurement, each with a time limit of its own. */
import { Duration, Effect, Schedule } from "effect"

const PROBE_INTERVAL = Duration.millis(100)

/** Waits until the condition holds. Dies after the time limit. */
export const until = <R>(
  what: string,
  patience: Duration.Duration,
  isSo: Effect.Effect<boolean, never, R>
): Effect.Effect<void, never, R> =>
  isSo.pipe(
    Effect.repeat({ schedule: Schedule.spaced(PROBE_INTERVAL), until: (so) => so }),
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.die(new Error(`still waiting for ${what}`)) }),
    Effect.asVoid
  )
