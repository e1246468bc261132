/** Formats times in the viewer's zone and the language of the page, on a 24-hour clock. */

export interface Times {
  /** `18:03:20` */
  readonly clock: (ms: number) => string
  /** `18:03` */
  readonly minute: (ms: number) => string
  /** `31 Jan` */
  readonly day: (ms: number) => string
  /** `18:03:20`, after the day if it is not the day of `nearMs`. */
  readonly near: (ms: number, nearMs: number) => string
  /** Whether both are on one day. */
  readonly isSameDay: (ms: number, otherMs: number) => boolean
}

/** Formats times in a zone; the default is the viewer's. */
export const makeTimes = (timeZone?: string): Times => {
  const format = (options: Intl.DateTimeFormatOptions): ((ms: number) => string) => {
    const { format } = new Intl.DateTimeFormat("en-GB", {
      hourCycle: "h23",
      ...(timeZone === undefined ? {} : { timeZone }),
      ...options
    })
    return (ms) => format(ms)
  }
  const clock = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" })
  const day = format({ day: "numeric", month: "short" })
  const date = format({ day: "numeric", month: "numeric", year: "numeric" })
  const isSameDay = (ms: number, otherMs: number): boolean => date(ms) === date(otherMs)
  return {
    clock,
    minute: format({ hour: "2-digit", minute: "2-digit" }),
    day,
    near: (ms, nearMs) => (isSameDay(ms, nearMs) ? clock(ms) : `${day(ms)} ${clock(ms)}`),
    isSameDay
  }
}

/** As the API writes and reads times: `2026-01-31T18:03:20.000Z` */
export const iso = (ms: number): string => new Date(ms).toISOString()

/** `2026-01-31 18:03:20 UTC` */
export const utc = (ms: number): string => `${iso(ms).slice(0, 19).replace("T", " ")} UTC`

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const UNITS = [
  [DAY_MS, "d"],
  [HOUR_MS, "h"],
  [MINUTE_MS, "min"],
  [SECOND_MS, "s"]
] as const

/** The two largest units: `2 h 5 min`, `40 s`, or `0 s`. */
export const duration = (ms: number): string => {
  const start = UNITS.findIndex(([size]) => ms >= size)
  if (start === -1) return "0 s"
  let restMs = ms
  return UNITS.slice(start, start + 2)
    .flatMap(([size, name]) => {
      const count = Math.floor(restMs / size)
      restMs -= count * size
      return count === 0 ? [] : [`${count} ${name}`]
    })
    .join(" ")
}

const two = (value: number): string => String(value).padStart(2, "0")

/** A place in a broadcast, in whole seconds: `1:23:45`. */
export const offset = (seconds: number): string =>
  `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`

/** `40 s ago`, `3 min ago`: in one unit; `now` within a second and for times in the future. */
export const ago = (ms: number, nowMs: number): string => {
  const [size, name] = UNITS.find(([size]) => nowMs - ms >= size) ?? [0, ""]
  return size === 0 ? "now" : `${Math.floor((nowMs - ms) / size)} ${name} ago`
}
