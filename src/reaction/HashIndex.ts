/**
 * Numbers by hash, from 0 on, in open addressing with linear probing. The caller compares what the
 * numbers stand for:
 *
 *     let number = index.first(hash)
 *     while (number >= 0 && !isSame(number)) number = index.next()
 *     if (number < 0) number = index.take()
 */
import { outside } from "../domain/Invariant.ts"

const FEWEST = 1 << 4
/** Numbers of a place. */
const NUMBER = 0
const HASH = 1
const PLACE = 2
/** The places are wiped before numbers of all rounds would exceed it. */
const MOST_ROUNDS = 2 ** 30

export class HashIndex {
  /** A place holds a number of this round, and {@link #base}; a smaller number = free. */
  #places = new Int32Array(PLACE * FEWEST)
  #base = 1
  /**
   * The upper bits of a hash choose the place. A small round uses few of the places, so that it
   * stays in few lines of the cache.
   */
  #shift = 28
  #mask = FEWEST - 1
  #place = 0
  #hash = 0
  /** All numbers are below it. */
  count = 0

  /** Forgets all numbers. O(1). `expected`: how many will be taken; more may be. */
  clear(expected: number): void {
    this.#base += this.count
    this.count = 0
    const bits = 32 - Math.clz32(Math.max(4 * expected, FEWEST) - 1)
    if (PLACE * 2 ** bits > this.#places.length) {
      this.#places = new Int32Array(PLACE * 2 ** bits)
      this.#base = 1
    } else if (this.#base > MOST_ROUNDS) {
      this.#places.fill(0)
      this.#base = 1
    }
    this.#shift = 32 - bits
    this.#mask = 2 ** bits - 1
  }

  /** The first number of the hash; -1 if there is none. */
  first(hash: number): number {
    this.#hash = hash
    this.#place = hash >>> this.#shift
    return this.#probe()
  }

  /** The next number of the same hash; -1 if there is none. */
  next(): number {
    this.#place = (this.#place + 1) & this.#mask
    return this.#probe()
  }

  /** A new number for the hash, after -1. */
  take(): number {
    const number = this.count++
    this.#write(this.#place, this.#base + number, this.#hash)
    if (4 * this.count > this.#mask) this.#grow()
    return number
  }

  /** A number that is less than the base is of an earlier round: its place is free. */
  #probe(): number {
    const places = this.#places
    const mask = this.#mask
    const base = this.#base
    const hash = this.#hash
    let place = this.#place
    for (; ; place = (place + 1) & mask) {
      const number = (places[PLACE * place + NUMBER] ?? outside()) - base
      if (number >= 0 && places[PLACE * place + HASH] !== hash) continue
      this.#place = place
      return Math.max(number, -1)
    }
  }

  #write(place: number, number: number, hash: number): void {
    this.#places[PLACE * place + NUMBER] = number
    this.#places[PLACE * place + HASH] = hash
  }

  #grow(): void {
    const before = this.#places
    const size = this.#mask + 1
    this.#places = new Int32Array(2 * PLACE * size)
    this.#shift--
    this.#mask = 2 * size - 1
    for (let at = 0; at < PLACE * size; at += PLACE) {
      const number = before[at + NUMBER] ?? outside()
      if (number < this.#base) continue
      const hash = before[at + HASH] ?? outside()
      let place = hash >>> this.#shift
      while ((this.#places[PLACE * place + NUMBER] ?? outside()) >= this.#base) place = (place + 1) & this.#mask
      this.#write(place, number, hash)
    }
  }
}
