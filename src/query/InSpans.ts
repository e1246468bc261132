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

const HOUR_MS = 3_600_000

/** A stream and bounds of the starts of its windows, in milliseconds since 1970. */
export interface StreamRange {
  readonly stream: string
  readonly from?: number
  readonly to?: number
}

/**
 * Returns the requested range from (closed) to (open). Without one it is the last hour in which the
 * stream has windows.
 */
export const rangeOf = Effect.fnUntraced(function* ({ from, stream, to }: StreamRange) {
  const last = to === undefined ? yield* readLatestWindow(stream) : undefined
  const toMs = to ?? (last === undefined ? 0 : last.window_start + 1)
  return { fromMs: from ?? toMs - HOUR_MS, toMs }
})
