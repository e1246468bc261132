/** Rows of the view `chat_summary` as the API gives them. */
import type { Summary } from "../api/Values.ts"

/** The view's columns that {@link toSummary} reads. */
export const SUMMARY_COLUMNS =
  "stream_id, window_start, window_end, chat_count::float8, unique_chatters::float8, avg_sentiment, scored_count::float8, positive_count::float8, negative_count::float8, chat_rate, avg_viewers, top_emotes, z_score, is_anomaly, complete"

/** Bytes of a row's text, for PageBytes.ts. */
export const SUMMARY_BYTES = "octet_length(stream_id) + coalesce(octet_length(array_to_string(top_emotes, '')), 0)"

/** As PostgreSQL gives them. Rows of an earlier job may lack anything but the key. */
export interface SummaryRow {
  readonly stream_id: string
  readonly window_start: Date
  readonly window_end: Date
  readonly chat_count: number | null
  readonly unique_chatters: number | null
  readonly avg_sentiment: number | null
  readonly scored_count: number | null
  readonly positive_count: number | null
  readonly negative_count: number | null
  readonly chat_rate: number | null
  readonly avg_viewers: number | null
  readonly top_emotes: ReadonlyArray<string | null> | null
  readonly z_score: number | null
  readonly is_anomaly: boolean | null
  readonly complete: boolean | null
}

/** NaN and infinities, which a DOUBLE PRECISION may hold, are nothing that JSON could say. */
export const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null)

/** The same in SQL: NULL for what is not finite. NaN is greater than every number there. */
export const finiteSql = (value: string): string =>
  `CASE WHEN ${value} > '-Infinity' AND ${value} < 'Infinity' THEN ${value} END`

export const toSummary = (row: SummaryRow): Summary => ({
  stream_id: row.stream_id,
  window_start: row.window_start.getTime(),
  window_end: row.window_end.getTime(),
  chat_count: row.chat_count ?? 0,
  unique_chatters: row.unique_chatters ?? 0,
  avg_sentiment: finite(row.avg_sentiment),
  scored_count: row.scored_count ?? 0,
  positive_count: row.positive_count ?? 0,
  negative_count: row.negative_count ?? 0,
  chat_rate: finite(row.chat_rate) ?? 0,
  avg_viewers: finite(row.avg_viewers),
  top_emotes: (row.top_emotes ?? []).filter((emote) => emote !== null),
  z_score: finite(row.z_score),
  is_anomaly: row.is_anomaly ?? false,
  complete: row.complete ?? true
})
