/** Time that never goes back, in milliseconds since an unknown instant. */
import { Clock, Effect } from "effect"

export const monotonicMs: Effect.Effect<number> = Effect.map(Clock.monotonicTimeNanos, (nanos) =>
  Number(nanos / 1_000_000n)
)
