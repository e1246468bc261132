/** Labels for the codes of the API. */
import type { MomentType, StreamOrder } from "../api/Wire.ts"

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

export const STREAM_ORDER_LABELS: Readonly<Record<StreamOrder, string>> = {
  chat_count: "Messages",
  unique_chatters: "Chatters",
  avg_viewers: "Viewers",
  z_score: "Deviation",
  avg_sentiment: "Sentiment",
  stream_id: "Name"
}

export const isStreamOrder = (text: string): text is StreamOrder => Object.hasOwn(STREAM_ORDER_LABELS, text)
