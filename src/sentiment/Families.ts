/**
 * The mood of an emote whose name is in no table, from the beginning and the last part of the name.
 * lexicon/Families.ts has the rules.
 */
import { BEGINNINGS, SIZES } from "./lexicon/Families.ts"
import { present } from "../domain/Invariant.ts"
import { entryOf, findPart, findToken, NONE, PART } from "./Lexicon.ts"
import { elementOf, isDigit, isUpper, raw } from "./Token.ts"

/** A last part that is a word or a name of the other tables has so many letters. */
const SHORTEST = 3

const encoder = new TextEncoder()
const named = (names: string): ReadonlyArray<string> => names.split(/\s+/).filter((name) => name !== "")

const beginnings = BEGINNINGS.flatMap(({ words }) => named(words))
  .toSorted((a, b) => b.length - a.length)
  .map((name) => ({ bytes: encoder.encode(name), entry: entryOf(name, PART) }))
/** By the first byte; the longest first. */
const byFirst = Array.from({ length: 256 }, (_, first) => beginnings.filter(({ bytes }) => bytes[0] === first))
const sizes = named(SIZES).map((name) => encoder.encode(name))
/** By the first byte: whether a beginning or a size begins so. */
const isFirst = Uint8Array.from({ length: 256 }, (_, first) =>
  [...beginnings.map(({ bytes }) => bytes), ...sizes].some((bytes) => bytes[0] === first) ? 1 : 0
)

const beginsWith = (start: number, end: number, bytes: Uint8Array): boolean => {
  // A name goes on behind its beginning.
  if (end - start <= bytes.length) return false
  for (let n = 0; n < bytes.length; n++) if (raw[start + n] !== bytes[n]) return false
  return true
}

/** The start of the name without its size, such as that of peepoHappy in widepeepoHappy. */
const behindSize = (start: number, end: number): number => {
  for (const bytes of sizes) if (beginsWith(start, end, bytes)) return start + bytes.length
  return start
}

/** Whether a part of a name begins here: a capital behind something else. */
const isBoundary = (at: number): boolean => isUpper(elementOf(raw, at)) && !isUpper(elementOf(raw, at - 1))

/** The entry of the longest last part of the name in [from, end) that has one; NONE if none has. */
const lastPartOf = (from: number, end: number): number => {
  for (let at = from + 1; at < end; at++) {
    if (!isBoundary(at)) continue
    const part = findPart(at, end)
    if (part !== NONE) return part
    const whole = end - at >= SHORTEST ? findToken(at, end) : NONE
    if (whole !== NONE) return whole
  }
  return NONE
}

/**
 * The entry that decides the mood of the name in [start, end) of the token; NONE if no family has
 * it. `hasParts`: it has small letters and capitals.
 */
export const familyOf = (start: number, end: number, hasParts: boolean): number => {
  const canBegin = isFirst[elementOf(raw, start)] === 1
  // Digits at the end are a sum of bits, as in Cheer100 and PogChamp500.
  if ((!canBegin && !hasParts) || isDigit(elementOf(raw, end - 1))) return NONE
  const from = canBegin ? behindSize(start, end) : start
  if (from > start) {
    const whole = findToken(from, end)
    if (whole !== NONE) return whole
  }
  const part = hasParts ? lastPartOf(from, end) : NONE
  if (part !== NONE || !canBegin) return part
  for (const { bytes, entry } of present(byFirst[elementOf(raw, from)], "the table has all bytes"))
    if (beginsWith(from, end, bytes)) return entry
  return NONE
}
