/**
 * Words that are drawn out (goooood, nooooo), and laughter of any length (hahahaha, kkkkkk,
 * хахаха).
 */
import { outside } from "../domain/Invariant.ts"
import { entryOf, findToken, NONE } from "./Lexicon.ts"
import { elementOf, folded, lengthOf, LONGEST, raw } from "./Token.ts"

/** So many equal letters in a row draw a word out. */
const RUN = 3

const isSameLetter = (a: number, b: number, size: number): boolean => {
  for (let n = 0; n < size; n++) if (folded[a + n] !== folded[b + n]) return false
  return true
}

/**
 * Shortens runs of RUN or more letters in [0, length) of the token to `keep` letters. Returns the
 * new length.
 */
const shorten = (length: number, keep: number): number => {
  let to = 0
  for (let at = 0; at < length;) {
    const size = lengthOf(elementOf(folded, at))
    let next = at + size
    while (next < length && isSameLetter(at, next, size)) next += size
    const letters = (next - at) / size
    const kept = letters >= RUN ? keep : letters
    for (let n = 0; n < kept * size; n++) {
      folded[to + n] = elementOf(folded, at + n)
      raw[to + n] = elementOf(raw, at + n)
    }
    to += kept * size
    at = next
  }
  return to
}

const LAUGH = entryOf("haha")

/** A letter of one or two bytes as a number; other code points as 0. */
const letterAt = (at: number): number => {
  const lead = elementOf(folded, at)
  if (lead < 0x80) return lead
  return lengthOf(lead) === 2 ? (lead << 8) | elementOf(folded, at + 1) : 0
}

/** The same of a letter as text. */
const letterOf = (letter: string): number =>
  new TextEncoder().encode(letter).reduce((number, byte) => (number << 8) | byte, 0)

const keyOf = (a: number, b: number): number => Math.min(a, b) * 0x1_0000 + Math.max(a, b)

/** Pairs of letters that laugh in any order, and letters that laugh when repeated. */
const LAUGHS: ReadonlySet<number> = new Set(
  "ah eh hi hu aj ej ij ak lo lu dx rs ek ax ах ех их kk ww хх".split(" ").map((pair) => {
    const [first, second] = [...pair].map(letterOf)
    return keyOf(first ?? outside(), second ?? outside())
  })
)

/** Whether [start, end) of the token is four or more letters, of one or two kinds that laugh. */
const isLaughter = (start: number, end: number): boolean => {
  const first = letterAt(start)
  let second = first
  let letters = 0
  for (let at = start; at < end; at += lengthOf(elementOf(folded, at))) {
    const letter = letterAt(at)
    letters++
    if (letter === first || letter === second) continue
    if (second !== first) return false
    second = letter
  }
  return letters >= 4 && LAUGHS.has(keyOf(first, second))
}

/** The entry of the laughter in [start, end) of the token; NONE if it is none. */
export const laughterOf = (start: number, end: number): number => (isLaughter(start, end) ? LAUGH : NONE)

/**
 * Whether [start, end) of the token has three equal letters in a row. Comparing bytes suffices for
 * letters of one byte; longer ones may be drawn out.
 */
const isDrawnOut = (start: number, end: number): boolean => {
  for (let at = start + RUN - 1; at < end; at++) {
    const byte = elementOf(folded, at)
    if (byte >= 0x80 || (byte === folded[at - 1] && byte === folded[at - 2])) return true
  }
  return false
}

/** The token's bytes before its runs are shortened. */
const before = { folded: new Uint8Array(LONGEST), raw: new Uint8Array(LONGEST) }

/** The entry of the drawn-out word or emoticon in [start, end) of the token; NONE if it is none. */
export const stretchedOf = (start: number, end: number): number => {
  if (!isDrawnOut(start, end)) return NONE
  before.folded.set(folded)
  before.raw.set(raw)
  let found = NONE
  // Two letters first: goooood is good, not god.
  for (let keep = RUN - 1; found === NONE && keep > 0; keep--) {
    folded.copyWithin(0, start, end)
    raw.copyWithin(0, start, end)
    const length = shorten(end - start, keep)
    if (length < end - start) found = findToken(0, length)
    folded.set(before.folded)
    raw.set(before.raw)
  }
  return found
}
