/**
 * The current token: its bytes as written and folded, in buffers of the same length. Folded = lower
 * case of ASCII, Latin-1 and Cyrillic letters, with ё as е; a typographic apostrophe counts as the
 * plain one. Lookups use parts of these buffers, so no message creates a string.
 */

/** Longer tokens are no words: no name or word of the lexicon is that long. */
export const LONGEST = 64

export const raw = new Uint8Array(LONGEST)
export const folded = new Uint8Array(LONGEST)

/** An element that exists by the caller's bounds. */
export const elementOf = (elements: Uint8Array | Uint16Array | Int16Array | Int32Array, at: number): number => {
  const element = elements[at]
  if (element === undefined) throw new RangeError(`Place ${at} lies outside of ${elements.length} elements`)
  return element
}

export const isLower = (byte: number): boolean => byte >= 0x61 && byte <= 0x7a
export const isUpper = (byte: number): boolean => byte >= 0x41 && byte <= 0x5a
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39

/** ASCII that is no letter, digit or white space. */
export const isPunctuation = (byte: number): boolean =>
  byte > 0x20 && byte < 0x7f && !isLower(byte | 0x20) && !isDigit(byte)

/** Lower case of an ASCII byte; the others as they are. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (isUpper(byte) ? byte | 0x20 : byte))

/** One more byte of a key. */
export const mix = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0

/** The hash of the folded bytes in [start, end). */
export const hashOf = (start: number, end: number): number => {
  let hash = 0
  for (let at = start; at < end; at++) hash = mix(hash, elementOf(folded, at))
  return hash
}

const APOSTROPHE = 0x27

/**
 * The second byte of the capitals of Latin-1 (after C3) and Cyrillic (after D0) moves so far to
 * that of the small letter.
 */
const foldPair = (at: number): void => {
  const lead = elementOf(raw, at)
  const trail = elementOf(raw, at + 1)
  folded[at] = lead
  folded[at + 1] = trail
  if (lead === 0xc3 && trail >= 0x80 && trail <= 0x9e && trail !== 0x97) folded[at + 1] = trail + 0x20
  else if (lead === 0xd0 && trail >= 0x90 && trail <= 0x9f) folded[at + 1] = trail + 0x20
  else if (lead === 0xd0 && trail >= 0xa0 && trail <= 0xaf) {
    folded[at] = 0xd1
    folded[at + 1] = trail - 0x20
  } else if ((lead === 0xd0 && trail === 0x81) || (lead === 0xd1 && trail === 0x91)) {
    folded[at] = 0xd0
    folded[at + 1] = 0xb5
  }
}

/** Length in bytes of the well-formed code point that begins with the byte. */
export const lengthOf = (lead: number): number => (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)

/**
 * Appends the code point at `at` of the text to the token of `length` bytes. Returns the new
 * length; the old one if it does not fit.
 */
export const append = (length: number, bytes: Uint8Array, at: number): number => {
  const lead = elementOf(bytes, at)
  if (lead < 0x80) {
    if (length === LONGEST) return length
    raw[length] = lead
    folded[length] = elementOf(LOWER, lead)
    return length + 1
  }
  // ’
  if (lead === 0xe2 && bytes[at + 1] === 0x80 && bytes[at + 2] === 0x99) {
    if (length === LONGEST) return length
    raw[length] = APOSTROPHE
    folded[length] = APOSTROPHE
    return length + 1
  }
  const size = lengthOf(lead)
  if (length + size > LONGEST) return length
  for (let n = 0; n < size; n++) folded[length + n] = raw[length + n] = elementOf(bytes, at + n)
  if (size === 2) foldPair(length)
  return length + size
}

/**
 * Makes the name in [start, end) the token: its characters within the first LONGEST bytes. Returns
 * the token's length.
 */
export const fill = (bytes: Uint8Array, start: number, end: number): number => {
  const limit = Math.min(end, start + LONGEST)
  let length = 0
  let at = start
  while (at < limit) {
    const next: number = at + lengthOf(elementOf(bytes, at))
    if (next > limit) break
    length = append(length, bytes, at)
    at = next
  }
  return length
}
