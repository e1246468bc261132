/**
 * The words in the streams of one input, as numbers from 0 on. Words are the same if their compared
 * forms have the same bytes (Compared.ts). The compared form of a spelling is computed once. A
 * word's number is that of the spelling that equals its compared form. No spelling gives the name
 * of a class.
 */
import {
  type EventColumns,
  WORD as WORD_ROW,
  WORD_BEFORE,
  WORD_END,
  WORD_HASH as SPELLING_HASH,
  WORD_LAST,
  WORD_START
} from "../domain/EventColumns.ts"
import { grown } from "../domain/Columns.ts"
import { HASH_BASIS } from "../domain/Hash.ts"
import { outside, present } from "../domain/Invariant.ts"
import { textOf, type Utf8, utf8Of } from "../domain/Utf8.ts"
import { writeWord } from "../domain/Words.ts"
import { CLASS_OF, LAUGHTER } from "./Classes.ts"
import { comparedForm, isCompared, isLaughter } from "./Compared.ts"
import { HashIndex } from "./HashIndex.ts"

/**
 * Numbers of a spelling: its last four bytes and the four before, as in Hash.ts, its length, and
 * the start of its bytes. Then its word, the word's class (-1 = none), and the hash of the word.
 */
const LAST = 0
const BEFORE = 1
const LENGTH = 2
const START = 3
const WORD = 4
const CLASS = 5
const WORD_HASH = 6
const SPELLING = 8

const SPACE = 0x20

export class Vocabulary {
  readonly #index = new HashIndex()
  #spellings = new Int32Array(SPELLING * 512)
  #bytes = new Uint8Array(4096)
  #byteCount = 0
  /** By word, of those that were needed. */
  readonly #texts: Array<string | undefined> = []
  /** Numbers below it are classes. */
  readonly #classes: number
  readonly #laughter: number

  constructor() {
    const classes = new Map<string, number>()
    for (const name of CLASS_OF.values()) if (!classes.has(name)) classes.set(name, this.#addClass(name))
    this.#classes = classes.size
    this.#laughter = present(classes.get(LAUGHTER), "laughter is a class")
    for (const [word, name] of CLASS_OF) {
      this.#spellings[SPELLING * this.#wordAt(utf8Of(word)) + CLASS] = present(
        classes.get(name),
        "every class has a number"
      )
    }
  }

  /** How many spellings there are: all numbers are below it. */
  get count(): number {
    return this.#index.count
  }

  /** Bytes of all spellings. */
  get byteCount(): number {
    return this.#byteCount
  }

  /** The spelling in a row of the columns' words, a new one if it is not known. */
  spellingOf({ bytes, words }: EventColumns, row: number): number {
    return this.#spelling(bytes, words, WORD_ROW * row)
  }

  wordOf(spelling: number): number {
    return this.#spellings[SPELLING * spelling + WORD] ?? outside()
  }

  /** The class of the spelling's word, as a word; -1 = none. */
  classOf(spelling: number): number {
    return this.#spellings[SPELLING * spelling + CLASS] ?? outside()
  }

  /** A hash of the spelling's word: the same for all its spellings. */
  wordHashOf(spelling: number): number {
    return this.#spellings[SPELLING * spelling + WORD_HASH] ?? outside()
  }

  isClass(word: number): boolean {
    return word < this.#classes
  }

