/** Counts of skipped and unusable items. */
import { escapeControls } from "../domain/EscapeControls.ts"
import { number } from "../domain/Wording.ts"

/** `12 joins, 3 tickers`. */
export const countsOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${number(count)} ${escapeControls(what)}`)
    .join(", ")

export const totalOf = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count, 0)
