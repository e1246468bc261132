/** The streams that are live now: those with a row in their task's last closed window. */
import { Effect, Schema } from "effect"
import { PgTypes } from "@effect/sql-pg"
import { SqlClient } from "effect/sql/SqlClient"
import type { STREAM_ORDERS, StreamNow } from "../http/api/Streams.ts"
import { column, OID } from "../sink/postgres/Column.ts"
import * as SlidingWindows from "../windowing/SlidingWindows.ts"
import { BadRequest } from "../http/api/Problems.ts"
import { cursorOf, pageOf } from "./Cursor.ts"
import { readTasks, type TaskRow } from "./PipelineStatus.ts"
import { type SummaryRow, SUMMARY_COLUMNS, toSummary, finite } from "./SummaryRows.ts"

export type StreamOrder = (typeof STREAM_ORDERS)[number]

export interface LiveQuestion {
  readonly search?: string
  readonly sort: StreamOrder
  readonly limit: number
  readonly cursor?: string
}

/** How many windows of `chat_count` a stream comes with. */
export const RECENT_WINDOWS = 30

/** Slide of the rows of an earlier job, where no task has run yet. */
const SLIDE_OF_OLD_MS = 10_000

/** What streams are ranked by, of all parts of a stream in its latest window. */
const RANKS: Record<Exclude<StreamOrder, "stream_id">, string> = {
  chat_count: "sum(chat_count)",
  unique_chatters: "sum(unique_chatters)",
  avg_viewers: "max(avg_viewers)",
  z_score: "max(z_score)",
  avg_sentiment: "sum(avg_sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE avg_sentiment IS NOT NULL), 0)"
}

/** The sort column's value and the name of a page's last stream. */
const cursor = cursorOf(
  Schema.Struct({ sort: Schema.String, rank: Schema.NullOr(Schema.Finite), stream: Schema.String })
)

interface RankedRow extends SummaryRow {
  readonly rank: number | null
}

/** LIKE's own characters mean themselves. */
const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`

/** Nulls last, equals by name. */
const rankingSql = (sort: StreamOrder): { readonly rank: string; readonly order: string; readonly after: string } =>
  sort === "stream_id"
    ? { rank: "NULL::float8", order: 'stream_id COLLATE "C"', after: `$6 IS NOT NULL AND stream_id COLLATE "C" > $6` }
    : {
        rank: `(${RANKS[sort]})::float8`,
        order: `rank DESC NULLS LAST, stream_id COLLATE "C"`,
        after: `CASE WHEN $5::float8 IS NULL THEN rank IS NULL AND stream_id COLLATE "C" > $6
          ELSE rank IS NULL OR rank < $5 OR (rank = $5 AND stream_id COLLATE "C" > $6) END`
      }

const rankSql = (sort: StreamOrder): string => {
  const { after, order, rank } = rankingSql(sort)
  return `
