/** Times of events, recounted from docs/SEMANTICS.md, "Events". Shares no line with the worker. */

/** 2000-01-01T00:00:00Z (closed) and 2100-01-01T00:00:00Z (open), in seconds. */
const FIRST = 946_684_800
const LIMIT = 4_102_444_800

const TIME_TEXT =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[T ](?<hour>\d{2}):(?<minute>\d{2})(:(?<second>\d{2})([.,](?<fraction>\d+))?)?(Z| ?(UTC|GMT|(?<sign>[+-])(?<offsetHour>\d{2})(:?(?<offsetMinute>\d{2}))?))?$/

const NUMBER_TEXT = /^(0|[1-9][0-9]*)(\.[0-9]+)?$/

/** Milliseconds since the epoch, or `undefined` if the value is no accepted time. */
export const parseTime = (value: unknown): number | undefined => {
  const timeMs =
    typeof value === "number"
      ? fromNumber(value)
      : typeof value !== "string"
        ? NaN
        : NUMBER_TEXT.test(value)
          ? fromNumber(Number(value))
          : parseTimeText(value)
  return timeMs >= FIRST * 1e3 && timeMs < LIMIT * 1e3 ? timeMs : undefined
}

/** The size of a number is its unit: seconds, milliseconds or microseconds. */
const fromNumber = (value: number): number => {
  const isIn = (unit: number): boolean => value >= FIRST * unit && value < LIMIT * unit
  if (isIn(1)) return Math.trunc(Math.round(value * 1e6) / 1e3)
  if (isIn(1e3)) return Math.trunc(value)
  return isIn(1e6) ? Math.trunc(value / 1e3) : NaN
}

/** NaN if the text is not of the form, or names a time that does not exist. */
const parseTimeText = (text: string): number => {
  const parts = TIME_TEXT.exec(text)?.groups
  if (parts === undefined) return NaN
  const number = (name: string): number => Number(parts[name] ?? 0)

  const [hour, minute, second] = [number("hour"), number("minute"), number("second")]
  const [offsetHour, offsetMinute] = [number("offsetHour"), number("offsetMinute")]
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return NaN

  // A month or a day that does not exist makes Date.UTC give another date, and a year below 100
  // another year.
  const midnight = new Date(Date.UTC(number("year"), number("month") - 1, number("day")))
  const date = `${parts["year"]}-${parts["month"]}-${parts["day"]}`
  if (midnight.toISOString().slice(0, 10) !== date) return NaN

  const milliseconds = Number((parts["fraction"] ?? "").padEnd(3, "0").slice(0, 3))
  const local = midnight.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds
  const offset = (offsetHour * 60 + offsetMinute) * 60_000
  return parts["sign"] === "-" ? local + offset : local - offset
}
