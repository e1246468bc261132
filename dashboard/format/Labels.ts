/** Labels for the codes of the API. */
import type { MomentType, Order, StreamOrder } from "../api/Wire.ts"

/** Whether a moment rises above the usual, falls below it, or turns without either. */
export type Direction = "rise" | "fall" | "turn"

interface Kind {
  readonly label: string
  readonly direction: Direction
}

const KINDS: Readonly<Record<MomentType, Kind>> = {
  raid: { label: "Raid", direction: "rise" },
  hype: { label: "Hype", direction: "rise" },
  chat_spike: { label: "Chat spike", direction: "rise" },
  viewer_surge: { label: "Viewer surge", direction: "rise" },
  chat_drop: { label: "Chat drop", direction: "fall" },
  viewer_drop: { label: "Viewer drop", direction: "fall" },
  sentiment_shift: { label: "Mood shift", direction: "turn" }
}

export const isMomentType = (type: string): type is MomentType => Object.hasOwn(KINDS, type)

/** In the order of the list to choose from. */
export const MOMENT_TYPES: ReadonlyArray<readonly [MomentType, string]> = Object.entries(KINDS).flatMap(
  ([type, { label }]) => (isMomentType(type) ? [[type, label] as const] : [])
)

/** An earlier job's own types are shown as it wrote them. */
export const momentLabel = (type: string): string =>
  isMomentType(type) ? KINDS[type].label : type.replaceAll("_", " ")

/** Types of an earlier job are falls if their name ends with `_drop`. */
export const momentDirection = (type: string): Direction => {
  if (isMomentType(type)) return KINDS[type].direction
  return type.endsWith("_drop") ? "fall" : "rise"
}

interface Sorting {
  readonly label: string
  readonly desc: string
  readonly asc: string
  /** The direction of the first click. */
  readonly first: Order
}

/** The sort orders of live streams, with words for both directions. */
export const STREAM_ORDERS: Readonly<Record<StreamOrder, Sorting>> = {
  chat_count: { label: "Messages", desc: "most first", asc: "fewest first", first: "desc" },
  unique_chatters: { label: "People", desc: "most first", asc: "fewest first", first: "desc" },
  avg_viewers: { label: "Viewers", desc: "most first", asc: "fewest first", first: "desc" },
  avg_sentiment: { label: "Mood", desc: "happiest first", asc: "angriest first", first: "asc" },
  z_score: { label: "Activity", desc: "liveliest first", asc: "quietest first", first: "desc" },
  stream_id: { label: "Name", desc: "Z to A", asc: "A to Z", first: "asc" }
}

export const isStreamOrder = (text: string): text is StreamOrder => Object.hasOwn(STREAM_ORDERS, text)

export const isOrder = (text: string): text is Order => text === "asc" || text === "desc"

/** The choices for the least strength of a moment. */
export const STRENGTHS = [5, 8, 12] as const

/** The choices for the age of a moment. */
export const AGES = [
  { name: "1h", ms: 3_600_000, label: "Last hour" },
  { name: "24h", ms: 86_400_000, label: "Last 24 hours" },
  { name: "7d", ms: 7 * 86_400_000, label: "Last 7 days" }
] as const
export type AgeName = (typeof AGES)[number]["name"]
