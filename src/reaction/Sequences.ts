/**
 * Distinct sequences of numbers, which are numbered from 0 on in the order in which they come. All
 * lie one after the other in one array.
 */
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { HashIndex } from "./HashIndex.ts"

export class Sequences {
  readonly #index = new HashIndex()
  /** All sequences. */
  numbers = new Int32Array(256)
  /** By sequence: where it begins; the next one begins at its end. */
  #starts = new Int32Array(64)

  /** How many sequences there are. */
  get count(): number {
    return this.#index.count
  }

  /** Forgets all. O(1). `expected`: how many will come; more may. */
  clear(expected: number): void {
    this.#index.clear(expected)
  }

  startOf(sequence: number): number {
    return this.#starts[sequence] ?? outside()
  }

  endOf(sequence: number): number {
    return this.#starts[sequence + 1] ?? outside()
  }

  /** The number of the sequence [start, end) of `from`, a new one if it is not known. */
  numberOf(hash: number, from: Int32Array, start: number, end: number): number {
    const index = this.#index
    let sequence = index.first(hash)
    while (sequence >= 0 && !this.#is(sequence, from, start, end)) sequence = index.next()
    return sequence >= 0 ? sequence : this.#add(from, start, end)
  }

  #is(sequence: number, from: Int32Array, start: number, end: number): boolean {
    const { numbers } = this
    const own = this.startOf(sequence)
    if (this.endOf(sequence) - own !== end - start) return false
    for (let at = start; at < end; at++) if (numbers[own + at - start] !== from[at]) return false
    return true
  }

  /** Adds the sequence that was sought last. */
  #add(from: Int32Array, start: number, end: number): number {
    const sequence = this.#index.take()
    if (sequence + 1 === this.#starts.length) this.#starts = grown(this.#starts, new Int32Array(2 * (sequence + 1)))
    const own = this.startOf(sequence)
    const ownEnd = own + end - start
    if (ownEnd > this.numbers.length) this.numbers = grown(this.numbers, new Int32Array(2 * ownEnd))
    const { numbers } = this
    for (let at = start; at < end; at++) numbers[own + at - start] = from[at] ?? outside()
    this.#starts[sequence + 1] = ownEnd
    return sequence
  }
}
