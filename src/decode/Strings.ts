/**
 * Caches strings by their bytes, so that a repeated name is created once. Maps then find the name
 * by identity, and its hash is known. The cache has a fixed size and one place for each hash: a
 * collision only costs time.
 */
import { outside } from "../domain/Invariant.ts"

export class Strings {
  readonly #strings: Array<string | undefined>
  /** The bytes of each, and how many they are. */
  readonly #bytes: Uint8Array
  readonly #lengths: Uint8Array
  readonly #mask: number

  /** Room for 2^`bits` strings. */
  constructor(bits: number) {
    const size = 1 << bits
    this.#mask = size - 1
    this.#strings = Array.from({ length: size }, () => undefined)
    this.#bytes = new Uint8Array(size * LONGEST)
    this.#lengths = new Uint8Array(size)
  }

  /** The string of the ASCII bytes in [start, end). */
  get(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length > LONGEST) return asciiOf(bytes, start, end)
    let hash = length
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? outside())) | 0
    // The upper bits hold what the last characters, which differ most, don't reach.
    const place = (hash ^ (hash >>> 15)) & this.#mask
    const base = place * LONGEST
    const known = this.#strings[place]
    if (known !== undefined && this.#lengths[place] === length) {
      let n = 0
      while (n < length && this.#bytes[base + n] === bytes[start + n]) n++
      if (n === length) return known
    }
    const made = asciiOf(bytes, start, end)
    this.#strings[place] = made
    this.#lengths[place] = length
    for (let n = 0; n < length; n++) this.#bytes[base + n] = bytes[start + n] ?? outside()
    return made
  }
}

/** Longer strings are created each time. */
const LONGEST = 32

const asciiOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1")
