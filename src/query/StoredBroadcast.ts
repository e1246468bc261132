/** The columns of table `broadcasts` that the API returns, and the moments of each row. */
import { Effect, Schema } from "effect"
import type { BroadcastItem } from "../api/Broadcasts.ts"
import { ColumnText, cursorOf, Milliseconds } from "./Cursor.ts"
import { Measure, rowsOf, Timestamp } from "./Rows.ts"
import { finiteSql } from "./StoredSummary.ts"

/** The primary key. */
export const BroadcastKey = Schema.Struct({
  task: Schema.Int.check(Schema.isBetween({ minimum: -2_147_483_648, maximum: 2_147_483_647 })),
  stream: ColumnText,
  startedMs: Milliseconds
})
export type BroadcastKey = typeof BroadcastKey.Type

const ids = cursorOf(BroadcastKey)

/** Returns `undefined` for a text that names no broadcast. */
export const readId = (id: string): Effect.Effect<BroadcastKey | undefined> =>
  Effect.catch(ids.read(id), () => Effect.undefined)

/** SQL for whether broadcast `b` is over. `overMs`: a parameter. A task without a row is gone. */
export const overSql = (overMs: string): string =>
  `COALESCE(b.ended_at <= c.watermark - ${overMs} * interval '1 millisecond', TRUE)`

/** Broadcasts `b` with the checkpoints `c` of their tasks. */
export const FROM_BROADCASTS = "broadcasts b LEFT JOIN checkpoints c USING (source_partition)"

/**
 * SQL for whether a row of `moments` belongs to a row of `broadcasts`, both by their aliases. A
 * moment belongs to the broadcast that its metadata names. It may follow the broadcast's end: a
 * fall is found there. The range of times serves the index.
 */
export const isMomentOf = (moment: string, broadcast: string, overMs: string): string => `
  ${moment}.stream_id = ${broadcast}.stream_id AND ${moment}.source_partition = ${broadcast}.source_partition
  AND ${moment}.timestamp >= ${broadcast}.started_at
  AND ${moment}.timestamp < ${broadcast}.ended_at + ${overMs} * interval '1 millisecond'
  AND ${moment}.metadata ->> 'broadcast_start' = to_char(${broadcast}.started_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** Adds its moments to each row of `query`, which selects rows of {@link FROM_BROADCASTS}. */
export const withMoments = (query: string, overMs: string, order: string): string => `
WITH page AS (${query})
SELECT page.source_partition, page.stream_id, page.started_at, page.ended_at, page.over,
  extract(epoch FROM page.ended_at - page.started_at)::float8 AS length_seconds,
  page.messages::float8, page.scored::float8, page.avg_sentiment, page.avg_viewers, page.peak_viewers,
  page.peak_viewers_at, page.peak_messages::float8, page.peak_messages_at, page.peak_people::float8,
  page.peak_people_at, best.*
FROM page LEFT JOIN LATERAL (
  SELECT count(*) OVER ()::float8 AS moments, m.id::text AS best_id, m.timestamp AS best_timestamp,
    m.moment_type AS best_type, ${finiteSql("m.intensity")} AS best_intensity
  FROM moments m
  WHERE ${isMomentOf("m", "page", overMs)}
  ORDER BY best_intensity DESC NULLS LAST, m.timestamp, m.id LIMIT 1
) best ON TRUE ORDER BY ${order}`

const Stored = Schema.Struct({
  source_partition: Schema.Int,
  stream_id: Schema.String,
  started_at: Timestamp,
  ended_at: Timestamp,
  over: Schema.Boolean,
  length_seconds: Schema.Finite,
  messages: Schema.Int,
  scored: Schema.Int,
  avg_sentiment: Measure,
  avg_viewers: Measure,
  peak_viewers: Measure,
  peak_viewers_at: Schema.NullOr(Timestamp),
  peak_messages: Schema.Int,
  peak_messages_at: Schema.NullOr(Timestamp),
  peak_people: Schema.Int,
  peak_people_at: Schema.NullOr(Timestamp),
  moments: Schema.NullOr(Schema.Int),
  best_id: Schema.NullOr(Schema.String),
  best_timestamp: Schema.NullOr(Timestamp),
  best_type: Schema.NullOr(Schema.String),
  best_intensity: Measure
})
type Stored = typeof Stored.Type

export const storedOf = rowsOf(Stored)

export const keyOf = ({ source_partition, started_at, stream_id }: Stored): BroadcastKey => ({
  task: source_partition,
  stream: stream_id,
  startedMs: started_at
})

export const itemOf = (row: Stored): BroadcastItem => {
  const { best_id, best_intensity, best_timestamp, best_type, moments, source_partition: _, ...columns } = row
  return {
    id: ids.write(keyOf(row)),
    ...columns,
    // Without a moment the join has no row.
    moments: moments ?? 0,
    best_moment:
      best_id === null || best_timestamp === null || best_type === null
        ? null
        : { id: best_id, timestamp: best_timestamp, moment_type: best_type, intensity: best_intensity }
  }
}
