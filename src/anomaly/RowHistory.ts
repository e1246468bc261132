/** The rows of one stream within the detectors' look-back, ascending by start. */
import type { PastWindow } from "../domain/SummaryRow.ts"

export class RowHistory {
  #rows: Array<PastWindow> = []
  /** Index of the first row that is kept: dropped rows are cut off when they are half of all. */
  #head = 0

  /** Adds a row that starts after all others. */
  push(row: PastWindow): void {
    this.#rows.push(row)
  }

  /** Drops the rows that start before `startMs` (open bound). */
  dropBefore(startMs: number): void {
    while (this.#head < this.#rows.length && this.#startAt(this.#head) < startMs) this.#head++
    if (this.#head * 2 > this.#rows.length) {
      this.#rows = this.#rows.slice(this.#head)
      this.#head = 0
    }
  }

  get isEmpty(): boolean {
    return this.#head === this.#rows.length
  }

  /** Start of the first row at or after `startMs` (closed bound); `undefined` when there is none. O(log n). */
  firstStartFrom(startMs: number): number | undefined {
    return this.#rows[this.#lowerBound(startMs)]?.startMs
  }

  /** The row that starts at `startMs`. O(log n). */
  at(startMs: number): PastWindow | undefined {
    const row = this.#rows[this.#lowerBound(startMs)]
    return row?.startMs === startMs ? row : undefined
  }

  #startAt(index: number): number {
    return this.#rows[index]?.startMs ?? Number.POSITIVE_INFINITY
  }

  #lowerBound(startMs: number): number {
    let low = this.#head
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#startAt(middle) < startMs) low = middle + 1
      else high = middle
    }
    return low
  }
}
