/** The streams that are live now: those with a row in their task's last closed window. */
import { Effect, Schema } from "effect"
import { PgTypes } from "@effect/sql-pg"
import { SqlClient } from "effect/sql/SqlClient"
import { FROM_FILES } from "../domain/Task.ts"
import type { STREAM_ORDERS, StreamNow } from "../api/Streams.ts"
import { column, OID } from "../postgres/Column.ts"
import * as SlidingWindows from "../windowing/SlidingWindows.ts"
import { BadRequest } from "../api/Problems.ts"
import { ColumnText, cursorOf, Milliseconds, pageOf } from "./Cursor.ts"
import { readLatestWindow } from "./InSpans.ts"
import { cutByBytes, type Found } from "./PageBytes.ts"
import { readTasks, type TaskRow } from "./PipelineStatus.ts"
import { type SummaryRow, SUMMARY_BYTES, SUMMARY_COLUMNS, finiteSql, toSummary } from "./SummaryRows.ts"

export type StreamOrder = (typeof STREAM_ORDERS)[number]

export interface LiveQuestion {
  readonly search?: string
  readonly sort: StreamOrder
  readonly limit: number
  readonly cursor?: string
}

/** How many windows of `chat_count` a stream comes with. */
export const RECENT_WINDOWS = 30

const LOWEST_TASK = FROM_FILES

/** Slide of the rows of an earlier job, where no task has run yet. */
const SLIDE_OF_OLD_MS = 10_000

/** Of the part with most messages, as the view has it. */
const ofGreatestPart = (name: string): string =>
  `(array_agg(${name} ORDER BY chat_count DESC, source_partition DESC))[1]`

/** What streams are ranked by, of all parts of a stream in its latest window: what the view `chat_summary` shows of them. */
const RANKS: Record<Exclude<StreamOrder, "stream_id">, string> = {
  chat_count: "sum(chat_count)",
  unique_chatters: "sum(unique_chatters)",
  avg_viewers: ofGreatestPart("avg_viewers"),
  z_score: ofGreatestPart("z_score"),
  avg_sentiment: `CASE WHEN count(*) = 1 THEN max(avg_sentiment)
    ELSE sum(avg_sentiment * chat_count) / NULLIF(sum(chat_count) FILTER (WHERE avg_sentiment IS NOT NULL), 0) END`
}

/** A set of tasks as bits in hexadecimal: the numbers of a thousand would not fit into a URL. */
const TaskSet = Schema.String.check(Schema.isPattern(/^[\da-f]+$/))

const writeTasks = (tasks: ReadonlyArray<number>): string =>
  tasks.reduce((bits, task) => bits | (1n << BigInt(task - LOWEST_TASK)), 0n).toString(16)

const readTaskSet = (text: string): ReadonlyArray<number> =>
  [...BigInt(`0x${text}`).toString(2)].toReversed().flatMap((bit, index) => (bit === "1" ? [index + LOWEST_TASK] : []))

/** The last closed window of some tasks. */
const LatestWindow = Schema.Struct({
  tasks: TaskSet,
  startMs: Milliseconds,
  endMs: Milliseconds,
  slideMs: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2_147_483_647 }))
})
type LatestWindow = typeof LatestWindow.Type

/** The sort column's value and the name of a page's last stream. Later pages go on in the windows of the first, or streams would come twice, or never, as windows close. */
const cursor = cursorOf(
  Schema.Struct({
    sort: Schema.String,
    rank: Schema.NullOr(Schema.Finite),
    stream: ColumnText,
    windows: Schema.Array(LatestWindow)
  })
)

interface RankedRow extends SummaryRow, Found {
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
  const query = `
WITH parts AS (
  SELECT s.*, rank() OVER (PARTITION BY s.stream_id ORDER BY s.window_start DESC, s.window_end DESC) AS age
  FROM unnest($1, $2, $3) AS t (source_partition, window_start, window_end)
  JOIN chat_summary_minute s USING (source_partition, window_start, window_end)
  WHERE s.window_start = ANY ($2) AND ($4::text IS NULL OR s.stream_id ILIKE $4)
), valued AS (
  SELECT stream_id, window_start, window_end, ${rank} AS value FROM parts WHERE age = 1 GROUP BY stream_id, window_start, window_end
), ranked AS (
  SELECT stream_id, window_start, window_end, ${finiteSql("value")} AS rank FROM valued
), shown AS (
  SELECT * FROM ranked WHERE $6::text IS NULL OR (${after}) ORDER BY ${order} LIMIT $7
)
SELECT shown.rank, summary.*
-- OFFSET 0: or the view would be read whole and joined
FROM shown CROSS JOIN LATERAL (
  SELECT ${SUMMARY_COLUMNS} FROM chat_summary c
  WHERE c.stream_id = shown.stream_id AND c.window_start = shown.window_start AND c.window_end = shown.window_end
    AND c.window_start = ANY ($2) OFFSET 0
) summary
`
  return cutByBytes(query, SUMMARY_BYTES, order)
}

