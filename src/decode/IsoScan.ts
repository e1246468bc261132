/**
 * Parses ISO 8601 from bytes, in the most common form: `2026-01-01T00:00:00.123Z`. Timestamp.ts
 * parses all other forms.
 */
import { outside } from "../domain/Invariant.ts"
import { daysOfMonth } from "./Timestamp.ts"

const ZERO = 0x30
const BLANK = 0x20

const digit = (bytes: Uint8Array, at: number): number => (bytes[at] ?? outside()) - ZERO

/** The number of two digits. If there are none, a number that no other two digits make a year. */
const twoDigits = (bytes: Uint8Array, at: number): number => {
  const tens = digit(bytes, at)
  const ones = digit(bytes, at + 1)
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -10_000
}

/**
 * Days from 1970-01-01 to a day of the Gregorian calendar (`days_from_civil`, Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms").
 */
const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** Milliseconds of a complete ISO 8601 time in UTC; `NaN` in any other form. */
export const scanIso = (bytes: Uint8Array, start: number, end: number): number => {
  if (end - start < 20 || bytes[end - 1] !== 0x5a) return Number.NaN
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const month = twoDigits(bytes, start + 5)
  const day = twoDigits(bytes, start + 8)
  const hour = twoDigits(bytes, start + 11)
  const minute = twoDigits(bytes, start + 14)
  const second = twoDigits(bytes, start + 17)
  const separated =
    bytes[start + 4] === 0x2d &&
    bytes[start + 7] === 0x2d &&
    (bytes[start + 10] === 0x54 || bytes[start + 10] === BLANK) &&
    bytes[start + 13] === 0x3a &&
    bytes[start + 16] === 0x3a
  const inRange =
    year >= 2000 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOfMonth(year, month) &&
    hour >= 0 &&
    hour <= 23 &&
    minute >= 0 &&
    minute <= 59 &&
    second >= 0 &&
    second <= 59
  if (!separated || !inRange) return Number.NaN
  let ms = 0
  if (end - start > 20) {
    if (bytes[start + 19] !== 0x2e || end - start === 21) return Number.NaN
    let unit = 100
    for (let at = start + 20; at < end - 1; at++) {
      const found = digit(bytes, at)
      if (found < 0 || found > 9) return Number.NaN
      ms += found * unit
      unit = unit === 100 ? 10 : unit === 10 ? 1 : 0
    }
  }
  return (((daysFromCivil(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000 + ms
}
