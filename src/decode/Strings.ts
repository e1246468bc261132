/**
 * Strings by their bytes: names that come again and again are made once, and the maps that they are looked up in find them by identity, their hash known. A cache of fixed size with one place
 * for each hash: what two names share is only work.
 */
export class Strings {
  readonly #strings: Array<string | undefined>
  readonly #mask: number

  /** Room for 2^`bits` strings. */
  constructor(bits: number) {
    this.#mask = (1 << bits) - 1
    this.#strings = Array.from({ length: 1 << bits }, () => undefined)
  }

  /** The string of the ASCII bytes in [start, end). */
  get(bytes: Buffer, start: number, end: number): string {
    let hash = 0
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0
    // the upper bits hold what the last characters, which differ most, don't reach
    const place = (hash ^ (hash >>> 15)) & this.#mask
    const known = this.#strings[place]
    if (known !== undefined && isText(known, bytes, start, end)) return known
    const made = bytes.toString("latin1", start, end)
    this.#strings[place] = made
    return made
  }
}

const isText = (text: string, bytes: Buffer, start: number, end: number): boolean => {
  if (text.length !== end - start) return false
  for (let at = start; at < end; at++) if (text.charCodeAt(at - start) !== bytes[at]) return false
  return true
}
