/**
 * Waiting for progress: bounded so generously that only a missing event ends it, never a slow
 * machine.
 */
import { Clock, Duration, Effect, Schedule } from "effect"

/**
 * Below the test timeout of vitest.config.ts, so that the message below is what a failed wait
 * reports.
 */
const BOUND = "8 minutes"

/**
 * Repeats the probe until it finds something. Dies after {@link BOUND} with what `explain` adds; a
 * failing probe is repeated.
 */
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

/** {@link untilTrue} for tests without Effect. */
export const eventually = (what: string, holds: () => boolean | Promise<boolean>): Promise<void> =>
  Effect.runPromise(
    Effect.asVoid(
      until(
        what,
        Effect.promise(async () => (await holds()) || undefined)
      )
    )
  )

/**
 * {@link until} for work of any length: dies only if `position` has not changed for {@link BOUND}.
 */
export const untilDone = <A, E, R>(
  what: string,
  probe: Effect.Effect<{ readonly done: A | undefined; readonly position: string }, E, R>,
  explain: () => string
): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    let last = ""
    let sinceMs = yield* Clock.currentTimeMillis
    while (true) {
      const { done, position } = yield* probe
      if (done !== undefined) return done
      const nowMs = yield* Clock.currentTimeMillis
      if (position !== last) {
        last = position
        sinceMs = nowMs
      }
      if (nowMs - sinceMs > Duration.toMillis(BOUND)) {
        return yield* Effect.die(`${what}: stuck at ${position} for ${BOUND}\n${explain()}`)
      }
      yield* Effect.sleep("200 millis")
    }
  })
