/** The pauses between attempts of a reader while PostgreSQL does not reply. */
import { Effect } from "effect"
import { monotonicMs } from "../../domain/Monotonic.ts"
import { reportRetry } from "../../retry/Retry.ts"
import type { EventLogError } from "../EventLog.ts"

const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 4_000

export class Outage {
  /** Failed attempts since the last reply. */
  #attempts = 0
  /** Monotonic time of the next attempt. */
  #untilMs = Number.NEGATIVE_INFINITY

  /** Whether the next attempt has to wait. */
  readonly isPaused: Effect.Effect<boolean> = Effect.map(monotonicMs, (nowMs) => nowMs < this.#untilMs)

  readonly end: Effect.Effect<void> = Effect.sync(() => {
    this.#attempts = 0
  })

  /** Logs and reports a failed attempt. The pause after it doubles from 0.2 s to 4 s. */
  attempt(error: EventLogError): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#attempts += 1
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (this.#attempts - 1), LONGEST_PAUSE_MS)
      this.#untilMs = (yield* monotonicMs) + pauseMs
      yield* Effect.logWarning(`Local log not available (attempt ${this.#attempts}): ${error.message}`)
      yield* reportRetry(error)
    })
  }
}
