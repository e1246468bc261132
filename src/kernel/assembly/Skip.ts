/** Finds the ends of values: white space, literals, numbers, and whole unused values. */
import { isDigit, QUOTE, scanText, ZERO } from "./Texts"

/** This many digits always are a safe integer. */
const MAX_DIGITS: i32 = 15
/** Deeper than this is unusual. */
const MAX_DEPTH: i32 = 8

function isBlank(byte: u8): bool {
  return byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09
}

/** The first byte from `from` on that is no white space. */
export function skipBlanks(from: i32): i32 {
  return load<u8>(from) > 0x20 ? from : skipMany(from)
}

function skipMany(from: i32): i32 {
  let at = from
  while (isBlank(load<u8>(at))) at++
  return at
}

/** The end of the literal `true`, `false` or `null` at `at`; 0 if there is none. */
export function endOfWord(at: i32): i32 {
  const four = load<u32>(at)
  if (four == 0x6c6c756e || four == 0x65757274) return at + 4
  return four == 0x736c6166 && load<u8>(at, 4) == 0x65 ? at + 5 : 0
}

/** The first byte from `from` on that is no digit. */
function skipDigits(from: i32): i32 {
  let at = from
  while (isDigit(load<u8>(at))) at++
  return at
}

/** Whether the byte continues a number behind its whole digits. */
function isContinued(byte: u8): bool {
  return byte == 0x2e || byte == 0x45 || byte == 0x65
}

/** The end of the whole digits at `from`; 0 if there are none, or a 0 before others. */
function endOfWhole(from: i32): i32 {
  const at = skipDigits(from)
  return at == from || (at > from + 1 && load<u8>(from) == ZERO) ? 0 : at
}

/** The end of the digits at `from`; 0 if they are no plain whole number. */
export function endOfDigits(from: i32): i32 {
  const at = endOfWhole(from)
  return at - from > MAX_DIGITS || isContinued(load<u8>(at)) ? 0 : at
}

/** The end of the digits at `from` with a fraction or none; 0 if they are anything else. */
export function endOfDecimal(from: i32): i32 {
  const whole = endOfWhole(from)
  if (whole == 0 || load<u8>(whole) != 0x2e) return whole == 0 || isContinued(load<u8>(whole)) ? 0 : whole
  const at = skipDigits(whole + 1)
  return at == whole + 1 || isContinued(load<u8>(at)) ? 0 : at
}

/** The end of any number of JSON at `from`; 0 if there is none. */
export function endOfNumber(from: i32): i32 {
  let at = endOfWhole(load<u8>(from) == 0x2d ? from + 1 : from)
  if (at == 0) return 0
  if (load<u8>(at) == 0x2e) {
    const fraction = at + 1
    at = skipDigits(fraction)
    if (at == fraction) return 0
  }
  if ((load<u8>(at) | 0x20) != 0x65) return at
  const sign = load<u8>(at, 1)
  const exponent = sign == 0x2b || sign == 0x2d ? at + 2 : at + 1
  at = skipDigits(exponent)
  return at == exponent ? 0 : at
}

/** The end of an unused value of any kind; 0 if it is unusual. */
export function endOfValue(at: i32, depth: i32): i32 {
  const first = load<u8>(at)
  if (first == QUOTE) return scanText(at + 1, false)
  if (isDigit(first) || first == 0x2d) return endOfNumber(at)
  if (first == 0x6e || first == 0x74 || first == 0x66) return endOfWord(at)
  if (depth == MAX_DEPTH || (first != 0x5b && first != 0x7b)) return 0
  return endOfMembers(at, depth, first == 0x7b)
}

/** The byte behind the name at `at` and its colon; 0 if there is none. */
function endOfName(from: i32): i32 {
  if (load<u8>(from) != QUOTE) return 0
  const end = scanText(from + 1, false)
  if (end == 0) return 0
  const at = skipBlanks(end)
  return load<u8>(at) == 0x3a ? skipBlanks(at + 1) : 0
}

/** The end of an array's elements or an object's members. */
function endOfMembers(from: i32, depth: i32, isObject: bool): i32 {
  const close: u8 = isObject ? 0x7d : 0x5d
  let at = skipBlanks(from + 1)
  if (load<u8>(at) == close) return at + 1
  for (;;) {
    if (isObject) {
      at = endOfName(at)
      if (at == 0) return 0
    }
    at = endOfValue(at, depth + 1)
    if (at == 0) return 0
    at = skipBlanks(at)
    if (load<u8>(at) != 0x2c) break
    at = skipBlanks(at + 1)
  }
  return load<u8>(at) == close ? at + 1 : 0
}
