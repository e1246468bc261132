/**
 * Decides when an input is idle. Nothing must have raised its watermark for the timeout. It must
 * have been read up to an end offset that was requested after the timeout. Time is monotonic and
 * comes with the ticks.
 */

import type { EndOffsets } from "../domain/EndOffsets.ts"

interface InputActivity {
  raisedAtMs: number
  /** The end offset requested after the timeout; `undefined` until it is known. */
  end: bigint | undefined
}

export class Idleness {
  readonly #timeoutMs: number
  readonly #inputs: ReadonlyArray<InputActivity>

  /** `nowMs` is the monotonic time of the assignment. */
  constructor(timeoutMs: number, inputs: number, nowMs: number) {
    this.#timeoutMs = timeoutMs
    this.#inputs = Array.from({ length: inputs }, () => ({ raisedAtMs: nowMs, end: undefined }))
  }

  /** The input's watermark rose at or before `nowMs`. */
  raised(input: number, nowMs: number): void {
    const activity = this.#inputs[input]
    if (activity === undefined) return
    activity.raisedAtMs = nowMs
    activity.end = undefined
  }

  /**
   * Discards the known end, which proves nothing any more: the input is held back, or still being
   * re-read.
   */
  forget(input: number): void {
    const activity = this.#inputs[input]
    if (activity !== undefined) activity.end = undefined
  }

  /** Records end offsets. Those requested before the timeout was over prove nothing. */
  learn({ requestedAtMs, offsets }: EndOffsets): void {
    this.#inputs.forEach((activity, input) => {
      if (activity.end === undefined && requestedAtMs - activity.raisedAtMs >= this.#timeoutMs)
        activity.end = offsets[input]
    })
  }

  /** Whether the timeout is over but no end offset is known yet. */
  wantsEnd(input: number, nowMs: number): boolean {
    const activity = this.#inputs[input]
    return activity !== undefined && activity.end === undefined && nowMs - activity.raisedAtMs >= this.#timeoutMs
  }

  /** Whether an input read up to `nextOffset` is idle. */
  isIdle(input: number, nextOffset: bigint): boolean {
    const end = this.#inputs[input]?.end
    return end !== undefined && nextOffset >= end
  }
}
