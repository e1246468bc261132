/** Times, as in Timestamp.ts: text in UTC, and numbers of three units. */
import { isDigit, ZERO } from "./Texts"

/** 2000-01-01 and 2100-01-01, as in Timestamp.ts. */
const EARLIEST_MS: f64 = 946684800000
const LATEST_MS: f64 = 4102444800000
/** The same in seconds and microseconds. */
const EARLIEST_S: i64 = 946684800
const LATEST_S: i64 = 4102444800
const EARLIEST_US: i64 = 946684800000000
const LATEST_US: i64 = 4102444800000000
/** A number with more digits has no unit. */
const MAX_DIGITS: i32 = 16

const POINT: u8 = 0x2e
const PLUS: u8 = 0x2b
// The ends of zones, as numbers.
const PLUS_ZERO: u16 = 0x302b // "+0"
const TWO_ZEROS: u16 = 0x3030 // "00"
const ZERO_HOURS_MINUTES: u32 = 0x30303030 // "0000"
const HOUR_COLON: u32 = 0x30303a30 // "0:00"
const BLANK_UTC: u32 = 0x43545520 // " UTC"
const BLANK_GMT: u32 = 0x544d4720 // " GMT"

/** The number of two digits. If there are none, a number that no other two digits make a year. */
function twoDigits(at: i32): i32 {
  const tens = load<u8>(at)
  const ones = load<u8>(at, 1)
  return isDigit(tens) && isDigit(ones) ? <i32>(tens - ZERO) * 10 + <i32>(ones - ZERO) : -10000
}

function daysOfMonth(year: i32, month: i32): i32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31
}

/** The start of the zone of a time in UTC that ends at `end`; `end` itself if it may have none. */
function startOfZone(end: i32): i32 {
  const last = load<u8>(end - 1)
  if (last == 0x5a) return end - 1
  if (last == 0x30) {
    if (load<u32>(end - 4) == ZERO_HOURS_MINUTES) return load<u8>(end - 5) == PLUS ? end - 5 : end
    if (load<u32>(end - 4) == HOUR_COLON && load<u16>(end - 6) == PLUS_ZERO) return end - 6
    return load<u16>(end - 2) == TWO_ZEROS && load<u8>(end - 3) == PLUS ? end - 3 : end
  }
  const four = load<u32>(end - 4)
  return four == BLANK_UTC || four == BLANK_GMT ? end - 4 : end
}

/** Milliseconds of `2026-01-01T00:00:00.123Z` and other forms of UTC; NaN in any other form. */
function isoTime(start: i32, end: i32): f64 {
  if (end - start < 19) return NaN
  const zone = startOfZone(end)
  const length = zone - start
  if (length < 19 || length == 20) return NaN
  const year = twoDigits(start) * 100 + twoDigits(start + 2)
  const month = twoDigits(start + 5)
  const day = twoDigits(start + 8)
  const hour = twoDigits(start + 11)
  const minute = twoDigits(start + 14)
  const second = twoDigits(start + 17)
  const between = load<u8>(start, 10)
  if (load<u8>(start, 4) != 0x2d || load<u8>(start, 7) != 0x2d || (between != 0x54 && between != 0x20)) return NaN
  if (load<u8>(start, 13) != 0x3a || load<u8>(start, 16) != 0x3a) return NaN
  if (year < 2000 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return NaN
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return NaN
  let ms = 0
  if (length > 19) {
    if (load<u8>(start, 19) != 0x2e) return NaN
    // Digits beyond milliseconds have the unit 0.
    let unit = 100
    for (let at = start + 20; at < zone; at++) {
      if (!isDigit(load<u8>(at))) return NaN
      ms += <i32>(load<u8>(at) - ZERO) * unit
      unit = unit == 100 ? 10 : unit == 10 ? 1 : 0
    }
  }
  // Days since 1970-01-01 (`days_from_civil`, Howard Hinnant).
  const y = month <= 2 ? year - 1 : year
  const era = y / 400
  const yearOfEra = y - era * 400
  const dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  const days = era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  return <f64>days * 86400000 + <f64>(((hour * 60 + minute) * 60 + second) * 1000 + ms)
}

/**
 * Milliseconds of digits, with a fraction or none. NaN if they are anything else, and if the
 * fraction's rounding is left to the twin.
 */
function numberTime(start: i32, end: i32): f64 {
  let whole: i64 = 0
  let at = start
  for (; at < end && isDigit(load<u8>(at)); at++) {
    if (at - start == MAX_DIGITS) return NaN
    whole = whole * 10 + <i64>(load<u8>(at) - ZERO)
  }
  if (at == start || (at > start + 1 && load<u8>(start) == ZERO)) return NaN
  const isSeconds = whole >= EARLIEST_S && whole < LATEST_S
  if (at == end) {
    if (isSeconds) return <f64>(whole * 1000)
    return <f64>(whole >= EARLIEST_US && whole < LATEST_US ? whole / 1000 : whole)
  }
  if (!isSeconds || load<u8>(at) != POINT || at + 1 == end) return NaN
  let micros = 0
  let unit = 100000
  const fraction = at + 1
  for (at = fraction; at < end; at++) {
    if (!isDigit(load<u8>(at))) return NaN
    micros += <i32>(load<u8>(at) - ZERO) * unit
    unit /= 10
  }
  // Up to six digits are exact. Beyond, rounding adds at most one microsecond.
  return end - fraction > 6 && micros % 1000 == 999 ? NaN : <f64>(whole * 1000 + <i64>(micros / 1000))
}

/** The time in [start, end), a number or a text; NaN if it has none in the accepted range. */
export function timeIn(start: i32, end: i32, isNumber: bool): f64 {
  let time = isNumber ? NaN : isoTime(start, end)
  if (isNaN(time)) time = numberTime(start, end)
  return time >= EARLIEST_MS && time < LATEST_MS ? time : NaN
}
