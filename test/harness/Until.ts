/** Waiting for progress: bounded so generously that only a missing event ends it, never a slow machine. */
import { Effect, Schedule } from "effect"

/** Below the test timeout of vitest.config.ts, so that the message below is what a failed wait reports. */
const BOUND = "8 minutes"

/** Repeats the probe until it finds something. Dies after {@link BOUND} with what `explain` adds; a failing probe is repeated. */
export const until = <A, E, R>(
  what: string,
  probe: Effect.Effect<A | undefined, E, R>,
  explain: () => string = () => ""
): Effect.Effect<A, never, R> =>
  probe.pipe(
    Effect.orElseSucceed(() => undefined),
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (found) => found !== undefined }),
    Effect.filterOrElse(
      (found) => found !== undefined,
      () => Effect.die("repeated until it is defined")
    ),
    Effect.timeoutOrElse({
      duration: BOUND,
      orElse: () => Effect.die(`still waiting for ${what} after ${BOUND}\n${explain()}`)
    })
  )

/** {@link until} a condition holds. */
export const untilTrue = (what: string, holds: () => boolean, explain?: () => string): Effect.Effect<void> =>
  Effect.asVoid(
    until(
      what,
      Effect.sync(() => holds() || undefined),
      explain
    )
  )
