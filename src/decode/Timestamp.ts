/**
 * Event times as producers write them: ISO 8601 text, or seconds, milliseconds or microseconds
 * since 1970. docs/SEMANTICS.md has the grammar.
 */
import { EventTimeMs } from "../domain/EventTime.ts"

/** 2000-01-01T00:00:00Z, closed bound of what is accepted. */
export const EARLIEST_MS = Date.UTC(2000, 0, 1)
/** 2100-01-01T00:00:00Z, open bound. */
export const LATEST_MS = Date.UTC(2100, 0, 1)

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:Z| ?(?:UTC|GMT|([+-])(\d\d)(?::?(\d\d))?))?$/

/** A number as text. */
const DIGITS = /^(?:0|[1-9]\d*)(?:\.\d+)?$/

const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Days of a month (1 to 12); 0 if there is no such month. */
export const daysOfMonth = (year: number, month: number): number =>
  month === 2 && !isLeapYear(year) ? 28 : (DAYS_IN_MONTH[month - 1] ?? 0)

/** Milliseconds of ISO 8601 text, truncated; `undefined` for other text. No zone = UTC. */
const parseIso = (text: string): number | undefined => {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6] ?? 0)
  const offsetHour = Number(match[9] ?? 0)
  const offsetMinute = Number(match[10] ?? 0)
  // Date.UTC takes years below 100 as of the 20th century.
  if (year < 100) return undefined
  if (day < 1 || day > daysOfMonth(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined
  const millis = match[7] === undefined ? 0 : Number(match[7].slice(0, 3).padEnd(3, "0"))
  const offsetMs = (match[8] === "-" ? -1 : 1) * (offsetHour * 60 + offsetMinute) * 60_000
  return Date.UTC(year, month - 1, day, hour, minute, second, millis) - offsetMs
}

/** The accepted range in seconds and in microseconds. */
const EARLIEST_S = EARLIEST_MS / 1000
const LATEST_S = LATEST_MS / 1000
const EARLIEST_US = EARLIEST_MS * 1000
const LATEST_US = LATEST_MS * 1000

/**
 * Milliseconds of a number, whose size decides the unit: the ranges are disjoint. Other numbers are
 * returned as they are, and lie outside of the accepted range.
 */
const millisOf = (v: number): number => {
  // Doubles of seconds are exact to a microsecond, not to a decimal: so 0.123 s are not 122 ms.
  if (v >= EARLIEST_S && v < LATEST_S) return Math.floor(Math.round(v * 1e6) / 1000)
  return v >= EARLIEST_US && v < LATEST_US ? Math.floor(v / 1000) : Math.trunc(v)
}

/**
 * The event time of a field's value, or `undefined` if it is none or lies outside [{@link
 * EARLIEST_MS}, {@link LATEST_MS}).
 */
export const parseTimestamp = (value: unknown): EventTimeMs | undefined => {
  const ms =
    typeof value === "number"
      ? millisOf(value)
      : typeof value === "string"
        ? DIGITS.test(value)
          ? millisOf(Number(value))
          : parseIso(value)
        : undefined
  return ms !== undefined && ms >= EARLIEST_MS && ms < LATEST_MS ? EventTimeMs(ms) : undefined
}
