/** One stream's windows over a time range, or the busiest window of each step. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SummaryPoint } from "../api/Streams.ts"
import { cursorOf, Milliseconds, pageOf } from "./Cursor.ts"
import { boundsOf, readLatestWindow, spansWithin, type TimeRange } from "./InSpans.ts"
import { cutByBytes, type Found } from "./PageBytes.ts"
import { finiteSql, SUMMARY_BYTES, type SummaryRow, SUMMARY_COLUMNS, toSummary } from "./SummaryRows.ts"

export interface SummariesQuestion {
  readonly stream: string
  readonly from?: number
  readonly to?: number
  /** Seconds. */
  readonly step?: number
  readonly limit: number
  readonly cursor?: string
}

const HOUR_MS = 3_600_000

/** Start and end of a page's last window; of a step: its start alone. */
const cursor = cursorOf(Schema.Struct({ startMs: Milliseconds, endMs: Schema.NullOr(Milliseconds) }))

/** The range that is asked for; without one the last hour in which the stream has windows. Both bounds closed and open as in a window. */
const rangeOf = Effect.fnUntraced(function* ({ from, stream, to }: SummariesQuestion) {
  const last = to === undefined ? yield* readLatestWindow(stream) : undefined
  const toMs = to ?? (last === undefined ? 0 : last.window_start.getTime() + 1)
  return { fromMs: from ?? toMs - HOUR_MS, toMs }
})

const SELECT_WINDOWS = cutByBytes(
  `SELECT ${SUMMARY_COLUMNS} FROM chat_summary
  WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3 AND (window_start > $2 OR window_end > $4)
  ORDER BY window_start, window_end LIMIT $5`,
  SUMMARY_BYTES,
  "window_start, window_end"
)