  utf8Of(word: number): Utf8 {
    const start = this.#startOf(word)
    return { bytes: this.#bytes, start, end: start + this.#lengthOf(word) }
  }

  textOf(word: number): string {
    return (this.#texts[word] ??= textOf(this.utf8Of(word)))
  }

  /** Order of bytes; a text comes before its extensions. */
  compare(a: number, b: number): number {
    const aStart = this.#startOf(a)
    const bStart = this.#startOf(b)
    const length = Math.min(this.#lengthOf(a), this.#lengthOf(b))
    for (let at = 0; at < length; at++) {
      const difference = (this.#bytes[aStart + at] ?? outside()) - (this.#bytes[bStart + at] ?? outside())
      if (difference !== 0) return difference
    }
    return this.#lengthOf(a) - this.#lengthOf(b)
  }

  /** The number of a word of another vocabulary in this one. */
  numberFrom(other: Vocabulary, word: number): number {
    if (this.isClass(word)) return word
    return this.#wordAt(other.utf8Of(word))
  }

  #startOf(spelling: number): number {
    return this.#spellings[SPELLING * spelling + START] ?? outside()
  }

  #lengthOf(spelling: number): number {
    return this.#spellings[SPELLING * spelling + LENGTH] ?? outside()
  }

  /** Whether the bytes but the last eight are those from `start` on. */
  #beginsWith(spelling: number, bytes: Uint8Array, start: number): boolean {
    const own = this.utf8Of(spelling)
    for (let at = own.start; at < own.end - 8; at++) {
      if (own.bytes[at] !== bytes[start + at - own.start]) return false
    }
    return true
  }

  /** The word that is spelled by the bytes. None of them is SPACE or below. */
  #wordAt({ bytes, end, start }: Utf8): number {
    const row = new Int32Array(WORD_ROW)
    writeWord(bytes, start, end, row, 0)
    return this.wordOf(this.#spelling(bytes, row, 0))
  }

  /** The spelling that is described at `at` of `words`, as in EventColumns.ts. */
  #spelling(bytes: Uint8Array, words: Int32Array, at: number): number {
    const start = words[at + WORD_START] ?? outside()
    const length = (words[at + WORD_END] ?? outside()) - start
    const hash = words[at + SPELLING_HASH] ?? outside()
    const last = words[at + WORD_LAST] ?? outside()
    const before = words[at + WORD_BEFORE] ?? outside()
    for (let spelling = this.#index.first(hash); spelling >= 0; spelling = this.#index.next()) {
      const known = SPELLING * spelling
      if (
        this.#spellings[known + LAST] === last &&
        this.#spellings[known + BEFORE] === before &&
        this.#spellings[known + LENGTH] === length &&
        (length <= 8 || this.#beginsWith(spelling, bytes, start))
      )
        return spelling
    }
    return this.#learn(bytes, words, at)
  }

  /** Adds the spelling at `at` of `words`, which was sought last. */
  #learn(bytes: Uint8Array, words: Int32Array, at: number): number {
    const start = words[at + WORD_START] ?? outside()
    const end = words[at + WORD_END] ?? outside()
    const spelling = this.#add(bytes, start, end)
    const isForm = isCompared(bytes, start, end)
    const word = isForm ? spelling : this.#wordAt(comparedForm(bytes, start, end))
    const ofClass = isLaughter(bytes, start, end) ? this.#laughter : -1
    const learned = SPELLING * spelling
    this.#spellings[learned + LAST] = words[at + WORD_LAST] ?? outside()
    this.#spellings[learned + BEFORE] = words[at + WORD_BEFORE] ?? outside()
    this.#spellings[learned + WORD] = word
    this.#spellings[learned + CLASS] = isForm ? ofClass : this.classOf(word)
    this.#spellings[learned + WORD_HASH] = isForm ? (words[at + SPELLING_HASH] ?? outside()) : this.wordHashOf(word)
    return spelling
  }

  /** Nothing that is read is found to be a class: no spelling holds a blank. */
  #addClass(name: string): number {
    const { bytes, end, start } = utf8Of(name)
    this.#index.first(HASH_BASIS)
    const word = this.#add(bytes, start, end)
    this.#spellings[SPELLING * word + LAST] = SPACE
    return word
  }

  #add(bytes: Uint8Array, start: number, end: number): number {
    const spelling = this.#index.take()
    this.#texts.push(undefined)
    if (SPELLING * spelling === this.#spellings.length)
      this.#spellings = grown(this.#spellings, new Int32Array(2 * this.#spellings.length))
    const to = this.#byteCount
    this.#byteCount += end - start
    if (this.#byteCount > this.#bytes.length) this.#bytes = grown(this.#bytes, new Uint8Array(2 * this.#byteCount))
    for (let at = start; at < end; at++) this.#bytes[to + at - start] = bytes[at] ?? outside()
    this.#spellings[SPELLING * spelling + START] = to
    this.#spellings[SPELLING * spelling + LENGTH] = end - start
    return spelling
  }
}
