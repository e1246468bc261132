/**
 * The form in which words are compared. ASCII letters are in lower case, and no ASCII character
 * comes twice in a row (NOOO = no). ASCII punctuation at the ends is dropped if a letter remains
 * (GG!!! = gg; <3 stays). Every character beyond ASCII is a letter. A compared form is its own
 * compared form.
 */
import { outside } from "../domain/Invariant.ts"
import { textOf, type Utf8, utf8Of } from "../domain/Utf8.ts"

const isLetter = (code: number): boolean => code >= 0x80 || (code >= 0x61 && code <= 0x7a)

const isPunctuation = (code: number): boolean =>
  code > 0x20 && code < 0x7f && !isLetter(code) && !(code >= 0x30 && code <= 0x39)

/** The compared form of the word in [start, end) of well-formed UTF-8 without white space. */
export const comparedForm = (bytes: Uint8Array, start: number, end: number): Utf8 => {
  const form = new Uint8Array(end - start)
  let length = 0
  let hasLetter = false
  for (let at = start; at < end; at++) {
    const raw = bytes[at] ?? outside()
    const code = raw >= 0x41 && raw <= 0x5a ? raw | 0x20 : raw
    if (code < 0x80 && length > 0 && form[length - 1] === code) continue
    form[length++] = code
    hasLetter ||= isLetter(code)
  }
  if (!hasLetter) return { bytes: form, start: 0, end: length }
  let first = 0
  while (isPunctuation(form[first] ?? outside())) first++
  while (isPunctuation(form[length - 1] ?? outside())) length--
  return { bytes: form, start: first, end: length }
}

export const comparedWord = (word: string): string => {
  const { bytes, end, start } = utf8Of(word)
  return textOf(comparedForm(bytes, start, end))
}

/** Whether a word is its own compared form. */
export const isCompared = (bytes: Uint8Array, start: number, end: number): boolean => {
  let hasLetter = false
  let last = -1
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? outside()
    if ((code >= 0x41 && code <= 0x5a) || (code < 0x80 && code === last)) return false
    last = code
    hasLetter ||= isLetter(code)
  }
  return !hasLetter || !(isPunctuation(bytes[start] ?? outside()) || isPunctuation(last))
}

/**
 * Whether a compared form is laughter that is written out. It has at least four letters, all h or j
 * and a or e, or their Cyrillic equivalents.
 */
export const isLaughter = (bytes: Uint8Array, start: number, end: number): boolean =>
  (bytes[start] ?? outside()) < 0x80 ? isHaha(bytes, start, end) : isCyrillicHaha(bytes, start, end)

const isHaha = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? outside()
    if (code !== 0x61 && code !== 0x65 && code !== 0x68 && code !== 0x6a) return false
  }
  return end - start >= 4
}

const isCyrillicHaha = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let at = start; at < end; at += 2) {
    const high = bytes[at]
    const low = bytes[at + 1]
    const isA = high === 0xd0 && (low === 0xb0 || low === 0x90)
    const isH = (high === 0xd1 && low === 0x85) || (high === 0xd0 && low === 0xa5)
    if (!isA && !isH) return false
  }
  return end - start >= 8
}
