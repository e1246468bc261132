/**
 * The kinds of environment variables: how their text is parsed, and the allowed values in words.
 */
import { Duration, Redacted } from "effect"

export interface Kind<out A> {
  /** The allowed values, as a phrase after "expected" and in the table of the documentation. */
  readonly allowed: string
  /** Values are never printed, and their outer white space is kept. */
  readonly secret: boolean
  /** The value, or `undefined` if the text is not allowed. The text is never empty. */
  readonly parse: (text: string) => A | undefined
}

/** Whole numbers, both bounds closed. */
export const integer = (min: number, max: number): Kind<number> => ({
  allowed: `an integer from ${min} to ${max}`,
  secret: false,
  parse: (text) => within(/^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN, min, max)
})

/** Decimal numbers, both bounds closed. */
export const decimal = (min: number, max: number): Kind<number> => ({
  allowed: `a number from ${min} to ${max}`,
  secret: false,
  parse: (text) => within(/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN, min, max)
})

const within = (value: number, min: number, max: number): number | undefined =>
  value >= min && value <= max ? value : undefined

/** One of a few words, in any case. */
export const choice = <const A extends string>(...words: ReadonlyArray<A>): Kind<A> => ({
  allowed: words.join(" or "),
  secret: false,
  parse: (text) => words.find((word) => word.toLowerCase() === text.toLowerCase())
})

export const yesOrNo: Kind<boolean> = {
  allowed: "true or false",
  secret: false,
  parse: (text) => {
    const word = text.toLowerCase()
    if (["true", "yes", "on", "1"].includes(word)) return true
    return ["false", "no", "off", "0"].includes(word) ? false : undefined
  }
}

/** Text that matches a pattern. */
export const text = (allowed: string, pattern: RegExp): Kind<string> => ({
  allowed,
  secret: false,
  parse: (text) => (pattern.test(text) ? text : undefined)
})

/** Text that passes a test. */
export const tested = (allowed: string, test: (text: string) => boolean): Kind<string> => ({
  allowed,
  secret: false,
  parse: (text) => (test(text) ? text : undefined)
})

/** Text that is never printed. */
export const secret = (allowed: string, pattern: RegExp): Kind<Redacted.Redacted> => ({
  allowed,
  secret: true,
  parse: (text) => (pattern.test(text) ? Redacted.make(text) : undefined)
})

/** At least one part, separated by commas. White space around parts and empty parts are ignored. */
export const list = <A>(part: Kind<A>): Kind<ReadonlyArray<A>> => ({
  allowed: `${part.allowed}, several separated by commas`,
  secret: part.secret,
  parse: (text) => {
    const values: Array<A> = []
    for (const piece of text.split(",")) {
      if (piece.trim() === "") continue
      const value = part.parse(piece.trim())
      if (value === undefined) return undefined
      values.push(value)
    }
    return values.length === 0 ? undefined : values
  }
})

const unitMs = new Map<string, number>()
for (const [ms, ...names] of [
  [1, "ms", "milli", "millis", "millisecond", "milliseconds"],
  [1_000, "s", "sec", "secs", "second", "seconds"],
  [60_000, "m", "min", "mins", "minute", "minutes"],
  [3_600_000, "h", "hour", "hours"],
  [86_400_000, "d", "day", "days"],
  [604_800_000, "w", "week", "weeks"]
] as const) {
  for (const name of names) unitMs.set(name, ms)
}

const durationMs = (text: string): number => {
  if (text === "0") return 0
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text)
  const ms = Number(match?.[1]) * (unitMs.get(match?.[2]?.toLowerCase() ?? "") ?? Number.NaN)
  // The worker computes with whole milliseconds. 0.1 seconds times 1,000 may miss the integer by a
  // rounding error.
  const whole = Math.round(ms)
  return Math.abs(ms - whole) < 1e-6 ? whole : Number.NaN
}

/** A duration in whole milliseconds; both bounds are closed. */
export const duration = (min: string, max: string): Kind<Duration.Duration> => ({
  allowed: `a duration from ${min} to ${max}, such as "10 seconds", "500 ms" or "2 days"`,
  secret: false,
  parse: (text) => {
    const ms = within(durationMs(text), durationMs(min), durationMs(max))
    return ms === undefined ? undefined : Duration.millis(ms)
  }
})
