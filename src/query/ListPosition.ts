/** The place of a page in its list, and the page before it. */
import { type Direction, MOST_COUNTED, type Position } from "../api/Values.ts"

/**
 * `before` = items before the page, `total` = items in the list. A count that reaches
 * `MOST_COUNTED` + 1 means "more".
 */
export const positionOf = (before: number, total: number): Position => ({
  first: before >= MOST_COUNTED ? null : Math.min(before + 1, total),
  total: total > MOST_COUNTED ? null : total
})

/** Limit of a statement that counts. */
export const COUNT_LIMIT = MOST_COUNTED + 1

export const opposite = (direction: Direction): Direction => (direction === "asc" ? "desc" : "asc")

/** SQL operators that select the rows after a sort key, and the key with the rows before it. */
export const comparing = (direction: Direction): { readonly after: string; readonly upTo: string } =>
  direction === "asc" ? { after: ">", upTo: "<=" } : { after: "<", upTo: ">=" }
