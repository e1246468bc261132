/** The kinds of characters in a token, as bits. */
import { elementOf, isDigit, isLower, isUpper, raw } from "./Token.ts"

export const SMALL = 1
export const CAPITAL = 2
export const DIGIT = 4
export const PUNCTUATION = 8
/** More than ASCII, and DEL. */
export const WIDE = 16
/** An exclamation mark, which is punctuation as well. */
export const SHOUT = 32

const classOf = (byte: number): number =>
  byte === 0x21
    ? PUNCTUATION | SHOUT
    : isLower(byte)
      ? SMALL
      : isUpper(byte)
        ? CAPITAL
        : isDigit(byte)
          ? DIGIT
          : byte < 0x7f
            ? PUNCTUATION
            : WIDE

/** Classes by byte. */
export const CLASSES = Uint8Array.from({ length: 256 }, (_, byte) => classOf(byte))

/** The classes of the bytes in [start, end) of the token. */
export const classesOf = (start: number, end: number): number => {
  let classes = 0
  for (let at = start; at < end; at++) classes |= elementOf(CLASSES, elementOf(raw, at))
  return classes
}
