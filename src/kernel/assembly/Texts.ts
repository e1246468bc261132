/**
 * Texts of JSON: finds their end, checks their UTF-8, and stores those with escapes without them,
 * at SIDE. A zero follows the record, so every loop ends.
 */
import { SIDE, SIDE_COUNT } from "./Memory"

export const QUOTE: u8 = 0x22
const BACKSLASH: u8 = 0x5c
export const ZERO: u8 = 0x30

/** The last text, without its escapes. */
export let textStart: i32 = 0
export let textEnd: i32 = 0
/**
 * Whether the last text holds a control character, white space beyond ASCII, or a character that is
 * an ASCII letter in lower case. The words of its score are not those between its blanks.
 */
export let isOdd: bool = false
/** Whether it is beyond ASCII. */
let isBeyondAscii: bool = false
/** The address of the next text that has escapes. */
let side: i32 = 0

export function isDigit(byte: u8): bool {
  return byte - ZERO <= 9
}

/** The quotes, backslashes and control characters among 16 bytes, as bits. */
function specials(bytes: v128): i32 {
  const marks = v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH)))
  return i8x16.bitmask(v128.or(marks, i8x16.lt_u(bytes, i8x16.splat(0x20))))
}

/** The closing quote of the text that begins at `from`; 0 if it holds an escape or has no end. */
function endOfText(from: i32): i32 {
  let at = from
  let bytes = v128.load(at)
  let found = specials(bytes)
  let beyond = 0
  while (found == 0) {
    beyond |= i8x16.bitmask(bytes)
    at += 16
    bytes = v128.load(at)
    found = specials(bytes)
  }
  // The bits before the first special byte count.
  isBeyondAscii = (beyond | (i8x16.bitmask(bytes) & (found - 1) & ~found)) != 0
  const end = at + ctz(found)
  return load<u8>(end) == QUOTE ? end : 0
}

/** The same, for a text that must be ASCII. */
export function endOfAscii(from: i32): i32 {
  const end = endOfText(from)
  return isBeyondAscii ? 0 : end
}

function isContinuation(at: i32): bool {
  return (load<u8>(at) & 0xc0) == 0x80
}

/** Whether the text before the quote at `end` is UTF-8 (Unicode, table 3-7). May set `isOdd`. */
function isUtf8(start: i32, end: i32): bool {
  let at = start
  while (at < end) {
    const first = <i32>load<u8>(at)
    if (first < 0x80) {
      at++
    } else if (first < 0xe0) {
      if (first < 0xc2 || !isContinuation(at + 1)) return false
      if (first == 0xc2 && load<u8>(at, 1) == 0xa0) isOdd = true
      at += 2
    } else if (first < 0xf0) {
      const second = <i32>load<u8>(at, 1)
      if (!isContinuation(at + 1) || !isContinuation(at + 2)) return false
      if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return false
      if (first <= 0xe3 || first == 0xef) {
        if (isOddCharacter((first << 16) | (second << 8) | <i32>load<u8>(at, 2))) isOdd = true
      }
      at += 3
    } else {
      const second = <i32>load<u8>(at, 1)
      if (first > 0xf4 || !isContinuation(at + 1) || !isContinuation(at + 2) || !isContinuation(at + 3)) return false
      if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return false
      at += 4
    }
  }
  return true
}

/**
 * Whether a character of three bytes is white space for `\s`, or the Kelvin sign, whose lower case
 * is k. In the order of the lines: U+2000 to U+200A; U+2028, U+2029, U+202F, U+205F; U+1680,
 * U+212A, U+3000, U+FEFF.
 */
function isOddCharacter(bytes: i32): bool {
  if (bytes >= 0xe28080 && bytes <= 0xe2808a) return true
  if (bytes == 0xe280a8 || bytes == 0xe280a9 || bytes == 0xe280af || bytes == 0xe2819f) return true
  return bytes == 0xe19a80 || bytes == 0xe284aa || bytes == 0xe38080 || bytes == 0xefbbbf
}

