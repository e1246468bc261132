/** A rate limit over a sliding window, first come, first served. */
import { Clock, Effect, Semaphore } from "effect"

export interface Rate {
  /** Waits until one more call is permitted. */
  readonly take: Effect.Effect<void>
}

/** Permits at most `count` calls in any window of `perMs`, on a clock that never jumps. */
export const makeRate = (count: number, perMs: number): Effect.Effect<Rate> =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const now = (): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
    const one = yield* Semaphore.make(1)
    /** The times of the last calls, the oldest first. */
    const times: Array<number> = []
    const take = Effect.gen(function* () {
      const oldest = times.length === count ? times[0] : undefined
      if (oldest !== undefined) yield* Effect.sleep(Math.max(0, oldest + perMs - now()))
      // Only now: a caller that is interrupted while it waits takes nothing.
      if (times.length === count) times.shift()
      times.push(now())
    })
    return { take: one.withPermit(take) }
  })

/**
 * Twitch permits 20 joins, and 20 logins, in 10 s. The network may bring calls closer together, so
 * the window is longer.
 */
export const makeTwitchRate: Effect.Effect<Rate> = makeRate(20, 10_500)
