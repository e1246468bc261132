/**
 * A small generator of random numbers (mulberry32): the same seed gives the same numbers on every
 * machine.
 */

export class Random {
  #state: number

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring numbers.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ (seed >>> 13)
  }

  /** A number from 0 (closed) to 1 (open). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }

  /** An integer from `low` to `high` (both closed). */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<A>(items: readonly [A, ...ReadonlyArray<A>]): A {
    return items[this.between(0, items.length - 1)] ?? items[0]
  }

  /** One of the items, `undefined` where there is none. */
  among<A>(items: ReadonlyArray<A>): A | undefined {
    return items[this.between(0, items.length - 1)]
  }

  /** A generator of its own: what draws from it doesn't change what others draw. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4_294_967_296))
  }
}
