/** A moment: an episode of unusual windows of one stream, from its first window to its last. One spike is one moment. */
import { Schema } from "effect"
import type { EventTimeMs } from "./EventTime.ts"

export const MomentType = Schema.Literals(["chat_spike", "chat_drop", "viewer_surge", "viewer_drop", "sentiment_shift"])
export type MomentType = typeof MomentType.Type

/** The peak window in figures, and what it is compared with. Column `metadata` of table `moments`. */
export const MomentMetadata = Schema.Struct({
  /** The peak window, ISO 8601 in UTC. */
  window_start: Schema.String,
  window_end: Schema.String,
  chat_count: Schema.Finite,
  unique_chatters: Schema.Finite,
  avg_viewers: Schema.NullOr(Schema.Finite),
  avg_sentiment: Schema.NullOr(Schema.Finite),
  /** The peak window's score with its sign; the moment's intensity is its absolute value. */
  score: Schema.Finite,
  /** The value that was scored, and what was usual. */
  value: Schema.Finite,
  baseline_mean: Schema.Finite,
  /** Population standard deviation, before the floor. */
  baseline_deviation: Schema.Finite,
  baseline_size: Schema.Finite,
  top_emotes: Schema.Array(Schema.String),
  /** Of the latest baseline window that has a row. */
  top_emotes_before: Schema.Array(Schema.String)
})
export type MomentMetadata = typeof MomentMetadata.Type

export interface Moment {
  readonly stream: string
  readonly type: MomentType
  /** End of the first window minus the slide: the instant from which that window differs from the one before it. */
  readonly timestampMs: EventTimeMs
  /** End of the last window so far. */
  readonly endedAtMs: EventTimeMs
  /** Greatest absolute score so far. */
  readonly intensity: number
  /** A sentence for people, of the peak window. */
  readonly description: string
  readonly metadata: MomentMetadata
}
