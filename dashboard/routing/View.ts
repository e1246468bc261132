/** The stretch of time that a stream's page shows: the latest one, moving, or a fixed one. Pure. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** The ranges of the toolbar: name in the address, length, and label. */
export const RANGES = [
  { name: "15m", ms: 15 * MINUTE_MS, label: "15 min" },
  { name: "1h", ms: HOUR_MS, label: "1 h" },
  { name: "6h", ms: 6 * HOUR_MS, label: "6 h" },
  { name: "24h", ms: DAY_MS, label: "24 h" },
  { name: "7d", ms: 7 * DAY_MS, label: "7 d" }
] as const

export type RangeName = (typeof RANGES)[number]["name"]

/** From (closed) to (open), in milliseconds since 1970. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

export type View =
  | { readonly kind: "live"; readonly range: RangeName }
  | ({
      readonly kind: "fixed"
    } & Span)

export const LIVE: View = { kind: "live", range: "1h" }

export const rangeMs = (name: RangeName): number => RANGES.find((range) => range.name === name)?.ms ?? HOUR_MS

/** Bounds of a view: shorter ones show nothing more, longer ones load the database too much. */
export const SHORTEST_MS = MINUTE_MS
export const LONGEST_MS = 31 * DAY_MS
const FIRST_MS = 0
const LAST_MS = Date.UTC(9999, 0)

/** The same middle and a length within bounds, at whole seconds. */
const bounded = ({ fromMs, toMs }: Span): View => {
  const lengthMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, toMs - fromMs))
  const start = Math.min(LAST_MS - lengthMs, Math.max(FIRST_MS, (fromMs + toMs - lengthMs) / 2))
  const from = Math.round(start / 1000) * 1000
  return { kind: "fixed", fromMs: from, toMs: from + Math.round(lengthMs / 1000) * 1000 }
}

/** A view of exactly this range, within the bounds. */
export const fixed = (fromMs: number, toMs: number): View =>
  bounded({ fromMs: Math.min(fromMs, toMs), toMs: Math.max(fromMs, toMs) })

/** `factor` times as long, with the same middle. */
export const zoomed = ({ fromMs, toMs }: Span, factor: number): View => {
  const middle = (fromMs + toMs) / 2
  const half = ((toMs - fromMs) / 2) * factor
  return bounded({ fromMs: middle - half, toMs: middle + half })
}

/** Moved by a share of its length: 0.25 = a quarter later. */
export const panned = ({ fromMs, toMs }: Span, share: number): View => {
  const byMs = (toMs - fromMs) * share
  return bounded({ fromMs: fromMs + byMs, toMs: toMs + byMs })
}

/** Time before and after a selected moment. */
const SURROUNDINGS_MS = 10 * MINUTE_MS

/** A moment in its surroundings, however long it lasted. */
export const around = (startMs: number, endMs: number): View =>
  fixed(startMs - SURROUNDINGS_MS, Math.max(startMs, endMs) + SURROUNDINGS_MS)

/** More points than a wide screen has columns to draw them in. */
export const MOST_POINTS = 1500

/**
 * Numbers of slides to a step that people can name: with a slide of 10 s up to 1 h, 4 h and a day.
 */
const SLIDES = [1, 2, 3, 6, 12, 18, 30, 60, 90, 180, 360, 720, 1440, 4320, 8640]

const LONGEST_STEP_S = 31 * 86_400

/**
 * Returns the step in seconds with which at most `most` points load; `undefined` if
 * each window can load. The step is a whole number of slides if these are whole seconds.
 */
export const stepFor = (lengthMs: number, slideMs: number, most = MOST_POINTS): number | undefined => {
  const slides = Math.ceil(lengthMs / slideMs / most)
  if (slides <= 1) return undefined
  const rounded = SLIDES.find((size) => size >= slides) ?? slides
  return Math.min(LONGEST_STEP_S, Math.max(1, Math.ceil((rounded * slideMs) / 1000)))
}

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** As parameters of an address; the standard view needs none. */
export const viewParameters = (view: View): ReadonlyArray<readonly [string, string]> => {
  if (view.kind === "fixed") {
    return [
      ["from", isoSeconds(view.fromMs)],
      ["to", isoSeconds(view.toMs)]
    ]
  }
  return LIVE.kind === "live" && view.range === LIVE.range ? [] : [["range", view.range]]
}

/** Returns `undefined` if the parameters name no known view. */
export const parseView = (parameters: URLSearchParams): View | undefined => {
  const from = Date.parse(parameters.get("from") ?? "")
  const to = Date.parse(parameters.get("to") ?? "")
  if (from < to) return fixed(from, to)
  const range = RANGES.find(({ name }) => name === parameters.get("range"))
  return range === undefined ? undefined : { kind: "live", range: range.name }
}
