/**
 * The time at which an input's watermark last rose. It outlives the task that reads the input: a
 * task that restarts in the same process continues with the clocks of its inputs.
 */
import type { Input } from "../domain/Task.ts"
import { partitionKey } from "../domain/TopicPartition.ts"

export interface IdleClock {
  /** Greatest event time accepted so far. Reading the same events again does not raise it. */
  maxTimeMs: number
  /** Monotonic time at which it rose. */
  raisedAtMs: number
}

/** The clocks of all inputs that this process has read. One small object for each input. */
export class IdleClocks {
  readonly #clocks = new Map<string, IdleClock>()

  /**
   * The clock of an input whose greatest event time is `maxTimeMs` as it starts at `nowMs`. It
   * starts at `nowMs` if the input is new to this process, or if another process has raised it
   * meanwhile.
   */
  of(input: Input, maxTimeMs: number, nowMs: number): IdleClock {
    const key = partitionKey(input)
    let clock = this.#clocks.get(key)
    if (clock === undefined || clock.maxTimeMs < maxTimeMs) {
      this.#clocks.set(key, (clock = { maxTimeMs, raisedAtMs: nowMs }))
    }
    return clock
  }
}
