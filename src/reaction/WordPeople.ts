/**
 * How many people use each word of a stream. Words of the vocabulary have numbers from 0 on here,
 * so that the counts of a stream are close together.
 */
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { HashIndex } from "./HashIndex.ts"
import { leaderOf } from "./Leader.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/** Spreads the words' numbers, which are small: odd, 2^32 / phi. Distinct words differ in hash. */
const SPREAD = 0x9e3779b1

/** Visits of all rounds are numbered on, up to here. */
const MOST_VISITS = 2 ** 30

export class WordPeople {
  readonly #index = new HashIndex()
  /** By number: the word, its people, and the visit that counted it last. */
  #words = new Int32Array(64)
  #people = new Int32Array(64)
  #visits = new Int32Array(64)
  #visit = 0

  /** Forgets all words. O(1). `expected`: how many will come; more may. */
  clear(expected: number): void {
    this.#index.clear(expected)
    if (this.#visit < MOST_VISITS) return
    this.#visits.fill(0)
    this.#visit = 0
  }

  /** The number of a word, a new one if it is not known. */
  numberOf(word: number): number {
    const known = this.#index.first(Math.imul(word, SPREAD))
    return known >= 0 ? known : this.#add(word)
  }

  /** Begins a visit to a person: it counts each word once. */
  visit(): void {
    this.#visit++
  }

  /** The person of the visit begins (1) or ceases (-1) to use a word. */
  count(number: number, change: number): void {
    if (this.#visits[number] === this.#visit) return
    this.#visits[number] = this.#visit
    this.#people[number] = (this.#people[number] ?? outside()) + change
  }

  /** The word that most people share, at least two; -1 if there is none. */
  shared(vocabulary: Vocabulary): number {
    return leaderOf(this.#people, this.#index.count, (a, b) => vocabulary.compare(this.wordOf(a), this.wordOf(b)))
  }

  wordOf(number: number): number {
    return this.#words[number] ?? outside()
  }

  peopleOf(number: number): number {
    return this.#people[number] ?? outside()
  }

  /** Adds the word that was sought last. */
  #add(word: number): number {
    const number = this.#index.take()
    if (number === this.#words.length) {
      this.#words = grown(this.#words, new Int32Array(2 * number))
      this.#people = grown(this.#people, new Int32Array(2 * number))
      this.#visits = grown(this.#visits, new Int32Array(2 * number))
    }
    this.#words[number] = word
    this.#people[number] = 0
    return number
  }
}
