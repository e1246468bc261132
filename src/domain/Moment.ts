/** A moment: what detectors report of one stream at one time, as one row with its parts. */
import { Schema } from "effect"
import type { ChatContent } from "./ChatContent.ts"
import type { EventTimeMs } from "./EventTime.ts"
import type { WindowSettings } from "./WindowSettings.ts"

/** The types of moments, by direction. */
export const RISES = ["raid", "hype", "chat_spike", "viewer_surge"] as const
export const FALLS = ["chat_drop", "viewer_drop"] as const
export const TURNS = ["sentiment_shift"] as const

export const MomentType = Schema.Literals([...RISES, ...FALLS, ...TURNS])
export type MomentType = typeof MomentType.Type

/**
 * The numbers that explain a moment: those of the chat at its peak. Column `metadata` of table
 * `moments`.
 */
export const MomentMetadata = Schema.Struct({
  /** End of the peak's reaction span, ISO 8601 in UTC, and the span's length. */
  peak_end: Schema.String,
  /** Start of the busiest pane in the peak's reaction span, the first among equals. */
  peak_start: Schema.String,
  span_seconds: Schema.Finite,
  /** Greatest score of each detector that took part. */
  parts: Schema.Struct({
    chat: Schema.optionalKey(Schema.Finite),
    viewers: Schema.optionalKey(Schema.Finite),
    mood: Schema.optionalKey(Schema.Finite),
    silence: Schema.optionalKey(Schema.Finite),
    loss: Schema.optionalKey(Schema.Finite)
  }),
  people: Schema.Finite,
  usual_people: Schema.Finite,
  people_deviation: Schema.Finite,
  messages: Schema.Finite,
  usual_messages: Schema.Finite,
  /** Most people who share one word or class of reactions. */
  unison: Schema.Finite,
  usual_unison: Schema.Finite,
  shared: Schema.NullOr(Schema.String),
  /** The most repeated text. By few people, it is spam or copypasta. */
  repeated_text: Schema.String,
  repeated_messages: Schema.Finite,
  repeated_people: Schema.Finite,
  /** The greatest jump of viewers, and the greatest turn of the mood, that took part. */
  viewers: Schema.NullOr(Schema.Finite),
  usual_viewers: Schema.NullOr(Schema.Finite),
  mood: Schema.NullOr(Schema.Finite),
  usual_mood: Schema.NullOr(Schema.Finite),
  /**
   * Start of the stream's broadcast when the moment opened, ISO 8601 in UTC; `null` if the moment
   * began before the broadcast.
   */
  broadcast_start: Schema.NullOr(Schema.String)
})
export type MomentMetadata = typeof MomentMetadata.Type

/** A part joins a moment that ended no longer ago (closed bound). */
export const JOIN_MS = 90_000

/**
 * How long ago, before the end of the next slide, a moment may have ended and still continue or be
 * joined (closed bound).
 */
export const momentsReachMs = ({ slideMs }: WindowSettings): number => Math.max(JOIN_MS, slideMs)

/** The key of a moment in its task. */
export interface MomentKey {
  readonly stream: string
  /** End of the first span minus the slide: where the pane begins that made the difference. */
  readonly timestampMs: EventTimeMs
  /** Its type at the first slide. It never changes. */
  readonly openedAs: MomentType
}

export interface Moment extends MomentKey {
  /** The type that follows from the parts so far: a rise can become another rise while it lasts. */
  readonly type: MomentType
  /** End of the last span so far. */
  readonly endedAtMs: EventTimeMs
  /** Greatest absolute score so far. */
  readonly intensity: number
  /** A sentence for people. */
  readonly description: string
  readonly metadata: MomentMetadata
  /**
   * The chat at the peak. Present only in the step in which the peak is new, and if moments quote
   * the chat.
   */
  readonly content?: ChatContent
}

/** The key as text, without the task. */
export const momentKeyText = ({ openedAs, stream, timestampMs }: MomentKey): string =>
  JSON.stringify([stream, timestampMs, openedAs])

/** The moment as it is now. Its peak is that of an earlier step if it brings no content. */
export const withLatestContent = (moment: Moment, earlier: Moment | undefined): Moment =>
  moment.content !== undefined || earlier?.content === undefined ? moment : { ...moment, content: earlier.content }
