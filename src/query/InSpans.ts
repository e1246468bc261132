/**
 * Reads `chat_summary_minute` in pieces of few partitions: a statement locks every partition that
 * its times do not exclude, with all their indexes.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { spans, type TimeRange } from "../postgres/PartitionSpans.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

/** The pieces of [fromMs, toMs) that each touch few partitions, ascending. */
export const spansWithin = (
  fromMs: number,
  toMs: number
): Effect.Effect<ReadonlyArray<TimeRange>, SqlError, SqlClient> =>
  Effect.map(spans, (all) =>
    all
      .map((span) => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
      .filter((span) => span.fromMs < span.toMs)
  )

/** The closed and the open bound as two parameters. */
export const boundsOf = ({ fromMs, toMs }: TimeRange): ReadonlyArray<PgTypes.Parameter> => [
  PgTypes.timestamp(fromMs),
  PgTypes.timestamp(toMs)
]

const windowsOf = rowsOf(Schema.Struct({ window_start: Timestamp, window_end: Timestamp }))

/** Returns a stream's last window, whatever its age; `undefined` if it has none. */
export const readLatestWindow = Effect.fnUntraced(function* (stream: string) {
  const sql = yield* SqlClient
  for (const span of (yield* spans).toReversed()) {
    const [latest] = yield* windowsOf(
      sql.unsafe(
        `SELECT window_start, window_end FROM chat_summary_minute
        WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3
        ORDER BY window_start DESC, window_end DESC LIMIT 1`,
        [PgTypes.text(stream), ...boundsOf(span)]
      ).unprepared
    )
    if (latest !== undefined) return latest
  }
  return undefined
})
