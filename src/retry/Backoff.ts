/** How long to wait before the next attempt. */
import { Effect, Random } from "effect"

/**
 * The wait after 1 or more failures in a row, without jitter: `firstMs`, doubled, at most
 * `longestMs`.
 */
export const backoffMs = (failures: number, firstMs: number, longestMs: number): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30))

/** The wait with jitter: 80 to 120 %. It spreads the requests of several processes. */
export const jittered = (ms: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => Math.round(ms * (0.8 + 0.4 * random)))
