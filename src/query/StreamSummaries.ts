/** Reads one stream's windows over a time range, or the busiest window of each step. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SummaryPoint } from "../api/Streams.ts"
import { cursorOf, Milliseconds, pageOf } from "./Cursor.ts"
import type { TimeRange } from "../postgres/PartitionSpans.ts"
import { boundsOf, rangeOf, spansWithin } from "./InSpans.ts"
import { cutByBytes, Found } from "./PageBytes.ts"
import { rowsOf, Timestamp } from "./Rows.ts"
import { finiteSql, StoredSummary, SUMMARY_BYTES, SUMMARY_COLUMNS } from "./StoredSummary.ts"

export interface SummariesQuery {
  readonly stream: string
  readonly from?: number
  readonly to?: number
  /** Seconds. */
  readonly step?: number
  readonly limit: number
  readonly cursor?: string
}

export interface SummariesPage {
  readonly items: ReadonlyArray<SummaryPoint>
  readonly next: string | null
}

/** Start and end of a page's last window. With steps: only the start of the next step. */
const cursor = cursorOf(Schema.Struct({ startMs: Milliseconds, endMs: Schema.NullOr(Milliseconds) }))

const SELECT_WINDOWS = cutByBytes(
  `SELECT ${SUMMARY_COLUMNS} FROM chat_summary
  WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3 AND (window_start > $2 OR window_end > $4)
  ORDER BY window_start, window_end LIMIT $5`,
  SUMMARY_BYTES,
  "window_start, window_end"
)

const startsOf = rowsOf(Schema.Struct({ window_start: Timestamp }))

/**
 * Returns the start of the last window that a page may hold. The page's statement then locks only
 * the partitions of its windows.
 */
const lastStart = Effect.fnUntraced(function* (
  { limit, stream }: SummariesQuery,
  { fromMs, toMs }: TimeRange,
  endMs: number
) {
  const sql = yield* SqlClient
  let lastMs = fromMs
  let missing = limit + 1
  for (const span of yield* spansWithin(fromMs, toMs)) {
    const found = yield* startsOf(
      sql.unsafe(
        `SELECT DISTINCT window_start, window_end FROM chat_summary_minute
        WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3 AND (window_start > $4 OR window_end > $5)
        ORDER BY window_start, window_end LIMIT $6`,
        [
          PgTypes.text(stream),
          ...boundsOf(span),
          PgTypes.timestamp(fromMs),
          PgTypes.timestamp(endMs),
          PgTypes.int4(missing)
        ]
      ).unprepared
    )
    lastMs = found.at(-1)?.window_start ?? lastMs
    missing -= found.length
    if (missing <= 0) break
  }
  return lastMs
})

const windowsOf = rowsOf(Schema.Struct({ ...StoredSummary.fields, ...Found.fields }))

const readWindows = Effect.fnUntraced(function* (query: SummariesQuery) {
  const sql = yield* SqlClient
  const { fromMs, toMs } = yield* rangeOf(query)
  const after = yield* cursor.read(query.cursor)
  const firstMs = after?.startMs ?? fromMs
  const endMs = after?.endMs ?? 0
  const lastMs = yield* lastStart(query, { fromMs: firstMs, toMs }, endMs)
  const rows = yield* windowsOf(
    sql.unsafe(SELECT_WINDOWS, [
      PgTypes.text(query.stream),
      PgTypes.timestamp(firstMs),
      PgTypes.timestamp(Math.min(toMs, lastMs + 1)),
      PgTypes.timestamp(endMs),
      PgTypes.int4(query.limit + 1)
    ]).unprepared
  )
  const { items, next } = pageOf(rows, query.limit, cursor, ({ window_end, window_start }) => ({
    startMs: window_start,
    endMs: window_end
  }))
  const page: SummariesPage = { items: items.map((row) => ({ ...row, windows: 1 })), next }
  return page
})

/**
 * The columns of the busiest window, in the same pass as the aggregates. A join of two passes would
 * run step by step, because the planner cannot estimate the number of steps.
 */
const OF_BUSIEST = [
  "window_start",
  "window_end",
  "chat_count",
  "unique_chatters",
  "scored_count",
  "positive_count",
  "negative_count",
  "chat_rate"
]
  .map(
    (column) => `(array_agg(${column} ORDER BY chat_count DESC NULLS LAST, window_start, window_end))[1] AS ${column}`
  )
  .join(", ")

/** For rows older than the column: the messages with a mood. As in the view `chat_summary`. */
const SCORED = "COALESCE(scored_count, positive_count + negative_count)"

/**
 * Merges the parts of a split stream as the view `chat_summary` does. The view would sort wide
 * rows. These rows are narrow, and only the busiest window of each step reads its emotes.
 */
