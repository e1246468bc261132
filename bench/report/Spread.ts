/** Several measurements of one value: their least, median and greatest. */

/**
 * The middle of an odd number of values; the mean of the two middle ones of an even number; NaN of
 * none.
 */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

export const spreadOf = (values: ReadonlyArray<number>): Spread =>
  values.length === 0
    ? { median: Number.NaN, least: Number.NaN, most: Number.NaN }
    : { median: median(values), least: Math.min(...values), most: Math.max(...values) }
