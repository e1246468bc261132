/** What a task reads back from the tables besides its checkpoint. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import { EventTimeMs } from "../../domain/EventTime.ts"
import { type Moment, MomentMetadata, MomentType } from "../../domain/Moment.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { ResultStoreError } from "../ResultStore.ts"
import type { Place } from "./Failure.ts"

/** In the order of the index, so that nothing is sorted; the condition on window_start is what the index and the partitions know. */
const SELECT_ROWS = `
SELECT stream_id, window_start, window_end, chat_count, unique_chatters, avg_sentiment, positive_count, negative_count, chat_rate,
  avg_viewers, top_emotes, z_score, is_anomaly, complete
FROM chat_summary_minute
WHERE source_partition = $1 AND window_start >= $2 AND window_start <= $3
ORDER BY window_start`

type RowValues = readonly [
  stream: string,
  start: Date,
  end: Date,
  chatCount: number,
  uniqueChatters: number,
  avgSentiment: number | null,
  positiveCount: number,
  negativeCount: number,
  chatRate: number,
  avgViewers: number | null,
  topEmotes: ReadonlyArray<string>,
  zScore: number | null,
  isAnomaly: boolean,
  complete: boolean
]

/** Sorts rows of ascending ends by stream (code unit) within each end: every name is compared once, not once per window. */
const sortWithinEnds = (rows: Array<SummaryRow>): Array<SummaryRow> => {
  const rank = new Map<string, number>()
  for (const row of rows) rank.set(row.stream, 0)
  let n = 0
  for (const stream of [...rank.keys()].sort()) rank.set(stream, n++)
  const ranks = new Map(rows.map((row) => [row, rank.get(row.stream) ?? 0]))
  return rows.sort((a, b) => a.endMs - b.endMs || (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0))
}

/** Rows of the task with `historyFromMs <= window_start`, `window_end <= watermark`, and the checkpoint's size and slide. */
export const readRows = Effect.fnUntraced(function* (checkpoint: Checkpoint, historyFromMs: EventTimeMs) {
  const { sizeMs, slideMs } = checkpoint.window
  const sql = yield* SqlClient
  const found = yield* sql.unsafe(SELECT_ROWS, [
    PgTypes.int4(checkpoint.sourcePartition),
    PgTypes.timestamp(historyFromMs),
    PgTypes.timestamp(checkpoint.watermarkMs - sizeMs)
  ]).values
  const rows: Array<SummaryRow> = []
  for (const values of found) {
    // the columns of SELECT_ROWS, whose types the schema check has seen
    const r = values as unknown as RowValues
    const startMs = r[1].getTime()
    const endMs = r[2].getTime()
    if (endMs - startMs !== sizeMs || startMs % slideMs !== 0) continue
    rows.push({
      stream: r[0],
      startMs: EventTimeMs(startMs),
      endMs: EventTimeMs(endMs),
      chatCount: r[3],
      uniqueChatters: r[4],
      avgSentiment: r[5],
      positiveCount: r[6],
      negativeCount: r[7],
      chatRate: r[8],
      avgViewers: r[9],
      topEmotes: r[10],
      zScore: r[11],
      isAnomaly: r[12],
      complete: r[13]
    })
  }
  return sortWithinEnds(rows)
})

const decodeMoment = Schema.decodeUnknownEffect(
  Schema.Struct({
    stream_id: Schema.String,
    moment_type: MomentType,
    timestamp: Schema.Date,
    ended_at: Schema.Date,
    intensity: Schema.Finite,
    description: Schema.String,
    metadata: MomentMetadata
  })
)

/** Moments of the task with `ended_at >= openSinceMs`, in order of (timestamp, stream, type). */
export const readMoments = Effect.fnUntraced(function* (
  place: Place,
  sourcePartition: number,
  openSinceMs: EventTimeMs
) {
  const sql = yield* SqlClient
  const found = yield* sql.unsafe(
    `SELECT stream_id, moment_type, timestamp, ended_at, intensity, description, metadata
    FROM moments WHERE source_partition = $1 AND ended_at >= $2 ORDER BY timestamp, stream_id COLLATE "C", moment_type COLLATE "C"`,
    [PgTypes.int4(sourcePartition), PgTypes.timestamp(openSinceMs)]
  )
  return yield* Effect.forEach(found, (row) =>
    Effect.mapBoth(decodeMoment(row), {
      onFailure: (error) =>
        new ResultStoreError({
          reason: "Checkpoint",
          detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}: a moment of task ${sourcePartition} in schema ${place.schema} can't be read: ${error.message.replaceAll(/\s*\n\s*/g, " ")}. Correct or delete the row`,
          cause: error
        }),
      onSuccess: (m): Moment => ({
        stream: m.stream_id,
        type: m.moment_type,
        timestampMs: EventTimeMs(m.timestamp.getTime()),
        endedAtMs: EventTimeMs(m.ended_at.getTime()),
        intensity: m.intensity,
        description: m.description,
        metadata: m.metadata
      })
    })
  )
})

/** Per input: the offsets in [replayOffset, nextOffset) that are dead letters because they were ahead of their time, ascending. */
export const readFutureOffsets = (checkpoint: Checkpoint) =>
  Effect.forEach(
    checkpoint.inputs,
    Effect.fnUntraced(function* (input) {
      const sql = yield* SqlClient
      const found = yield* sql<{ kafka_offset: bigint }>`SELECT kafka_offset FROM dead_letters
        WHERE topic = ${input.topic} AND partition = ${input.partition}
          AND kafka_offset >= ${PgTypes.int8(input.replayOffset)} AND kafka_offset < ${PgTypes.int8(input.nextOffset)}
          AND reason = 'future-timestamp'
        ORDER BY kafka_offset`
      return found.map((row) => row.kafka_offset)
    })
  )
