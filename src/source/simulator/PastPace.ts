/**
 * Converts between offsets and log times of the past of one partition. Each second has its own
 * number of records, which are spread evenly over it.
 */
import { outside } from "../../domain/Invariant.ts"
import type { PastHours } from "./SimulatorOptions.ts"

export class PastPace {
  /** The seconds of the past, ascending. */
  readonly #seconds: Float64Array
  /** The first offset of each of them, then the end of the past. */
  readonly #offsets: Float64Array

  /** `rate` gives the records of a second, a real number; fractions add up over the seconds. */
  constructor(past: ReadonlyArray<PastHours>, rate: (second: number) => number) {
    const seconds = past.reduce((sum, { endMs, startMs }) => sum + (endMs - startMs) / 1000, 0)
    this.#seconds = new Float64Array(seconds)
    this.#offsets = new Float64Array(seconds + 1)
    let place = 0
    let exact = 0
    let given = 0
    for (const { endMs, startMs } of past) {
      for (let second = startMs / 1000; second < endMs / 1000; second++) {
        const records = rate(second)
        exact += records
        // A second without a rate has no record, whatever the fractions.
        if (records > 0) given = Math.max(given, Math.floor(exact))
        this.#seconds[place++] = second
        this.#offsets[place] = given
      }
    }
  }

  /** The number of records of the past. */
  get end(): number {
    return this.#offsets.at(-1) ?? outside()
  }

  /** The log time of an offset of the past, in whole milliseconds. */
  logTimeMs(offset: number): number {
    const place = lastAtMost(this.#offsets, offset)
    const first = this.#offsets[place] ?? outside()
    const records = (this.#offsets[place + 1] ?? outside()) - first
    return (this.#seconds[place] ?? outside()) * 1000 + Math.floor(((offset - first) * 1000) / records)
  }

  /** The number of records of the past with a log time <= `nowMs` (closed). */
  endOffsetAt(nowMs: number): number {
    const second = Math.floor(nowMs / 1000)
    const place = lastAtMost(this.#seconds, second)
    if (place < 0) return 0
    const first = this.#offsets[place] ?? outside()
    const end = this.#offsets[place + 1] ?? outside()
    if ((this.#seconds[place] ?? outside()) < second) return end
    return first + Math.ceil(((nowMs - second * 1000 + 1) * (end - first)) / 1000)
  }
}

/** The last place whose number is <= `wanted`; -1 = none. The numbers never descend. */
const lastAtMost = (numbers: Float64Array, wanted: number): number => {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? outside()) <= wanted) low = middle + 1
    else high = middle
  }
  return low - 1
}
