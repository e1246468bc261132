/** The words for what the API names by code. */
import type { MomentItem, MomentType, StreamOrder } from "../api/Wire.ts"

const MOMENT_LABELS: Readonly<Record<MomentType, string>> = {
  chat_spike: "Chat spike",
  chat_drop: "Chat drop",
  viewer_surge: "Viewer surge",
  viewer_drop: "Viewer drop",
  sentiment_shift: "Mood shift"
}

export const MOMENT_TYPES: ReadonlyArray<readonly [MomentType, string]> = [
  ["chat_spike", MOMENT_LABELS.chat_spike],
  ["chat_drop", MOMENT_LABELS.chat_drop],
  ["viewer_surge", MOMENT_LABELS.viewer_surge],
  ["viewer_drop", MOMENT_LABELS.viewer_drop],
  ["sentiment_shift", MOMENT_LABELS.sentiment_shift]
]

export const isMomentType = (type: string): type is MomentType => Object.hasOwn(MOMENT_LABELS, type)

/** An earlier job's own types are shown as it wrote them. */
export const momentLabel = (type: string): string =>
  isMomentType(type) ? MOMENT_LABELS[type] : type.replaceAll("_", " ")

/** Whether a moment rises above what is usual or falls below it. */
export const isRise = ({ metadata, moment_type }: MomentItem): boolean =>
  metadata === null ? !moment_type.endsWith("_drop") : metadata.score >= 0

/** What a moment's score is of, and with how many digits the value and what is usual are worth showing. */
export const momentMeasure = (
  type: string
): { readonly noun: string; readonly valueDigits: number; readonly usualDigits: number } => {
  if (type.startsWith("viewer_")) return { noun: "viewers", valueDigits: 0, usualDigits: 0 }
  if (type === "sentiment_shift") return { noun: "mean sentiment", valueDigits: 2, usualDigits: 2 }
  return { noun: "messages", valueDigits: 0, usualDigits: 1 }
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
