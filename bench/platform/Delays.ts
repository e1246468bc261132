/**
 * How long rows take to their commit: from when the watermark passes the end of their window, and
 * from that end.
 */
import type { Boundary, Percentiles } from "./Results.ts"
import type { Commit } from "./Tables.ts"
import type { Crossing, Produced } from "./ProducerMessages.ts"

/** Rows that took equally long. */
interface Delay {
  readonly ms: number
  readonly rows: number
}

const percentiles = (delays: ReadonlyArray<Delay>): Percentiles => {
  const sorted = delays.toSorted((a, b) => a.ms - b.ms)
  const rows = sorted.reduce((sum, delay) => sum + delay.rows, 0)
  const at = (share: number): number => {
    let below = 0
    return sorted.find((delay) => (below += delay.rows) >= share * rows)?.ms ?? Number.NaN
  }
  return { p50: at(0.5), p99: at(0.99), most: sorted.at(-1)?.ms ?? Number.NaN }
}

/** When an input's watermark passed an end; `undefined` = never. */
const passed = (crossings: ReadonlyArray<Crossing>, task: number, endMs: number): number | undefined =>
  crossings.find((crossing) => crossing.partition === task && crossing.endMs >= endMs)?.atMs

/**
 * A task's watermark is the least of its inputs': it passes an end with the last of them. Rows of
 * ends that it never passed are left out: those windows were closed because nothing came any more.
 * Boundaries in the order of time.
 */
export const delaysOf = (
  commits: ReadonlyArray<Commit>,
  crossings: Produced["crossings"]
): { readonly boundaries: ReadonlyArray<Boundary>; readonly all: Percentiles; readonly ages: Percentiles } => {
  const byEnd = new Map<number, Array<Delay>>()
  const ages: Array<Delay> = []
  for (const { committedMs, endMs, rows, task } of commits) {
    const chat = passed(crossings.chat, task, endMs)
    const viewer = passed(crossings.viewer, task, endMs)
    if (chat === undefined || viewer === undefined) continue
    const delays = byEnd.get(endMs) ?? []
    byEnd.set(endMs, delays)
    delays.push({ ms: committedMs - Math.max(chat, viewer), rows })
    ages.push({ ms: committedMs - endMs, rows })
  }
  const boundaries = [...byEnd]
    .toSorted(([a], [b]) => a - b)
    .map(([endMs, delays]) => ({
      endMs,
      rows: delays.reduce((sum, { rows }) => sum + rows, 0),
      ...percentiles(delays)
    }))
  return { boundaries, all: percentiles([...byEnd.values()].flat()), ages: percentiles(ages) }
}