const SELECT_STEPS = cutByBytes(
  `WITH windows AS (
  SELECT window_start, window_end, date_bin($4 * interval '1 second', window_start, TIMESTAMP '1970-01-01') AS step,
    sum(chat_count) AS chat_count, sum(unique_chatters) AS unique_chatters,
    sum(positive_count) AS positive_count, sum(${SCORED}) AS scored_count,
    sum(negative_count) AS negative_count, sum(chat_rate) AS chat_rate,
    CASE WHEN count(*) = 1 THEN max(sentiment)
      ELSE sum(sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE sentiment IS NOT NULL), 0)
    END AS sentiment,
    CASE WHEN count(*) = 1 THEN max(viewers)
      ELSE (array_agg(viewers ORDER BY chat_count DESC, source_partition DESC))[1]
    END AS viewers,
    CASE WHEN count(*) = 1 THEN max(score)
      ELSE (array_agg(score ORDER BY chat_count DESC, source_partition DESC))[1]
    END AS score,
    bool_or(is_anomaly) AS is_anomaly, bool_and(complete) AS complete
  FROM (
    SELECT *, ${finiteSql("avg_sentiment")} AS sentiment, ${finiteSql("avg_viewers")} AS viewers,
      ${finiteSql("z_score")} AS score
    FROM chat_summary_minute WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3
  ) AS parts
  GROUP BY window_start, window_end
), steps AS (
  SELECT step, count(*)::float8 AS windows,
    sum(sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE sentiment IS NOT NULL), 0) AS avg_sentiment,
    avg(viewers) AS avg_viewers,
    CASE WHEN max(score) >= -min(score) THEN max(score) ELSE min(score) END AS z_score,
    bool_or(is_anomaly) AS is_anomaly, bool_and(complete) AS complete,
    ${OF_BUSIEST}
  FROM windows GROUP BY step
)
SELECT ${SUMMARY_COLUMNS}, windows, step FROM steps, LATERAL (
  SELECT stream_id, top_emotes, emote_counts FROM chat_summary_minute AS part
  WHERE part.stream_id = $1 AND part.window_start >= $2 AND part.window_start < $3
    AND part.window_start = steps.window_start AND part.window_end = steps.window_end
  ORDER BY part.chat_count DESC, source_partition DESC LIMIT 1
) AS emotes ORDER BY step`,
  SUMMARY_BYTES,
  "step"
)

const stepsOf = rowsOf(
  Schema.Struct({ ...StoredSummary.fields, ...Found.fields, windows: Schema.Int, step: Timestamp })
)

/** Returns the start of the stream's first window in [fromMs, toMs). */
const firstStart = Effect.fnUntraced(function* (stream: string, fromMs: number, toMs: number) {
  const sql = yield* SqlClient
  for (const span of yield* spansWithin(fromMs, toMs)) {
    const [first] = yield* startsOf(
      sql.unsafe(
        "SELECT window_start FROM chat_summary_minute WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3 ORDER BY window_start LIMIT 1",
        [PgTypes.text(stream), ...boundsOf(span)]
      ).unprepared
    )
    if (first !== undefined) return first.window_start
  }
  return undefined
})

const NO_WINDOWS: SummariesPage = { items: [], next: null }

/**
 * Reads at most `limit` steps of time, starting with a step that contains a window. So only the
 * last page can be empty.
 */
const readSteps = Effect.fnUntraced(function* (query: SummariesQuery, step: number) {
  const { limit, stream } = query
  const sql = yield* SqlClient
  const { fromMs, toMs } = yield* rangeOf(query)
  const after = yield* cursor.read(query.cursor)
  const firstMs = yield* firstStart(stream, after?.startMs ?? fromMs, toMs)
  if (firstMs === undefined) return NO_WINDOWS
  const stepMs = step * 1000
  const endMs = Math.min((Math.floor(firstMs / stepMs) + limit) * stepMs, toMs)
  const rows = yield* stepsOf(
    sql.unsafe(SELECT_STEPS, [
      PgTypes.text(stream),
      PgTypes.timestamp(firstMs),
      PgTypes.timestamp(endMs),
      PgTypes.float8(step)
    ]).unprepared
  )
  const last = rows.at(-1)
  const isCut = last !== undefined && last.found > rows.length
  const nextMs = yield* firstStart(stream, isCut ? last.step + stepMs : endMs, toMs)
  const page: SummariesPage = {
    items: rows,
    next: nextMs === undefined ? null : cursor.write({ startMs: nextMs, endMs: null })
  }
  return page
})

/** Reads one page. */
export const readSummaries = (query: SummariesQuery) =>
  query.step === undefined ? readWindows(query) : readSteps(query, query.step)
