/**
 * The score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad, "Evaluating
 * real-time anomaly detection algorithms", 2015): Each labeled window rewards its first detection,
 * the more the earlier. A detection outside of all windows costs, the less the closer behind one. A
 * window without any costs 1. Detections in the first 15 % of a series (750 steps at most) do not
 * count.
 */
export interface Labeled {
  readonly steps: number
  readonly windows: ReadonlyArray<readonly [first: number, last: number]>
  readonly detections: ReadonlyArray<number>
}

const FALSE_POSITIVE = 0.11

/** 1 at the window's start, 0 at its end, -1 far behind it. */
const sigmoid = (position: number): number => (position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1)

const rawScore = ({ detections, steps, windows }: Labeled): number => {
  const probation = Math.min(Math.floor(0.15 * steps), 750)
  let score = 0
  const found = new Set<number>()
  for (const step of detections.filter((step) => step >= probation).toSorted((a, b) => a - b)) {
    const inside = windows.findIndex(([first, last]) => step >= first && step <= last)
    const [first, last] = windows[inside] ?? windows.findLast(([, last]) => last < step) ?? [Number.NaN, Number.NaN]
    if (inside < 0) {
      score += Number.isNaN(last)
        ? -FALSE_POSITIVE
        : FALSE_POSITIVE * sigmoid((step - last) / Math.max(1, last - first))
    } else if (!found.has(inside)) {
      found.add(inside)
      score += sigmoid(-(last - step + 1) / (last - first + 1)) / sigmoid(-1)
    }
  }
  return score - (windows.length - found.size)
}

/** 0 = silence, 100 = every window detected at its start and nothing else. */
export const nabScore = (series: ReadonlyArray<Labeled>): number => {
  const windows = series.reduce((sum, { windows }) => sum + windows.length, 0)
  const raw = series.reduce((sum, labeled) => sum + rawScore(labeled), 0)
  return (100 * (raw + windows)) / (2 * windows)
}
