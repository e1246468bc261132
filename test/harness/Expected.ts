/**
 * The expected answers of the API for committed flushes, derived from the values, not from the
 * tables.
 */
import type { Clip } from "../../src/api/Moments.ts"
import type { Moment } from "../../src/domain/Moment.ts"
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

/** Its clip by the default settings. */
export const clipOf = ({ metadata }: Moment): typeof Clip.Encoded => {
  const { broadcast_start, peak_start } = metadata
  const peakMs = Date.parse(peak_start)
  const startMs = broadcast_start === null ? undefined : Date.parse(broadcast_start)
  const inMs = Math.max(peakMs - 20_000, startMs ?? 0)
  return {
    offset_seconds: startMs === undefined ? null : (inMs - startMs) / 1000,
    peak_seconds: startMs === undefined ? null : (peakMs - startMs) / 1000,
    in: iso(inMs),
    out: iso(inMs + 30_000),
    peak: iso(peakMs),
    url: null
  }
}

export const pointOf = (row: SummaryRow): typeof SummaryPoint.Encoded => ({
  ...summaryOf(row),
  windows: 1
})
