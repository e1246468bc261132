/** What is usual for a stream: its own windows that overlap neither the window in question nor each other. */

/** A value against its baseline. */
export interface Verdict {
  readonly value: number
  /** (value - mean) / max(deviation, floor) */
  readonly score: number
  readonly mean: number
  /** Population standard deviation, before the floor. */
  readonly deviation: number
  /** How many windows the baseline has. */
  readonly size: number
}

/** Scores a value against baseline values, in their order; `undefined` for fewer than `atLeast` of them. The deviation takes a second pass, which loses no digits to cancellation. */
export const judge = (
  value: number,
  values: ReadonlyArray<number>,
  atLeast: number,
  floor: (mean: number) => number
): Verdict | undefined => {
  const size = values.length
  if (size === 0 || size < atLeast) return undefined
  let sum = 0
  for (const v of values) sum += v
  const mean = sum / size
  let squares = 0
  for (const v of values) squares += (v - mean) * (v - mean)
  const deviation = Math.sqrt(squares / size)
  return { value, score: (value - mean) / Math.max(deviation, floor(mean)), mean, deviation, size }
}
