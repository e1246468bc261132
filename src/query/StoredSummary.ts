/** The columns of the view `chat_summary` that the API returns. */
import { Schema, SchemaGetter } from "effect"
import { defaulted, Measure, Timestamp } from "./Rows.ts"

export const SUMMARY_COLUMNS =
  "stream_id, window_start, window_end, chat_count::float8, unique_chatters::float8, avg_sentiment, scored_count::float8, positive_count::float8, negative_count::float8, chat_rate, avg_viewers, top_emotes, emote_counts, z_score, is_anomaly, complete"

/** Bytes of a row's text, for PageBytes.ts. The counts of its emotes have no text. */
export const SUMMARY_BYTES = "octet_length(stream_id) + coalesce(octet_length(array_to_string(top_emotes, '')), 0)"

const Count = defaulted(Schema.Number, 0)

const Rate = Measure.pipe(
  Schema.decodeTo(Schema.Finite, {
    decode: SchemaGetter.transform((value: number | null) => value ?? 0),
    encode: SchemaGetter.passthrough()
  })
)

const Emotes = Schema.NullOr(Schema.Array(Schema.NullOr(Schema.String))).pipe(
  Schema.decodeTo(Schema.Array(Schema.String), {
    decode: SchemaGetter.transform((emotes: ReadonlyArray<string | null> | null) =>
      (emotes ?? []).filter((emote) => emote !== null)
    ),
    encode: SchemaGetter.passthrough()
  })
)

/** One row of {@link SUMMARY_COLUMNS}. Rows of an earlier job may lack everything but the key. */
export const StoredSummary = Schema.Struct({
  stream_id: Schema.String,
  window_start: Timestamp,
  window_end: Timestamp,
  chat_count: Count,
  unique_chatters: Count,
  avg_sentiment: Measure,
  scored_count: Count,
  positive_count: Count,
  negative_count: Count,
  chat_rate: Rate,
  avg_viewers: Measure,
  top_emotes: Emotes,
  emote_counts: defaulted(Schema.Array(Schema.Int), []),
  z_score: Measure,
  is_anomaly: defaulted(Schema.Boolean, false),
  complete: defaulted(Schema.Boolean, true)
})
export type StoredSummary = typeof StoredSummary.Type

/** SQL that returns NULL for NaN and infinities. PostgreSQL sorts NaN above every number. */
export const finiteSql = (value: string): string =>
  `CASE WHEN ${value} > '-Infinity' AND ${value} < 'Infinity' THEN ${value} END`
