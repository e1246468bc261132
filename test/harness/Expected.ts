/**
 * The expected answers of the API for committed flushes, derived from the values, not from the
 * tables.
 */
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { SummaryPoint } from "../../src/api/Streams.ts"
import type { Summary } from "../../src/api/Values.ts"

export const iso = (ms: number): string => new Date(ms).toISOString()

export const summaryOf = (row: SummaryRow): typeof Summary.Encoded => ({
  stream_id: row.stream,
  window_start: iso(row.startMs),
  window_end: iso(row.endMs),
  chat_count: row.chatCount,
  unique_chatters: row.uniqueChatters,
  avg_sentiment: row.avgSentiment,
  scored_count: row.scoredCount,
  positive_count: row.positiveCount,
  negative_count: row.negativeCount,
  chat_rate: row.chatRate,
  avg_viewers: row.avgViewers,
  top_emotes: row.topEmotes,
  emote_counts: row.emoteCounts,
  z_score: row.zScore,
  is_anomaly: row.isAnomaly,
  complete: row.complete
})

export const pointOf = (row: SummaryRow): typeof SummaryPoint.Encoded => ({
  ...summaryOf(row),
  windows: 1
})
