/** The time at the beginning of a line of a text log. */
import { daysOfMonth, parseTimestamp } from "../../decode/Timestamp.ts"

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

export type LogTime =
  /** A day and a time in the zone `zoneMs`; `undefined` = the line names no zone. */
  | { readonly _tag: "Moment"; readonly localMs: number; readonly zoneMs: number | undefined }
  /** A time of day, in a zone that the line does not name; the year and the day may be missing. */
  | { readonly _tag: "Clock"; readonly clockMs: number; readonly monthDay?: MonthDay }
  /** Since the start of the broadcast; it may be negative. */
  | { readonly _tag: "Offset"; readonly offsetMs: number }

export interface MonthDay {
  /** From 0. */
  readonly month: number
  readonly day: number
}

export interface TimedLine {
  readonly time: LogTime
  /** The line behind its time and one blank. */
  readonly rest: string
  /** How the time is set off: `[12:34]`, `12:34 | ` or nothing but a blank. */
  readonly form: "brackets" | "bar" | "bare"
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** From 0; `undefined` for other words. */
export const monthOf = (word: string): number | undefined => {
  const month = MONTHS.findIndex((name) => word.startsWith(name))
  return month < 0 ? undefined : month
}

/** Milliseconds of a day and time as if in UTC; `undefined` if there is no such day or time. */
export const localMs = (
  year: number,
  month: number,
  day: number,
  [hour, minute, second, millis]: readonly [number, number, number, number] = [0, 0, 0, 0]
): number | undefined =>
  year < 1970 || year > 2200 || day < 1 || day > daysOfMonth(year, month + 1) || hour > 23 || minute > 59 || second > 60
    ? undefined
    : Date.UTC(year, month, day, hour, minute, second, millis)

/** The offset of a zone from UTC, in milliseconds; `undefined` for an abbreviation such as CET. */
export const zoneOf = (text: string): number | undefined => {
  const match = /^(?:Z|(?:UTC|GMT)?(?:([+-])(\d{1,2}):?(\d\d)?)?)$/.exec(text.trim())
  if (match === null || text.trim() === "") return undefined
  return (match[1] === "-" ? -1 : 1) * (Number(match[2] ?? 0) * HOUR_MS + Number(match[3] ?? 0) * MINUTE_MS)
}

const DATE = String.raw`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T _](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?`
const ZONE = String.raw` ?(Z|(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d\d)?)?|[+-]\d\d(?::?\d\d)?)?`
const CLOCK = String.raw`(-)?(\d{1,4}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?`

interface Shape {
  readonly form: TimedLine["form"]
  readonly date: RegExp
  readonly clock: RegExp
}

const SHAPES: ReadonlyArray<Shape> = [
  { form: "brackets", date: new RegExp(`^\\[${DATE}${ZONE}\\] ?`), clock: new RegExp(`^\\[${CLOCK}\\] ?`) },
  { form: "bar", date: new RegExp(`^${DATE}${ZONE} \\| `), clock: new RegExp(`^${CLOCK} \\| `) },
  { form: "bare", date: new RegExp(`^${DATE}${ZONE}[\\t ]`), clock: new RegExp(`^${CLOCK}[\\t ]`) }
]

const MONTH_FIRST = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)[\t ]/

const millisOf = (digits = ""): number => Number(digits.slice(0, 3).padEnd(3, "0"))

const moment = (match: RegExpExecArray): LogTime | undefined => {
  const [, year, month, day, hour, minute, second = "0", fraction, zone] = match
  const clock = [Number(hour), Number(minute), Number(second), millisOf(fraction)] as const
  const ms = localMs(Number(year), Number(month) - 1, Number(day), clock)
  return ms === undefined
    ? undefined
    : { _tag: "Moment", localMs: ms, zoneMs: zone === undefined ? undefined : zoneOf(zone) }
}

/**
 * A time of day has two digits of hours, an offset as many as it needs. In the form `bar`, all are
 * offsets.
 */
const clock = (match: RegExpExecArray, form: TimedLine["form"], isOffset: boolean): LogTime | undefined => {
  const [, sign, first = "", second = "", third, fraction, half] = match
  if (Number(second) > 59 || Number(third ?? 0) > 60) return undefined
  if (half === undefined && (isOffset || form === "bar" || sign !== undefined || first.length === 1)) {
    if (form === "bare") return undefined
    // Without hours: minutes and seconds.
    const seconds =
      third === undefined
        ? Number(first) * 60 + Number(second)
        : Number(first) * 3600 + Number(second) * 60 + Number(third)
    const offsetMs = seconds * SECOND_MS + millisOf(fraction)
    return { _tag: "Offset", offsetMs: sign === undefined ? offsetMs : -offsetMs }
  }
  const hour = half === undefined ? Number(first) : (Number(first) % 12) + (/p/i.test(half) ? 12 : 0)
  if (hour > 23 || (half !== undefined && (Number(first) < 1 || Number(first) > 12))) return undefined
  return {
    _tag: "Clock",
    clockMs: hour * HOUR_MS + Number(second) * MINUTE_MS + Number(third ?? 0) * SECOND_MS + millisOf(fraction)
  }
}

/** Milliseconds of a time of day; `undefined` if there is none. */
export const clockOf = (hour: string | undefined, minute = "0", second = "0"): number | undefined =>
  hour === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60
    ? undefined
    : Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS + Number(second) * SECOND_MS

/** The year of a line without one is not known yet. */
const LEAP_YEAR = 2000

const monthFirst = (line: string): TimedLine | undefined => {
  const match = MONTH_FIRST.exec(line)
  if (match === null) return undefined
  const [written, word = "", day, hour, minute, second] = match
  const month = monthOf(word)
  const clockMs = clockOf(hour, minute, second)
  if (month === undefined || clockMs === undefined) return undefined
  if (localMs(LEAP_YEAR, month, Number(day)) === undefined) return undefined
  const time = { _tag: "Clock", clockMs, monthDay: { month, day: Number(day) } } as const
  return { time, rest: line.slice(written.length), form: "bare" }
}

/**
 * The line's time, if it begins with one. `isOffset`: the file's times are offsets, so that
 * `[10:00:00]` is ten hours after the start.
 */
export const timedLine = (line: string, isOffset: boolean): TimedLine | undefined => {
  for (const { clock: clockForm, date, form } of SHAPES) {
    const dated = date.exec(line)
    const match = dated ?? clockForm.exec(line)
    if (match === null) continue
    const time = dated === null ? clock(match, form, isOffset) : moment(match)
    return time === undefined ? undefined : { time, rest: line.slice(match[0].length), form }
  }
  return monthFirst(line)
}

/** Seconds, milliseconds or microseconds since 1970, at the beginning of a raw line. */
export const epochLine = (line: string): { readonly timeMs: number; readonly rest: string } | undefined => {
  const match = /^\[?(\d{10}(?:\.\d{1,9})?|\d{13}|\d{16})\]?[\t ]+/.exec(line)
  if (match === null) return undefined
  const [written, digits = ""] = match
  const timeMs = parseTimestamp(digits)
  return timeMs === undefined ? undefined : { timeMs, rest: line.slice(written.length) }
}
