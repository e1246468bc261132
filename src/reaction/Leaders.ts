/**
 * Those with the greatest count of at least two, while counts go up by one. Reused for one set of
 * counts after the other.
 */
import { outside } from "../domain/Invariant.ts"

const LEAST = 2

export class Leaders {
  /** The greatest count. */
  most = LEAST
  #leaders = new Int32Array(64)
  count = 0

  clear(): void {
    this.most = LEAST
    this.count = 0
  }

  /** The leaders of the first `length` counts. O(length). They replace the leaders before. */
  of(counts: Int32Array, length: number): this {
    this.clear()
    for (let one = 0; one < length; one++) this.reach(one, counts[one] ?? outside())
    return this
  }

  /** The count of one goes up to `count`. */
  reach(one: number, count: number): void {
    if (count < this.most) return
    if (count > this.most) {
      this.most = count
      this.count = 0
    }
    if (this.count === this.#leaders.length) {
      const leaders = this.#leaders
      this.#leaders = new Int32Array(2 * leaders.length)
      this.#leaders.set(leaders)
    }
    this.#leaders[this.count++] = one
  }

  /** The first of them in an order; -1 if there is none. */
  first(compare: (a: number, b: number) => number): number {
    if (this.count === 0) return -1
    let best = this.#leaders[0] ?? outside()
    for (let at = 1; at < this.count; at++) {
      const one = this.#leaders[at] ?? outside()
      if (compare(one, best) < 0) best = one
    }
    return best
  }
}
