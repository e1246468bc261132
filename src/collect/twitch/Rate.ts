/** A rate limit over a sliding window, first come, first served. */
import { Clock, Effect, Semaphore } from "effect"

export interface Rate {
  /** Waits until one more call is permitted. */
  readonly take: Effect.Effect<void>
}

/**
 * Permits at most `count` calls in any window of `perMs`. The server sees calls with the delays of
 * the network, so the window includes a reserve.
 */
export const makeRate = (count: number, perMs: number): Effect.Effect<Rate> =>
  Effect.gen(function* () {
    const one = yield* Semaphore.make(1)
    /** The times of the last `count` calls, the oldest first. */
    const times: Array<number> = []
    const take = Effect.gen(function* () {
      if (times.length === count) {
        const wait = (times.shift() ?? 0) + perMs - (yield* Clock.currentTimeMillis)
        if (wait > 0) yield* Effect.sleep(wait)
      }
      times.push(yield* Clock.currentTimeMillis)
    })
    return { take: one.withPermit(take) }
  })

/** Twitch permits 20 joins, and 20 logins, in 10 s. */
export const makeTwitchRate: Effect.Effect<Rate> = makeRate(20, 10_500)
