/** Texts of one stream's span in a table that is emptied in O(1): by hash, compared byte by byte. Counts the distinct people of each. */
import { sameBytes } from "./Said.ts"

const FEWEST = 1 << 8

export class WordTable {
  /** Open addressing with linear probing: the round in which a place was taken; it is free in every other round. */
  #rounds = new Int32Array(FEWEST)
  #entries = new Int32Array(FEWEST)
  #round = 0
  count = 0
  hashes: Int32Array = new Int32Array(FEWEST)
  starts: Int32Array = new Int32Array(FEWEST)
  lengths: Int32Array = new Int32Array(FEWEST)
  /** Distinct people, and messages. */
  people: Int32Array = new Int32Array(FEWEST)
  messages: Int32Array = new Int32Array(FEWEST)
  #lastPerson = new Int32Array(FEWEST)
  readonly #bytes: Array<Uint8Array> = []

  /** Empties the table, with room for `most` entries. */
  clear(most: number): void {
    this.#round++
    this.count = 0
    this.#bytes.length = 0
    if (2 * most <= this.#entries.length) return
    const room = 2 ** Math.ceil(Math.log2(2 * most))
    this.#rounds = new Int32Array(room)
    this.#entries = new Int32Array(room)
    this.#round = 1
    this.hashes = new Int32Array(room)
    this.starts = new Int32Array(room)
    this.lengths = new Int32Array(room)
    this.people = new Int32Array(room)
    this.messages = new Int32Array(room)
    this.#lastPerson = new Int32Array(room)
  }

  bytesOf(entry: number): Uint8Array {
    const bytes = this.#bytes[entry]
    if (bytes === undefined) throw new RangeError(`the table has no entry ${entry}`)
    return bytes
  }

  /** Counts a text of a person; all texts of a person must come in a row. Returns its entry. */
  add(bytes: Uint8Array, start: number, length: number, hash: number, person: number): number {
    const entry = this.#entryOf(bytes, start, length, hash)
    this.messages[entry] = (this.messages[entry] ?? 0) + 1
    if (this.#lastPerson[entry] !== person) {
      this.#lastPerson[entry] = person
      this.people[entry] = (this.people[entry] ?? 0) + 1
    }
    return entry
  }

  #entryOf(bytes: Uint8Array, start: number, length: number, hash: number): number {
    const mask = this.#entries.length - 1
    for (let place = Math.imul(hash, 0x9e3779b1) & mask; ; place = (place + 1) & mask) {
      if (this.#rounds[place] !== this.#round) return this.#take(place, bytes, start, length, hash)
      const entry = this.#entries[place] ?? 0
      if (
        this.hashes[entry] === hash &&
        this.lengths[entry] === length &&
        sameBytes(this.bytesOf(entry), this.starts[entry] ?? 0, bytes, start, length)
      )
        return entry
    }
  }

  #take(place: number, bytes: Uint8Array, start: number, length: number, hash: number): number {
    const entry = this.count++
    this.#rounds[place] = this.#round
    this.#entries[place] = entry
    this.hashes[entry] = hash
    this.starts[entry] = start
    this.lengths[entry] = length
    this.people[entry] = 0
    this.messages[entry] = 0
    this.#lastPerson[entry] = -1
    this.#bytes.push(bytes)
    return entry
  }
}
