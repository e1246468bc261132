/** One INSERT a row. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SummaryRow } from "../Subject.ts"

const INSERT_ROW = `
INSERT INTO chat_summary_minute (
  stream_id, window_start, window_end, chat_count, unique_chatters, avg_sentiment, scored_count, positive_count, negative_count, chat_rate,
  avg_viewers, top_emotes, z_score, is_anomaly, complete, processed_at, source_partition, flush)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, now() AT TIME ZONE 'UTC', 0, 1)
ON CONFLICT (stream_id, window_start, window_end, source_partition) DO UPDATE SET
  chat_count = EXCLUDED.chat_count, unique_chatters = EXCLUDED.unique_chatters, avg_sentiment = EXCLUDED.avg_sentiment,
  scored_count = EXCLUDED.scored_count, positive_count = EXCLUDED.positive_count, negative_count = EXCLUDED.negative_count, chat_rate = EXCLUDED.chat_rate,
  avg_viewers = EXCLUDED.avg_viewers, top_emotes = EXCLUDED.top_emotes, z_score = EXCLUDED.z_score,
  is_anomaly = EXCLUDED.is_anomaly, complete = EXCLUDED.complete, processed_at = EXCLUDED.processed_at, flush = EXCLUDED.flush`

export const insertRowByRow = (rows: ReadonlyArray<SummaryRow>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    for (const row of rows) {
      yield* sql.unsafe(INSERT_ROW, [
        row.stream,
        PgTypes.timestamp(row.startMs),
        PgTypes.timestamp(row.endMs),
        PgTypes.int4(row.chatCount),
        PgTypes.int4(row.uniqueChatters),
        PgTypes.float8(row.avgSentiment),
        PgTypes.int4(row.scoredCount),
        PgTypes.int4(row.positiveCount),
        PgTypes.int4(row.negativeCount),
        PgTypes.float8(row.chatRate),
        PgTypes.float8(row.avgViewers),
        Result.getOrThrow(PgTypes.array([...row.topEmotes], PgTypes.OID.text)),
        PgTypes.float8(row.zScore),
        row.isAnomaly,
        row.complete
      ])
    }
  })