WITH parts AS (
  SELECT s.*, rank() OVER (PARTITION BY s.stream_id ORDER BY s.window_start DESC, s.window_end DESC) AS age
  FROM unnest($1, $2, $3) AS t (source_partition, window_start, window_end)
  JOIN chat_summary_minute s USING (source_partition, window_start, window_end)
  WHERE $4::text IS NULL OR s.stream_id ILIKE $4
), ranked AS (
  SELECT stream_id, window_start, window_end, ${rank} AS rank FROM parts WHERE age = 1 GROUP BY stream_id, window_start, window_end
), shown AS (
  SELECT * FROM ranked WHERE $6::text IS NULL OR (${after}) ORDER BY ${order} LIMIT $7
)
SELECT shown.rank, summary.*
-- OFFSET 0: or the view would be read whole and joined
FROM shown CROSS JOIN LATERAL (
  SELECT ${SUMMARY_COLUMNS} FROM chat_summary c
  WHERE c.stream_id = shown.stream_id AND c.window_start = shown.window_start AND c.window_end = shown.window_end OFFSET 0
) summary
ORDER BY ${order.replace("stream_id", "shown.stream_id").replace("rank", "shown.rank")}`
}

/** Each task's last closed window: tasks, starts and ends. */
const latestWindows = (tasks: ReadonlyArray<TaskRow>) =>
  tasks.flatMap(({ task, window }) => {
    if (window === undefined || task.watermark === null) return []
    const endMs = SlidingWindows.make(window).endAtOrBefore(task.watermark)
    return [{ sourcePartition: task.source_partition, startMs: endMs - window.sizeMs, endMs, slideMs: window.slideMs }]
  })

/** `chat_count` of the windows before and at each row's, by stream and start. */
const readRecent = Effect.fnUntraced(function* (rows: ReadonlyArray<SummaryRow>, slideMs: number) {
  const counts = new Map<string, number>()
  if (rows.length === 0) return counts
  const sql = yield* SqlClient
  const starts = rows.map(({ window_start }) => window_start.getTime())
  const found = yield* sql.unsafe<{ stream_id: string; window_start: Date; chat_count: number }>(
    `SELECT stream_id, window_start, sum(chat_count)::float8 AS chat_count FROM chat_summary_minute
    WHERE stream_id = ANY($1) AND window_start > $2 AND window_start <= $3 GROUP BY stream_id, window_start, window_end`,
    [
      column(rows, OID.text, ({ stream_id }) => stream_id),
      PgTypes.timestamp(Math.min(...starts) - RECENT_WINDOWS * slideMs),
      PgTypes.timestamp(Math.max(...starts))
    ]
  )
  for (const row of found) counts.set(`${row.window_start.getTime()} ${row.stream_id}`, row.chat_count)
  return counts
})

const withRecent = (row: SummaryRow, slideMs: number, counts: ReadonlyMap<string, number>): StreamNow => ({
  ...toSummary(row),
  recent_chat_counts: Array.from({ length: RECENT_WINDOWS }, (_, index) => {
    const startMs = row.window_start.getTime() - (RECENT_WINDOWS - 1 - index) * slideMs
    return counts.get(`${startMs} ${row.stream_id}`) ?? 0
  })
})

/** One page, ranked: costs the live streams, not the past. */
export const readLiveStreams = Effect.fnUntraced(function* (question: LiveQuestion) {
  const after = yield* cursor.read(question.cursor)
  if (after !== undefined && after.sort !== question.sort) {
    return yield* new BadRequest({ detail: `cursor: of a list that was sorted by ${after.sort}` })
  }
  const sql = yield* SqlClient
  const windows = latestWindows(yield* readTasks)
  const slideMs = windows[0]?.slideMs
  if (slideMs === undefined) return { items: [], next: null }
  const rows = yield* sql.unsafe<RankedRow>(rankSql(question.sort), [
    column(windows, OID.int4, ({ sourcePartition }) => sourcePartition),
    column(windows, OID.timestamp, ({ startMs }) => startMs),
    column(windows, OID.timestamp, ({ endMs }) => endMs),
    PgTypes.text(question.search === undefined ? null : containing(question.search)),
    PgTypes.float8(after?.rank ?? null),
    PgTypes.text(after?.stream ?? null),
    PgTypes.int4(question.limit + 1)
  ])
  const { items, next } = pageOf(rows, question.limit, cursor, ({ rank, stream_id }) => ({
    sort: question.sort,
    rank: finite(rank),
    stream: stream_id
  }))
  const counts = yield* readRecent(items, slideMs)
  return { items: items.map((row) => withRecent(row, slideMs, counts)), next }
})

/** One stream in its latest window, live or not; `undefined` where it has none. */
export const readStream = Effect.fnUntraced(function* (stream: string) {
  const sql = yield* SqlClient
  const [latest] = yield* sql.unsafe<{ window_start: Date; window_end: Date }>(
    "SELECT window_start, window_end FROM chat_summary_minute WHERE stream_id = $1 ORDER BY window_start DESC, window_end DESC LIMIT 1",
    [PgTypes.text(stream)]
  )
  if (latest === undefined) return undefined
  const rows = yield* sql.unsafe<SummaryRow>(
    `SELECT ${SUMMARY_COLUMNS} FROM chat_summary WHERE stream_id = $1 AND window_start = $2 AND window_end = $3`,
    [PgTypes.text(stream), PgTypes.timestamp(latest.window_start), PgTypes.timestamp(latest.window_end)]
  )
  const slideMs = (yield* readTasks).find(({ window }) => window !== undefined)?.window?.slideMs ?? SLIDE_OF_OLD_MS
  const counts = yield* readRecent(rows, slideMs)
  return rows.map((row) => withRecent(row, slideMs, counts))[0]
})
