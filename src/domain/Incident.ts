/** An incident: what detectors report of one stream at one time, as one moment with its parts. */
import { Schema } from "effect"
import type { EventTimeMs } from "./EventTime.ts"

/** Rises: raid, hype, chat_spike, viewer_surge. Falls: chat_drop, viewer_drop. A turn: sentiment_shift. */
export const IncidentType = Schema.Literals([
  "raid",
  "hype",
  "chat_spike",
  "viewer_surge",
  "chat_drop",
  "viewer_drop",
  "sentiment_shift"
])
export type IncidentType = typeof IncidentType.Type

/** What explains an incident: of the chat, the numbers at its peak. Column `metadata` of table `moments`. */
export const IncidentMetadata = Schema.Struct({
  /** End of the peak's reaction span, ISO 8601 in UTC, and the span's length. */
  peak_end: Schema.String,
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
  /** The most repeated text: by few people, it is spam or copypasta. */
  repeated_text: Schema.String,
  repeated_messages: Schema.Finite,
  repeated_people: Schema.Finite,
  /** The greatest jump of viewers, and the greatest turn of the mood, that took part. */
  viewers: Schema.NullOr(Schema.Finite),
  usual_viewers: Schema.NullOr(Schema.Finite),
  mood: Schema.NullOr(Schema.Finite),
  usual_mood: Schema.NullOr(Schema.Finite)
})
export type IncidentMetadata = typeof IncidentMetadata.Type

export interface Incident {
  readonly stream: string
  /** As the parts so far decide: it can change while the incident lasts. An incident is known by its stream and timestamp. */
  readonly type: IncidentType
  /** End of the first span minus the slide: where the pane begins that made the difference. */
  readonly timestampMs: EventTimeMs
  /** End of the last span so far. */
  readonly endedAtMs: EventTimeMs
  /** Greatest score so far. */
  readonly intensity: number
  /** A sentence for people. */
  readonly description: string
  readonly metadata: IncidentMetadata
}
