/** Finds what occurs more often in a reaction span than in the rest of the window before it. */
import { byCodeUnit } from "../domain/CodeUnits.ts"

/** The most names that are returned. */
const MOST = 5
/** A smaller number is no rise. */
const LEAST = 3
/** A rise is at least so many times the expected number. */
const TIMES = 2

export interface Risen {
  readonly name: string
  /** The number in the span, and the number that the time before makes expect. */
  readonly now: number
  readonly expected: number
}

/**
 * The names that rose, the greatest difference first; of equal ones by code unit. `expected` is the
 * number before, scaled from the length of the rest to that of the span.
 */
export const rising = (
  span: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  { restMs, spanMs }: { readonly spanMs: number; readonly restMs: number }
): ReadonlyArray<Risen> =>
  [...span]
    .map(([name, now]): Risen => ({ name, now, expected: ((before.get(name) ?? 0) * spanMs) / restMs }))
    .filter(({ expected, now }) => now >= LEAST && now >= TIMES * expected)
    .toSorted((a, b) => b.now - b.expected - (a.now - a.expected) || byCodeUnit(a.name, b.name))
    .slice(0, MOST)
