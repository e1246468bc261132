/**
 * Divides SHUTDOWN_TIMEOUT among the phases of a stop. All parts count from the beginning of the
 * stop, so the next phase gets the time that one leaves.
 */
import { Clock, Duration, Effect } from "effect"

/** The latest end of each phase, as a part of SHUTDOWN_TIMEOUT. */
const PHASES = {
  /** The collector has appended what it read. */
  collect: 0.25,
  /** The last flush is committed. */
  flush: 0.75,
  /** The group is left, the HTTP port and all sessions are closed. */
  close: 0.85,
  /** The embedded PostgreSQL has ended. */
  database: 0.95
} as const

const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)

export interface StopBudget {
  /** Begins the stop. Idempotent. */
  readonly begin: Effect.Effect<void>
  /** Time until the end of a phase. */
  readonly left: (phase: keyof typeof PHASES) => Effect.Effect<Duration.Duration>
}

export const make = (shutdownTimeout: Duration.Duration): StopBudget => {
  let begunMs: number | undefined
  return {
    begin: Effect.map(monotonicMs, (nowMs) => void (begunMs ??= nowMs)),
    left: (phase) =>
      Effect.map(monotonicMs, (nowMs) => {
        const untilMs = (begunMs ?? nowMs) + PHASES[phase] * Duration.toMillis(shutdownTimeout)
        return Duration.millis(Math.max(0, untilMs - nowMs))
      })
  }
}
