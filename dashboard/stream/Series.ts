/** A stream's windows as the charts draw them. Pure. */
import type { SummaryPoint } from "../api/Wire.ts"
import { count, counted, decimal, signed } from "../format/Numbers.ts"
import type { Span } from "../routing/View.ts"

type Values = ReadonlyArray<number | null>

/**
 * Columns of equal length. A row of nulls replaces missing windows, so that no line crosses times
 * without events.
 */
export interface Columns {
  /** Ends of windows in seconds since 1970, strictly ascending. */
  readonly x: ReadonlyArray<number>
  /** Which of the points it is; -1 for a row of nulls. */
  readonly index: ReadonlyArray<number>
  readonly chat: Values
  /** `chat_count` of unusual windows alone. */
  readonly anomalies: Values
  /** `z_score`; null without a baseline. */
  readonly score: Values
  /** Null if no message is scored: a mean of nothing is not 0. */
  readonly sentiment: Values
  readonly chatters: Values
  readonly viewers: Values
}

export const endMs = (point: Pick<SummaryPoint, "window_end">): number => Date.parse(point.window_end)
export const startMs = (point: Pick<SummaryPoint, "window_start">): number => Date.parse(point.window_start)

/**
 * `points` ascend by `window_end`. The line breaks between two points that are more than `breakMs`
 * apart. If several points have one end, the last one is drawn.
 */
export const toColumns = (points: ReadonlyArray<SummaryPoint>, breakMs: number): Columns => {
  const x: Array<number> = []
  const index: Array<number> = []
  let beforeMs = Number.NEGATIVE_INFINITY
  points.forEach((point, place) => {
    const timeMs = endMs(point)
    if (timeMs <= beforeMs) {
      index[index.length - 1] = place
      return
    }
    if (timeMs - beforeMs > breakMs && x.length > 0) {
      x.push((beforeMs + timeMs) / 2000)
      index.push(-1)
    }
    x.push(timeMs / 1000)
    index.push(place)
    beforeMs = timeMs
  })
  const column = (value: (point: SummaryPoint) => number | null): Values =>
    index.map((place) => {
      const point = points[place]
      return point === undefined ? null : value(point)
    })
  return {
    x,
    index,
    chat: column(({ chat_count }) => chat_count),
    anomalies: column(({ chat_count, is_anomaly }) => (is_anomaly ? chat_count : null)),
    score: column(({ z_score }) => z_score),
    sentiment: column(({ avg_sentiment, scored_count }) => (scored_count === 0 ? null : avg_sentiment)),
    chatters: column(({ unique_chatters }) => unique_chatters),
    viewers: column(({ avg_viewers }) => avg_viewers)
  }
}

/**
 * The starts (end open) of windows of one size that end within the span (closed bounds). The API
 * selects windows by their start, the page shows them at their end.
 */
export const startsOf = ({ fromMs, toMs }: Span, sizeMs: number): Span => ({
  fromMs: fromMs - sizeMs,
  toMs: toMs - sizeMs + 1
})

/**
 * Replaces the end of the points: `fresh` holds all points that start at or after `fromMs` (closed
 * bound). Points that ended before `keepFromMs` are dropped, so that an open page does not grow.
 */
export const withTail = (
  points: ReadonlyArray<SummaryPoint>,
  fresh: ReadonlyArray<SummaryPoint>,
  fromMs: number,
  keepFromMs: number
): ReadonlyArray<SummaryPoint> => [
  ...points.filter((point) => startMs(point) < fromMs && endMs(point) >= keepFromMs),
  ...fresh.filter((point) => endMs(point) >= keepFromMs)
]

/** The point that ends nearest to a time; `undefined` without points. */
export const pointAt = (points: ReadonlyArray<SummaryPoint>, ms: number): SummaryPoint | undefined =>
  points.reduce<SummaryPoint | undefined>(
    (best, point) => (best === undefined || Math.abs(endMs(point) - ms) < Math.abs(endMs(best) - ms) ? point : best),
    undefined
  )

/** The nearest row to a time that holds a point; `undefined` if none does. */
export const nearest = ({ index, x }: Columns, seconds: number): number | undefined => {
  let found: number | undefined
  for (const [row, place] of index.entries()) {
    if (place === -1) continue
    const distance = Math.abs((x[row] ?? 0) - seconds)
    if (found === undefined || distance < Math.abs((x[found] ?? 0) - seconds)) found = row
  }
  return found
}

/** The next row with a point in a direction, or the same one at the end. */
export const neighbour = ({ index }: Columns, row: number, direction: 1 | -1): number => {
  for (let next = row + direction; next >= 0 && next < index.length; next += direction) {
    if (index[next] !== -1) return next
  }
  return row
}

const present = (values: Values): ReadonlyArray<number> => values.filter((value) => value !== null)

const extent = (values: ReadonlyArray<number>): readonly [least: number, greatest: number] =>
  values.reduce<readonly [number, number]>(
    ([least, greatest], value) => [Math.min(least, value), Math.max(greatest, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  )

/** Describes a chart in one sentence. */
export const describe = (name: string, values: Values, format: (value: number) => string): string => {
  const known = present(values)
  const last = known.at(-1)
  if (last === undefined) return `${name}: nothing to show.`
  const [least, greatest] = extent(known)
  return `${name}: between ${format(least)} and ${format(greatest)}, last ${format(last)}.`
}

/** The sentences for all charts of a page. */
export const descriptions = (columns: Columns) => {
  const unusual = present(columns.anomalies).length
  return {
    chat: `${describe("Messages", columns.chat, count)} ${unusual === 0 ? "No point is" : `${counted(unusual, "point")} ${unusual === 1 ? "is" : "are"}`} unusual.`,
    score: describe("Activity", columns.score, (value) => signed(value, 1)),
    sentiment: describe("Mood", columns.sentiment, (value) => signed(value, 2)),
    chatters: describe("People who wrote", columns.chatters, count),
    viewers: describe("Viewers", columns.viewers, (value) => decimal(value, 0))
  }
}