/** Where the tasks stand now. */
const latestWindows = (tasks: ReadonlyArray<TaskRow>): ReadonlyArray<LatestWindow> => {
  const latest = tasks.flatMap(({ task, window }) => {
    if (window === undefined || task.watermark === null) return []
    const endMs = SlidingWindows.make(window).endAtOrBefore(task.watermark)
    return [{ task: task.source_partition, startMs: endMs - window.sizeMs, endMs, slideMs: window.slideMs }]
  })
  // mostly the same for all tasks: a cursor stays short
  const alike = Map.groupBy(latest, ({ endMs, slideMs, startMs }) => `${startMs} ${endMs} ${slideMs}`)
  return [...alike.values()].flatMap((group) =>
    group.slice(0, 1).map(({ endMs, slideMs, startMs }) => ({
      tasks: writeTasks(group.map(({ task }) => task)),
      startMs,
      endMs,
      slideMs
    }))
  )
}

const SELECT_RECENT = `
SELECT t.stream_id, recent.window_start, recent.chat_count
FROM unnest($1, $2, $3) AS t (stream_id, window_start, window_end) CROSS JOIN LATERAL (
  SELECT c.window_start, sum(c.chat_count)::float8 AS chat_count FROM chat_summary_minute c
  WHERE c.stream_id = t.stream_id AND c.window_start <= t.window_start AND c.window_start > t.window_start - $4 * interval '1 millisecond'
    AND c.window_end - c.window_start = t.window_end - t.window_start
    AND c.window_start >= $5 AND c.window_start <= $6
  GROUP BY c.window_start
) recent`

const keyOf = (stream: string, startMs: number): string => `${startMs} ${stream}`

/** With `chat_count` of the windows before and at each row's, of the same size. */
const withRecent = Effect.fnUntraced(function* (rows: ReadonlyArray<SummaryRow>, slideMs: number) {
  const sql = yield* SqlClient
  const starts = rows.map(({ window_start }) => window_start.getTime())
  const recentMs = RECENT_WINDOWS * slideMs
  const found = yield* sql.unsafe<{ stream_id: string; window_start: Date; chat_count: number | null }>(SELECT_RECENT, [
    column(rows, OID.text, ({ stream_id }) => stream_id),
    column(rows, OID.timestamp, ({ window_start }) => window_start.getTime()),
    column(rows, OID.timestamp, ({ window_end }) => window_end.getTime()),
    PgTypes.float8(recentMs),
    PgTypes.timestamp(starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - recentMs),
    PgTypes.timestamp(starts.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY))
  ]).unprepared
  const counts = new Map(
    found.map(({ chat_count, stream_id, window_start }) => [keyOf(stream_id, window_start.getTime()), chat_count])
  )
  return rows.map((row): StreamNow => ({
    ...toSummary(row),
    recent_chat_counts: Array.from(
      { length: RECENT_WINDOWS },
      (_, index) =>
        counts.get(keyOf(row.stream_id, row.window_start.getTime() - (RECENT_WINDOWS - 1 - index) * slideMs)) ?? 0
    )
  }))
})

/** One page, ranked: costs the live streams, not the past. */
export const readLiveStreams = Effect.fnUntraced(function* (question: LiveQuestion) {
  const after = yield* cursor.read(question.cursor)
  if (after !== undefined && after.sort !== question.sort) {
    return yield* new BadRequest({ detail: `cursor: belongs to a list sorted by ${after.sort}` })
  }
  const sql = yield* SqlClient
  const windows = after?.windows ?? latestWindows(yield* readTasks)
  const [first] = windows
  if (first === undefined) return { items: [], next: null }
  const parts = windows.flatMap(({ tasks, ...window }) => readTaskSet(tasks).map((task) => ({ ...window, task })))
  const rows = yield* sql.unsafe<RankedRow>(rankSql(question.sort), [
    column(parts, OID.int4, ({ task }) => task),
    column(parts, OID.timestamp, ({ startMs }) => startMs),
    column(parts, OID.timestamp, ({ endMs }) => endMs),
    PgTypes.text(question.search === undefined ? null : containing(question.search)),
    PgTypes.float8(after?.rank ?? null),
    PgTypes.text(after?.stream ?? null),
    PgTypes.int4(question.limit + 1)
  ]).unprepared
  const { items, next } = pageOf(rows, question.limit, cursor, ({ rank, stream_id }) => ({
    sort: question.sort,
    rank,
    stream: stream_id,
    windows
  }))
  return { items: yield* withRecent(items, first.slideMs), next }
})

/** One stream in its latest window, live or not; `undefined` where it has none. */
export const readStream = Effect.fnUntraced(function* (stream: string) {
  const sql = yield* SqlClient
  const latest = yield* readLatestWindow(stream)
  if (latest === undefined) return undefined
  const rows = yield* sql.unsafe<SummaryRow>(
    `SELECT ${SUMMARY_COLUMNS} FROM chat_summary WHERE stream_id = $1 AND window_start = $2 AND window_end = $3`,
    [PgTypes.text(stream), PgTypes.timestamp(latest.window_start), PgTypes.timestamp(latest.window_end)]
  ).unprepared
  const slideMs = (yield* readTasks).find(({ window }) => window !== undefined)?.window?.slideMs ?? SLIDE_OF_OLD_MS
  const [found] = yield* withRecent(rows, slideMs)
  return found
})
