/** Places the marks of moments above a chart. Pure. */
import type { MomentItem } from "../api/Wire.ts"

export interface Marker {
  /** The one that is opened: the most intense of those that share the place. */
  readonly moment: MomentItem
  /** Pixels from the chart's left edge. */
  readonly left: number
  /** How many moments share the place, this one included. */
  readonly count: number
}

const intensity = (moment: MomentItem): number => moment.intensity ?? 0

/**
 * Returns marks from left to right, at least `gap` pixels apart. Moments outside the chart
 * (`leftOf` below 0 or above `width`) have none. The selected moment keeps its own place.
 */
export const placeMarkers = (
  moments: ReadonlyArray<MomentItem>,
  selected: string | undefined,
  leftOf: (ms: number) => number,
  width: number,
  gap: number
): ReadonlyArray<Marker> => {
  const placed = moments
    .map((moment) => ({ moment, left: leftOf(Date.parse(moment.timestamp)), count: 1 }))
    .filter(({ left }) => left >= 0 && left <= width)
    .sort((a, b) => a.left - b.left)
  const rank = (moment: MomentItem): number => (moment.id === selected ? Number.POSITIVE_INFINITY : intensity(moment))
  const marks: Array<Marker> = []
  for (const mark of placed) {
    const before = marks.at(-1)
    if (before === undefined || mark.left - before.left >= gap) marks.push(mark)
    else
      marks[marks.length - 1] = {
        ...(rank(mark.moment) > rank(before.moment) ? mark : before),
        count: before.count + 1
      }
  }
  return marks
}
