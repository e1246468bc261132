/**
 * Counts the people who use each word of a stream. Words get numbers of their own here, from
 * 0 on, so that the counts of a stream lie close together in memory.
 */
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { HashIndex } from "./HashIndex.ts"
import { Leaders } from "./Leaders.ts"
import type { Vocabulary } from "./Vocabulary.ts"

/**
 * Hashes a word's number, which is small, by multiplication with 2^32 / phi. The factor is odd, so
 * distinct words have distinct hashes.
 */
const SPREAD = 0x9e3779b1

/** The greatest number of a visit. {@link WordPeople.clear} then starts again at 0. */
const MOST_VISITS = 2 ** 30

export class WordPeople {
  readonly #index = new HashIndex()
  /** By number: the word, how many people use it, and the visit that counted it last. */
  #words = new Int32Array(64)
  #people = new Int32Array(64)
  #visits = new Int32Array(64)
  #visit = 0
  readonly #leaders = new Leaders()

  /** Forgets all words. O(1). `expected`: how many words are likely to be added. */
  clear(expected: number): void {
    this.#index.clear(expected)
    if (this.#visit < MOST_VISITS) return
    this.#visits.fill(0)
    this.#visit = 0
  }

  /** Returns the number of a word. Adds the word if it is not known. */
  numberOf(word: number): number {
    const known = this.#index.first(Math.imul(word, SPREAD))
    return known >= 0 ? known : this.#add(word)
  }

  /** Begins a visit to a person. A visit counts each word at most once. */
  visit(): void {
    this.#visit++
  }

  /** Adds the person of this visit to a word's people (1), or removes them (-1). */
  count(number: number, change: number): void {
    if (this.#visits[number] === this.#visit) return
    this.#visits[number] = this.#visit
    this.#people[number] = (this.#people[number] ?? outside()) + change
  }

  /** The number of the word that most people use; -1 if no word has two people. */
  shared(vocabulary: Vocabulary): number {
    const leaders = this.#leaders.of(this.#people, this.#index.count)
    return leaders.first((a, b) => vocabulary.compare(this.wordOf(a), this.wordOf(b)))
  }

  wordOf(number: number): number {
    return this.#words[number] ?? outside()
  }

  peopleOf(number: number): number {
    return this.#people[number] ?? outside()
  }

  /** Adds the word that the index searched for last. */
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
