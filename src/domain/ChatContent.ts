/** The content of a chat at the peak of a moment. Column `content` of table `moment_samples`. */
import { Schema } from "effect"

/** One message as it was written, up to {@link MAX_SAMPLE_CODE_POINTS}. */
const ChatSample = Schema.Struct({
  text: Schema.String,
  /** The user, or a hash of the name; `null` if names are not stored. */
  user: Schema.NullOr(Schema.String),
  /** Event time, ISO 8601 in UTC. */
  at: Schema.String
})

/** Each list starts with the most important element. docs/SEMANTICS.md has the exact rules. */
export const ChatContent = Schema.Struct({
  /** Messages of different people. Each adds something to the earlier ones. */
  samples: Schema.Array(ChatSample),
  /** The most repeated text as it was first written; `null` if no text comes twice. */
  repeated: Schema.NullOr(Schema.Struct({ text: Schema.String, messages: Schema.Finite, people: Schema.Finite })),
  /** Words that rose: people who wrote each, and the number expected from the time before. */
  words: Schema.Array(Schema.Struct({ word: Schema.String, people: Schema.Finite, usual: Schema.Finite })),
  /** Emotes that rose: occurrences, and the number expected from the time before. */
  emotes: Schema.Array(Schema.Struct({ emote: Schema.String, count: Schema.Finite, before: Schema.Finite }))
})
export type ChatContent = typeof ChatContent.Type

/** The content of a peak at which fewer than five people write. */
export const EMPTY_CONTENT: ChatContent = { samples: [], repeated: null, words: [], emotes: [] }

/** The longest stored text. Twitch allows no longer message. */
export const MAX_SAMPLE_CODE_POINTS = 500

/** The age at which stored content is deleted, by default. */
export const SAMPLE_RETENTION_MS = 30 * 86_400_000

/** The forms in which user names are stored. */
export const SAMPLE_NAMES = ["shown", "hashed", "none"] as const
export type SampleNames = (typeof SAMPLE_NAMES)[number]

export interface SampleSettings {
  /** The most sample messages of a moment; 0 = moments quote nothing, and no content is stored. */
  readonly most: number
  readonly names: SampleNames
}

/** Moments quote nothing. */
export const NO_SAMPLES: SampleSettings = { most: 0, names: "none" }
