/**
 * Assigns numbers to pairs of numbers, from 0 on, and reuses the numbers of dropped pairs. It is a
 * hash table in columns. Each bucket is a linked list of pairs.
 */
import { grown } from "../domain/Columns.ts"
import { HASH_BASIS } from "../domain/Hash.ts"
import { outside } from "../domain/Invariant.ts"

const FEWEST = 1 << 4

/** Numbers of a pair in `#facts`. */
const LEFT = 0
const RIGHT = 1
/** The number of the next pair in the bucket, plus 1; 0 = none. */
const NEXT = 2
const FACTS = 3

export class Pairs {
  #facts = new Int32Array(FACTS * FEWEST)
  /**
   * By bucket: the number of its first pair, plus 1; 0 = none. There are as many buckets as there
   * is room for pairs.
   */
  #firsts = new Int32Array(FEWEST)
  /** Shifts a 32-bit hash to the number of its bucket. */
  #shift = 32 - Math.log2(FEWEST)
  #end = 0
  readonly #free: Array<number> = []

  /** The bound of all numbers (open). */
  get end(): number {
    return this.#end
  }

  leftOf(pair: number): number {
    return this.#facts[pair * FACTS + LEFT] ?? outside()
  }

  rightOf(pair: number): number {
    return this.#facts[pair * FACTS + RIGHT] ?? outside()
  }

  /** The pair's number; -1 if it has none. */
  find(left: number, right: number): number {
    let pair = (this.#firsts[this.#bucketOf(left, right)] ?? outside()) - 1
    while (pair >= 0 && (this.leftOf(pair) !== left || this.rightOf(pair) !== right)) pair = this.#nextOf(pair) - 1
    return pair
  }

  /** Assigns a number to a pair that has none. */
  add(left: number, right: number): number {
    const pair = this.#free.pop() ?? this.#end++
    if (pair === this.#firsts.length) this.#grow()
    this.#facts[pair * FACTS + LEFT] = left
    this.#facts[pair * FACTS + RIGHT] = right
    this.#link(pair)
    return pair
  }

  /** Releases a number for reuse. */
  drop(pair: number): void {
    const bucket = this.#bucketOf(this.leftOf(pair), this.rightOf(pair))
    const next = this.#nextOf(pair)
    let before = (this.#firsts[bucket] ?? outside()) - 1
    if (before === pair) {
      this.#firsts[bucket] = next
    } else {
      while (this.#nextOf(before) !== pair + 1) before = this.#nextOf(before) - 1
      this.#facts[before * FACTS + NEXT] = next
    }
    this.#free.push(pair)
  }

  #nextOf(pair: number): number {
    return this.#facts[pair * FACTS + NEXT] ?? outside()
  }

  /**
   * The upper bits of a product, which depend on all bits of both numbers. The numbers follow from
   * the order of events, which clients choose. So the hash includes the process's random basis:
   * clients cannot choose pairs that share a bucket.
   */
  #bucketOf(left: number, right: number): number {
    return Math.imul(Math.imul(left, 0x9e3779b1) ^ right ^ HASH_BASIS, 0x85ebca6b) >>> this.#shift
  }

  #link(pair: number): void {
    const bucket = this.#bucketOf(this.leftOf(pair), this.rightOf(pair))
    this.#facts[pair * FACTS + NEXT] = this.#firsts[bucket] ?? outside()
    this.#firsts[bucket] = pair + 1
  }

  /** Doubles the room. Every number must be in use. */
  #grow(): void {
    const pairs = this.#firsts.length
    this.#facts = grown(this.#facts, new Int32Array(2 * pairs * FACTS))
    this.#firsts = new Int32Array(2 * pairs)
    this.#shift--
    for (let pair = 0; pair < pairs; pair++) this.#link(pair)
  }
}
