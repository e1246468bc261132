import { present } from "./Invariant.ts"

/**
 * A set of offsets of one partition, kept as runs of consecutive offsets. Dead letters usually come
 * in runs, for example from a producer whose clock is ahead. So millions of them take few bytes,
 * and their number may exceed the 2^24 entries of a Set.
 *
 *     3, 4, 5, 9  ->  [3, 6), [9, 10)
 */
export class OffsetRuns {
  /** Run n is [bounds[2n], bounds[2n + 1]). Ascending. */
  #bounds = new BigInt64Array(8)
  #length = 0

  /**
   * Adds the run [from, to). It must not be empty, and must start at or after the end of the last
   * one.
   */
  append(from: bigint, to: bigint): void {
    const last = this.#length - 1
    const end = this.#bounds[last]
    if (from >= to || (end !== undefined && from < end)) throw new RangeError(`Run [${from}, ${to}) is out of order`)
    if (end === from) {
      this.#bounds[last] = to
      return
    }
    if (this.#length === this.#bounds.length) {
      const bounds = new BigInt64Array(2 * this.#length)
      bounds.set(this.#bounds)
      this.#bounds = bounds
    }
    this.#bounds[this.#length++] = from
    this.#bounds[this.#length++] = to
  }

  /** O(log n) of the number of runs. */
  has(offset: bigint): boolean {
    // Counts the bounds at or before the offset: an odd number of them means that a run has begun
    // and has not ended.
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#boundAt(middle) <= offset) low = middle + 1
      else high = middle
    }
    return low % 2 === 1
  }

  /** The runs as [from, to), ascending. */
  *[Symbol.iterator](): Generator<readonly [from: bigint, to: bigint], void> {
    for (let at = 0; at < this.#length; at += 2) yield [this.#boundAt(at), this.#boundAt(at + 1)]
  }

  #boundAt(index: number): bigint {
    return present(this.#bounds[index], "a run has two bounds")
  }
}
