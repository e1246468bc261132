/**
 * Assigns numbers to texts, from 0 on. A dropped text's number is reused, so columns by number are
 * as long as the most texts at a time. A hash table in columns: texts are bytes, and become strings
 * only when they are read.
 */
import { grown } from "../domain/Columns.ts"
import { invariant, outside } from "../domain/Invariant.ts"
import { textOf } from "../domain/Utf8.ts"

const FEWEST = 1 << 4
const BYTES_PER_TEXT = 12

/** Numbers of a place: the text's number and 1, 0 = free; its hash. */
const NUMBER = 0
const HASH = 1
const PLACE = 2

/** Numbers of a text: the start of its bytes, which may take more than 2^31, and their count. */
const START = 0
const LENGTH = 1
const TEXT = 2

export class Names {
  /**
   * Open addressing with linear probing, twice as many places as there is room for texts. The upper
   * bits of a hash choose the place.
   */
  #places = new Int32Array(2 * PLACE * FEWEST)
  #mask = 2 * FEWEST - 1
  #shift = 32 - Math.log2(2 * FEWEST)
  /** By number. */
  #texts = new Float64Array(TEXT * FEWEST)
  #hashes = new Int32Array(FEWEST)
  /** By number: the text as a string, once it was read. */
  readonly #strings: Array<string | undefined> = []
  #bytes = new Uint8Array(BYTES_PER_TEXT * FEWEST)
  #byteCount = 0
  /** Bytes of dropped texts among them. */
  #unusedBytes = 0
  readonly #free: Array<number> = []

  /** How many texts have a number. */
  get size(): number {
    return this.#strings.length - this.#free.length
  }

  /** All numbers are below it. */
  get end(): number {
    return this.#strings.length
  }

  /** The number of the text in [start, end), which has the hash; -1 if it has none. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const places = this.#places
    for (let place = hash >>> this.#shift; ; place = (place + 1) & this.#mask) {
      const number = (places[PLACE * place + NUMBER] ?? outside()) - 1
      if (number < 0) return -1
      if (places[PLACE * place + HASH] === hash && this.#is(number, bytes, start, end)) return number
    }
  }

  /** A number for a text that has none. */
  add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const number = this.#free.pop() ?? this.#strings.push(undefined) - 1
    if (number === this.#hashes.length) this.#grow()
    if (this.#byteCount + end - start > this.#bytes.length) this.#makeRoom(end - start)
    this.#hashes[number] = hash
    this.#texts[TEXT * number + START] = this.#byteCount
    this.#texts[TEXT * number + LENGTH] = end - start
    for (let at = start; at < end; at++) this.#bytes[this.#byteCount++] = bytes[at] ?? outside()
    this.#put(number, hash)
    return number
  }

  textOf(number: number): string {
    return (this.#strings[number] ??= this.#read(number))
  }

  /** Releases a number for reuse. */
  drop(number: number): void {
    this.#free.push(number)
    this.#strings[number] = undefined
    this.#unusedBytes += this.#lengthOf(number)
    this.#texts[TEXT * number + LENGTH] = 0
    this.#clear(this.#placeOf(number))
  }

  #read(number: number): string {
    const start = this.#startOf(number)
    return textOf({ bytes: this.#bytes, start, end: start + this.#lengthOf(number) })
  }

  #startOf(number: number): number {
    return this.#texts[TEXT * number + START] ?? outside()
  }

  #lengthOf(number: number): number {
    return this.#texts[TEXT * number + LENGTH] ?? outside()
  }

  #is(number: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengthOf(number) !== end - start) return false
    const own = this.#bytes
    let at = this.#startOf(number)
    for (let other = start; other < end; other++) if (own[at++] !== bytes[other]) return false
    return true
  }

  /** Puts a number into the first free place from that of its hash on. */
  #put(number: number, hash: number): void {
    let place = hash >>> this.#shift
    while (this.#places[PLACE * place + NUMBER] !== 0) place = (place + 1) & this.#mask
    this.#places[PLACE * place + NUMBER] = number + 1
    this.#places[PLACE * place + HASH] = hash
  }

  #placeOf(number: number): number {
    let place = (this.#hashes[number] ?? outside()) >>> this.#shift
    while (this.#places[PLACE * place + NUMBER] !== number + 1) {
      invariant(this.#places[PLACE * place + NUMBER] !== 0, "a number has a place")
      place = (place + 1) & this.#mask
    }
    return place
  }

  /**
   * Frees a place. The numbers behind it move up, unless they would come before the place of their
   * hash.
   */
  #clear(place: number): void {
    const places = this.#places
    let free = place
    for (let next = (free + 1) & this.#mask; places[PLACE * next + NUMBER] !== 0; next = (next + 1) & this.#mask) {
      const first = (places[PLACE * next + HASH] ?? outside()) >>> this.#shift
      // Its first place is behind the free one, so the free one is not on its way.
      if (((next - first) & this.#mask) < ((next - free) & this.#mask)) continue
      places[PLACE * free + NUMBER] = places[PLACE * next + NUMBER] ?? outside()
      places[PLACE * free + HASH] = places[PLACE * next + HASH] ?? outside()
      free = next
    }
    places[PLACE * free + NUMBER] = 0
  }

  /** Only when every number is in use but the last, which is new. */
  #grow(): void {
    const numbers = this.#hashes.length
    this.#hashes = grown(this.#hashes, new Int32Array(2 * numbers))
    this.#texts = grown(this.#texts, new Float64Array(2 * TEXT * numbers))
    this.#places = new Int32Array(4 * PLACE * numbers)
    this.#mask = 4 * numbers - 1
    this.#shift--
    for (let number = 0; number < numbers; number++) this.#put(number, this.#hashes[number] ?? outside())
  }

  /** Drops the bytes of dropped texts, and doubles the capacity for the rest and `length` more. */
  #makeRoom(length: number): void {
    const used = this.#byteCount - this.#unusedBytes
    const before = this.#bytes
    const bytes = new Uint8Array(2 * (used + length))
    let to = 0
    for (let number = 0; number < this.end; number++) {
      const start = this.#startOf(number)
      const end = start + this.#lengthOf(number)
      this.#texts[TEXT * number + START] = to
      for (let at = start; at < end; at++) bytes[to++] = before[at] ?? outside()
    }
    this.#bytes = bytes
    this.#byteCount = used
    this.#unusedBytes = 0
  }
}
