/**
 * Stateless pseudorandom numbers: each is a function of its seed.
 *
 * The mixing is the 32-bit finalizer of MurmurHash3 (Austin Appleby, public domain). A sequence is
 * SplitMix's (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014): a
 * counter in steps of the golden ratio, mixed.
 */

/** 2^32 divided by the golden ratio: multiples of it fill 32 bits as evenly as possible. */
const GOLDEN = 0x9e3779b9
const TWO_32 = 4294967296

/**
 * MurmurHash3's finalizer: every bit of the input changes half of the output's. A signed 32-bit
 * integer.
 */
const mix = (value: number): number => {
  let h = value | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Mixes one more integer (its low 32 bits) into a hash. */
export const combine = (hash: number, value: number): number => mix((mix(hash) ^ value) + GOLDEN)

/** The hash of a few integers; the order matters. A signed 32-bit integer. */
export const hash = (...values: ReadonlyArray<number>): number => {
  let h = 0
  for (const value of values) h = combine(h, value)
  return h
}

/** A hash as a number from 0 (closed) to 1 (open). */
export const toUnit = (hash: number): number => (hash >>> 0) / TWO_32

/** A hash as an index from 0 (closed) to `size` (open). */
export const toIndex = (hash: number, size: number): number => Math.floor(toUnit(hash) * size)

/** A sequence of pseudorandom numbers: the same seed gives the same sequence. */
export class Draws {
  #state: number

  constructor(seed: number) {
    this.#state = seed | 0
  }

  /** Starts another sequence in the same object, which saves an allocation per record. */
  restart(seed: number): this {
    this.#state = seed | 0
    return this
  }

  /** From 0 (closed) to 1 (open). */
  unit(): number {
    this.#state = (this.#state + GOLDEN) | 0
    return toUnit(mix(this.#state))
  }

  /** An integer from 0 (closed) to `size` (open). */
  below(size: number): number {
    return Math.floor(this.unit() * size)
  }

  /** An integer from `least` to `most`, both closed. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True in a `share` (0 to 1) of all cases. */
  chance(share: number): boolean {
    return this.unit() < share
  }
}