/** Start of the last window that a page may hold, so that the page's statement locks the partitions of its windows only. */
const lastStart = Effect.fnUntraced(function* (
  { limit, stream }: SummariesQuestion,
  { fromMs, toMs }: TimeRange,
  endMs: number
) {
  const sql = yield* SqlClient
  let lastMs = fromMs
  let missing = limit + 1
  for (const span of yield* spansWithin(fromMs, toMs)) {
    const found = yield* sql.unsafe<{ window_start: Date }>(
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
    lastMs = found.at(-1)?.window_start.getTime() ?? lastMs
    missing -= found.length
    if (missing <= 0) break
  }
  return lastMs
})

const readWindows = Effect.fnUntraced(function* (question: SummariesQuestion) {
  const sql = yield* SqlClient
  const { fromMs, toMs } = yield* rangeOf(question)
  const after = yield* cursor.read(question.cursor)
  const firstMs = after?.startMs ?? fromMs
  const endMs = after?.endMs ?? 0
  const lastMs = yield* lastStart(question, { fromMs: firstMs, toMs }, endMs)
  const rows = yield* sql.unsafe<SummaryRow & Found>(SELECT_WINDOWS, [
    PgTypes.text(question.stream),
    PgTypes.timestamp(firstMs),
    PgTypes.timestamp(Math.min(toMs, lastMs + 1)),
    PgTypes.timestamp(endMs),
    PgTypes.int4(question.limit + 1)
  ]).unprepared
  const { items, next } = pageOf(rows, question.limit, cursor, ({ window_end, window_start }) => ({
    startMs: window_start.getTime(),
    endMs: window_end.getTime()
  }))
  return { items: items.map((row): SummaryPoint => ({ ...toSummary(row), windows: 1 })), next }
})

/** One pass for all: two that are joined by the step would be joined step by step, since no one knows beforehand how many steps there are. */
const ofBusiest = (...columns: ReadonlyArray<string>): string =>
  columns
    .map(
      (column) => `(array_agg(${column} ORDER BY chat_count DESC NULLS LAST, window_start, window_end))[1] AS ${column}`
    )
    .join(", ")

/** Rows from before the column have none: those with a mood are known. As in view `chat_summary`. */
const SCORED = "COALESCE(scored_count, positive_count + negative_count)"

/**
 * The parts of a split stream are put together as in view `chat_summary`. The view itself would sort wide rows; these are narrow, and the emotes are looked up for the
 * busiest window of each step alone.
 */
const SELECT_STEPS = cutByBytes(
  `WITH windows AS (
  SELECT window_start, window_end, date_bin($4 * interval '1 second', window_start, TIMESTAMP '1970-01-01') AS step,
    sum(chat_count) AS chat_count, sum(unique_chatters) AS unique_chatters, sum(positive_count) AS positive_count, sum(${SCORED}) AS scored_count,
    sum(negative_count) AS negative_count, sum(chat_rate) AS chat_rate,
    CASE WHEN count(*) = 1 THEN max(sentiment) ELSE sum(sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE sentiment IS NOT NULL), 0) END AS sentiment,
    CASE WHEN count(*) = 1 THEN max(viewers) ELSE (array_agg(viewers ORDER BY chat_count DESC, source_partition DESC))[1] END AS viewers,
    CASE WHEN count(*) = 1 THEN max(score) ELSE (array_agg(score ORDER BY chat_count DESC, source_partition DESC))[1] END AS score,
    bool_or(is_anomaly) AS is_anomaly, bool_and(complete) AS complete
  FROM (
    SELECT *, ${finiteSql("avg_sentiment")} AS sentiment, ${finiteSql("avg_viewers")} AS viewers, ${finiteSql("z_score")} AS score
    FROM chat_summary_minute WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3
  ) AS parts
  GROUP BY window_start, window_end
), steps AS (
  SELECT step, count(*)::float8 AS windows,
    sum(sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE sentiment IS NOT NULL), 0) AS avg_sentiment,
    avg(viewers) AS avg_viewers,
    CASE WHEN max(score) >= -min(score) THEN max(score) ELSE min(score) END AS z_score,
    bool_or(is_anomaly) AS is_anomaly, bool_and(complete) AS complete,
    ${ofBusiest("window_start", "window_end", "chat_count", "unique_chatters", "scored_count", "positive_count", "negative_count", "chat_rate")}
  FROM windows GROUP BY step
)
SELECT ${SUMMARY_COLUMNS}, windows, step FROM steps, LATERAL (
  SELECT stream_id, top_emotes FROM chat_summary_minute AS part
  WHERE part.stream_id = $1 AND part.window_start >= $2 AND part.window_start < $3 AND part.window_start = steps.window_start AND part.window_end = steps.window_end
  ORDER BY part.chat_count DESC, source_partition DESC LIMIT 1
) AS emotes ORDER BY step`,
  SUMMARY_BYTES,
  "step"
)

interface StepRow extends SummaryRow, Found {
  readonly windows: number
  readonly step: Date
}

/** Start of the stream's first window in [fromMs, toMs). */
const firstStart = Effect.fnUntraced(function* (stream: string, fromMs: number, toMs: number) {
  const sql = yield* SqlClient
  for (const span of yield* spansWithin(fromMs, toMs)) {
    const [first] = yield* sql.unsafe<{ window_start: Date }>(
      "SELECT window_start FROM chat_summary_minute WHERE stream_id = $1 AND window_start >= $2 AND window_start < $3 ORDER BY window_start LIMIT 1",
      [PgTypes.text(stream), ...boundsOf(span)]
    ).unprepared
    if (first !== undefined) return first.window_start.getTime()
  }
  return undefined
})

/** At most `limit` steps of time are read at once, from one in which there is a window: a page is never empty but the last. */
const readSteps = Effect.fnUntraced(function* (question: SummariesQuestion, step: number) {
  const { limit, stream } = question
  const sql = yield* SqlClient
  const { fromMs, toMs } = yield* rangeOf(question)
  const after = yield* cursor.read(question.cursor)
  const firstMs = yield* firstStart(stream, after?.startMs ?? fromMs, toMs)
  if (firstMs === undefined) return { items: [], next: null }
  const stepMs = step * 1000
  const endMs = Math.min((Math.floor(firstMs / stepMs) + limit) * stepMs, toMs)
  const rows = yield* sql.unsafe<StepRow>(SELECT_STEPS, [
    PgTypes.text(stream),
    PgTypes.timestamp(firstMs),
    PgTypes.timestamp(endMs),
    PgTypes.float8(step)
  ]).unprepared
  const last = rows.at(-1)
  const isCut = last !== undefined && last.found > rows.length
  const nextMs = yield* firstStart(stream, isCut ? last.step.getTime() + stepMs : endMs, toMs)
  return {
    items: rows.map((row): SummaryPoint => ({ ...toSummary(row), windows: row.windows })),
    next: nextMs === undefined ? null : cursor.write({ startMs: nextMs, endMs: null })
  }
})

/** One page. */
export const readSummaries = (question: SummariesQuestion) =>
  question.step === undefined ? readWindows(question) : readSteps(question, question.step)
