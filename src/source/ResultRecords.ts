/**
 * Results as records of a topic: JSON with the field names of the HTTP API and an `id` that every
 * repetition has. A number that is not finite becomes `null`. The key is the stream. Pure.
 */
import { createHash } from "node:crypto"
import type { Moment } from "../domain/Moment.ts"
import { momentId } from "../domain/Notification.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"

export interface ResultRecord {
  readonly key: string
  readonly value: string
}

const instant = (ms: number): string => new Date(ms).toISOString()

export const momentRecord = (sourcePartition: number, moment: Moment): ResultRecord => ({
  key: moment.stream,
  value: JSON.stringify({
    id: momentId(sourcePartition, moment),
    stream_id: moment.stream,
    timestamp: instant(moment.timestampMs),
    ended_at: instant(moment.endedAtMs),
    moment_type: moment.type,
    opened_as: moment.openedAs,
    description: moment.description,
    intensity: moment.intensity,
    metadata: moment.metadata,
    source_partition: sourcePartition
  })
})

const windowId = (sourcePartition: number, { endMs, startMs, stream }: SummaryRow): string =>
  `window_${createHash("sha256")
    .update(JSON.stringify([sourcePartition, stream, startMs, endMs]))
    .digest("hex")
    .slice(0, 32)}`

export const windowRecord = (sourcePartition: number, row: SummaryRow): ResultRecord => ({
  key: row.stream,
  value: JSON.stringify({
    id: windowId(sourcePartition, row),
    stream_id: row.stream,
    window_start: instant(row.startMs),
    window_end: instant(row.endMs),
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
    complete: row.complete,
    source_partition: sourcePartition
  })
})
