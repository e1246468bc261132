/**
 * The words in the streams of one input, as numbers from 0 on. Words are the same if their compared
 * forms have the same bytes (Compared.ts). The compared form of a spelling is computed once. A
 * word's number is that of the spelling that equals its compared form. No spelling gives the name
 * of a class.
 */
import { outside, present } from "../domain/Invariant.ts"
import { textOf, type Utf8, utf8Of } from "../domain/Utf8.ts"
import { CLASS_OF, LAUGHTER } from "./Classes.ts"
import { comparedForm, isCompared, isLaughter } from "./Compared.ts"
import { HASH_BASIS, HashIndex, hashOfEight, mixed } from "./HashIndex.ts"

/**
 * Numbers of a spelling: its last four bytes, the four before, its length, and the start of its
 * bytes. Then its word, the word's class (-1 = none), and a hash of the word.
 */
const FOUR = 0
const EIGHT = 1
const LENGTH = 2
const START = 3
const WORD = 4
const CLASS = 5
const WORD_HASH = 6
const SPELLING = 8

const SPACE = 0x20

const longer = <A extends Int32Array | Uint8Array>(from: A, to: A): A => {
  to.set(from)
  return to
}

export class Vocabulary {
  readonly #index = new HashIndex()
  #spellings = new Int32Array(SPELLING * 512)
  #bytes = new Uint8Array(4096)
  #byteCount = 0
  /** By word, of those that were needed. */
  readonly #texts: Array<string | undefined> = []
  /** Numbers below it are classes. */
  readonly #classes: number
  /** Where the spelling ends that was read last. */
  end = 0

  readonly #laughter: number

  constructor() {
    const classes = new Map<string, number>()
    for (const name of CLASS_OF.values()) if (!classes.has(name)) classes.set(name, this.#addClass(name))
    this.#classes = classes.size
    this.#laughter = present(classes.get(LAUGHTER), "laughter is a class")
    for (const [word, name] of CLASS_OF) {
      const { bytes, end, start } = utf8Of(word)
      const spelling = this.read(bytes, start, end)
      this.#spellings[SPELLING * this.wordOf(spelling) + CLASS] = present(classes.get(name), "every class has a number")
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

  /**
   * The spelling of the next word in [from, to), which ends at {@link end}; -1 = there is none.
   * O(its bytes).
   */
  read(bytes: Uint8Array, from: number, to: number): number {
    let start = from
    while (start < to && (bytes[start] ?? outside()) <= SPACE) start++
    if (start === to) return -1
    let at = start
    let four = 0
    let eight = 0
    for (; at < to; at++) {
      const code = bytes[at] ?? outside()
      if (code <= SPACE) break
      eight = (eight << 8) | (four >>> 24)
      four = (four << 8) | code
    }
    let hash = hashOfEight(four, eight)
    for (let before = at - 9; before >= start; before--) hash = mixed(hash, bytes[before] ?? outside())
    this.end = at
    for (let spelling = this.#index.first(hash); spelling >= 0; spelling = this.#index.next()) {
      const known = SPELLING * spelling
      if (
        this.#spellings[known + FOUR] === four &&
        this.#spellings[known + EIGHT] === eight &&
        this.#spellings[known + LENGTH] === at - start &&
        (at - start <= 8 || this.#beginsWith(spelling, bytes, start))
      )
        return spelling
    }
    return this.#learn(bytes, start, hash, four, eight)
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
    const { bytes, end, start } = other.utf8Of(word)
    return this.wordOf(this.read(bytes, start, end))
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

  /** Adds the spelling that was sought last and that begins at `start`. */
  #learn(bytes: Uint8Array, start: number, hash: number, four: number, eight: number): number {
    const { end } = this
    const spelling = this.#add(bytes, start, end)
    const isForm = isCompared(bytes, start, end)
    const word = isForm ? spelling : this.#formOf(bytes, start, end)
    const ofClass = isLaughter(bytes, start, end) ? this.#laughter : -1
    const at = SPELLING * spelling
    this.#spellings[at + FOUR] = four
    this.#spellings[at + EIGHT] = eight
    this.#spellings[at + WORD] = word
    this.#spellings[at + CLASS] = isForm ? ofClass : this.classOf(word)
    this.#spellings[at + WORD_HASH] = isForm ? hash : this.wordHashOf(word)
    return spelling
  }

  #formOf(bytes: Uint8Array, start: number, end: number): number {
    const form = comparedForm(bytes, start, end)
    const word = this.read(form, 0, form.length)
    this.end = end
    return word
  }

  /** Nothing that is read is found to be a class: no spelling holds a blank. */
  #addClass(name: string): number {
    const { bytes, end, start } = utf8Of(name)
    this.#index.first(HASH_BASIS)
    const word = this.#add(bytes, start, end)
    this.#spellings[SPELLING * word + FOUR] = SPACE
    return word
  }

  #add(bytes: Uint8Array, start: number, end: number): number {
    const spelling = this.#index.take()
    this.#texts.push(undefined)
    if (SPELLING * spelling === this.#spellings.length)
      this.#spellings = longer(this.#spellings, new Int32Array(2 * this.#spellings.length))
    const to = this.#byteCount
    this.#byteCount += end - start
    if (this.#byteCount > this.#bytes.length) this.#bytes = longer(this.#bytes, new Uint8Array(2 * this.#byteCount))
    for (let at = start; at < end; at++) this.#bytes[to + at - start] = bytes[at] ?? outside()
    this.#spellings[SPELLING * spelling + START] = to
    this.#spellings[SPELLING * spelling + LENGTH] = end - start
    return spelling
  }
}
