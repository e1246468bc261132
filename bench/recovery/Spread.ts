/** Measured values, told by their least, middle and greatest. */
import { median } from "../Median.ts"

/** Cells of a Markdown table: how many, least, median, greatest. */
export const spread = (values: ReadonlyArray<number>, format: (value: number) => string): string =>
  values.length === 0
    ? "0 | | |"
    : [String(values.length), ...[Math.min(...values), median(values), Math.max(...values)].map(format)].join(" | ")

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
