/** Measured values, told by their least, middle and greatest. */

/** Of an odd number of values the one in the middle, of an even number the mean of the two. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

/** Cells of a Markdown table: how many, least, median, greatest. */
export const spread = (values: ReadonlyArray<number>, format: (value: number) => string): string =>
  values.length === 0
    ? "0 | | |"
    : [String(values.length), ...[Math.min(...values), median(values), Math.max(...values)].map(format)].join(" | ")

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
