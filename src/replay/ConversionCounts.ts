/** Counts of skipped and unusable items. */
import { escapeControls } from "../domain/EscapeControls.ts"
import { number } from "../domain/Wording.ts"

/** `tickers (12), lines of the logger (1)`: names in the plural fit every count. */
export const countsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${escapeControls(what)} (${number(count)})`)
    .join(", ")

export const totalOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)