// ---- Texts with escapes ----
function hexDigit(byte: u8): i32 {
  if (isDigit(byte)) return byte - ZERO
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1
}

/** The number of four hexadecimal digits; -1 if there are none. */
function hexOf(at: i32): i32 {
  let value = 0
  for (let digit = at; digit < at + 4; digit++) {
    const four = hexDigit(load<u8>(digit))
    if (four < 0) return -1
    value = (value << 4) | four
  }
  return value
}

/** Stores a character as UTF-8. Returns the address after it. */
function storeCharacter(to: i32, code: i32): i32 {
  if (code < 0x80) {
    store<u8>(to, <u8>code)
    return to + 1
  }
  if (code < 0x800) {
    store<u8>(to, <u8>(0xc0 | (code >> 6)))
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 1)
    return to + 2
  }
  if (code < 0x10000) {
    store<u8>(to, <u8>(0xe0 | (code >> 12)))
    store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 1)
    store<u8>(to, <u8>(0x80 | (code & 0x3f)), 2)
    return to + 3
  }
  store<u8>(to, <u8>(0xf0 | (code >> 18)))
  store<u8>(to, <u8>(0x80 | ((code >> 12) & 0x3f)), 1)
  store<u8>(to, <u8>(0x80 | ((code >> 6) & 0x3f)), 2)
  store<u8>(to, <u8>(0x80 | (code & 0x3f)), 3)
  return to + 4
}

/** The character of the escape \\ and this letter; 0 if there is none. */
function escapedBy(letter: u8): u8 {
  switch (letter) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f:
      return letter
    case 0x62:
      return 0x08 // b
    case 0x66:
      return 0x0c // f
    case 0x6e:
      return 0x0a // n
    case 0x72:
      return 0x0d // r
    case 0x74:
      return 0x09 // t
    default:
      return 0
  }
}

/**
 * Stores the text that begins at `from` without its escapes, at `side`. Returns its closing quote;
 * 0 if it is unusual. The parser replaces U+0000 and lone surrogates, so such a text is unusual.
 */
function unescape(from: i32): i32 {
  let to = side
  let at = from
  while (load<u8>(at) != QUOTE) {
    const byte = load<u8>(at)
    if (byte < 0x20) return 0
    if (byte != BACKSLASH) {
      store<u8>(to++, byte)
      at++
      continue
    }
    const letter = load<u8>(at, 1)
    at += 2
    let code: i32 = escapedBy(letter)
    if (letter == 0x75) {
      code = hexOf(at)
      at += 4
      if ((code & 0xf800) == 0xd800) {
        if (code >= 0xdc00 || load<u16>(at) != 0x755c) return 0
        const low = hexOf(at + 2)
        if ((low & 0xfc00) != 0xdc00) return 0
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        at += 6
      }
    }
    if (code <= 0) return 0
    if (code < 0x20) isOdd = true
    to = storeCharacter(to, code)
  }
  store<u8>(to, 0)
  textStart = side
  textEnd = to
  return at
}

// ---- Any text ----
/** Begins a record. Its texts replace those of a record that was unusual. */
export function beginTexts(): void {
  side = SIDE + load<i32>(SIDE_COUNT)
}

/** Keeps the texts of the record. */
export function keepTexts(): void {
  store<i32>(SIDE_COUNT, side - SIDE)
}

/**
 * Scans the text that begins at `from`. Returns the byte after its closing quote; 0 if it is
 * unusual. If `isUsed`, its bytes remain until the next part.
 */
export function scanText(from: i32, isUsed: bool): i32 {
  isOdd = false
  const end = endOfText(from)
  if (end != 0) {
    textStart = from
    textEnd = end
    return isBeyondAscii && !isUtf8(from, end) ? 0 : end + 1
  }
  const quote = unescape(from)
  if (quote == 0 || !isUtf8(textStart, textEnd)) return 0
  if (isUsed) side = textEnd
  return quote + 1
}
