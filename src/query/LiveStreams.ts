/** Reads the streams that are live: those with a row in the last closed window of their task. */
import { Effect, Schema } from "effect"
import { PgTypes } from "@effect/sql-pg"
import { SqlClient } from "effect/sql/SqlClient"
import { FROM_FILES } from "../domain/Task.ts"
import type { StreamNow } from "../api/Streams.ts"
import { column, OID } from "../postgres/Column.ts"
import * as SlidingWindows from "../windowing/SlidingWindows.ts"
import { type Direction, DIRECTIONS } from "../api/Values.ts"
import { ColumnText, cursorOf, Milliseconds, pageOf, readInOrder } from "./Cursor.ts"
import { readLatestWindow } from "./InSpans.ts"
import { positionOf } from "./ListPosition.ts"
import { readTasks, type StoredTask } from "./PipelineStatus.ts"
import { rowsOf, Timestamp } from "./Rows.ts"
import { StoredSummary, SUMMARY_COLUMNS } from "./StoredSummary.ts"
import { defaultOrder, rankedOf, rankSql, type StreamOrder } from "./StreamRanking.ts"

export interface LiveStreamsQuery {
  readonly search?: string
  readonly sort: StreamOrder
  readonly min_scored?: number
  /** The default depends on `sort`. */
  readonly order?: Direction
  readonly limit: number
  readonly cursor?: string
  readonly count?: boolean
}

/** Number of windows in `recent_chat_counts`. */
export const RECENT_WINDOWS = 30

const LOWEST_TASK = FROM_FILES

/** The slide of an earlier job, whose rows are shown until a task has run. */
const SLIDE_OF_OLD_MS = 10_000

/** A set of tasks as bits in hexadecimal. A list of a thousand tasks would not fit into a URL. */
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

/**
 * The sort column's value and the name of the last stream of the page before; without a name the
 * list's start. All pages read the windows of the first page. Otherwise a stream could come twice,
 * or never, as windows close.
 */
const cursor = cursorOf(
  Schema.Struct({
    sort: Schema.String,
    order: Schema.Literals(DIRECTIONS),
    rank: Schema.NullOr(Schema.Finite),
    stream: Schema.NullOr(ColumnText),
    windows: Schema.Array(LatestWindow)
  })
)

/** A pattern for text that contains `text`. It escapes the characters that LIKE interprets. */
export const containing = (text: string): string => `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`

/** The last closed window of each task, with equal windows merged. */
const latestWindows = (tasks: ReadonlyArray<StoredTask>): ReadonlyArray<LatestWindow> => {
  const latest = tasks.flatMap(({ task, window }) => {
    if (window === undefined || task.watermark === null) return []
    const endMs = SlidingWindows.make(window).endAtOrBefore(task.watermark)
    return [{ task: task.source_partition, startMs: endMs - window.sizeMs, endMs, slideMs: window.slideMs }]
  })
  // Most tasks share one window, so a cursor stays short.
  const groups = Map.groupBy(latest, ({ endMs, slideMs, startMs }) => `${startMs} ${endMs} ${slideMs}`)
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({ endMs, slideMs, startMs }) => ({
      tasks: writeTasks(group.map(({ task }) => task)),
      startMs,
      endMs,
      slideMs
    }))
  )
}

/** SQL for the ten minutes that an instant is in, as an index may begin with: docs/capacity.md. */
const tenMinutesOf = (time: string): string => `date_bin('10 minutes', ${time}, TIMESTAMP '2000-01-01')`

const SELECT_RECENT = `
SELECT t.stream_id, recent.window_start, recent.chat_count
FROM unnest($1, $2, $3) AS t (stream_id, window_start, window_end) CROSS JOIN LATERAL (
  SELECT c.window_start, sum(c.chat_count)::float8 AS chat_count FROM chat_summary_minute c
  WHERE c.stream_id = t.stream_id AND c.window_start <= t.window_start
    AND c.window_start > t.window_start - $4 * interval '1 millisecond'
    AND c.window_end - c.window_start = t.window_end - t.window_start
    AND c.window_start >= $5 AND c.window_start <= $6
    AND ${tenMinutesOf("c.window_start")} BETWEEN ${tenMinutesOf("$5")} AND ${tenMinutesOf("$6")}
  GROUP BY c.window_start
) recent`

const recentOf = rowsOf(
  Schema.Struct({ stream_id: Schema.String, window_start: Timestamp, chat_count: Schema.NullOr(Schema.Number) })
)

const keyOf = (stream: string, startMs: number): string => `${startMs} ${stream}`

/** Adds the `chat_count` of the windows of the same size up to and including each row's. */
const withRecent = Effect.fnUntraced(function* (rows: ReadonlyArray<StoredSummary>, slideMs: number) {
  const sql = yield* SqlClient
  const starts = rows.map(({ window_start }) => window_start)
  const recentMs = RECENT_WINDOWS * slideMs
  const found = yield* recentOf(
    sql.unsafe(SELECT_RECENT, [
      column(rows, OID.text, ({ stream_id }) => stream_id),
      column(rows, OID.timestamp, ({ window_start }) => window_start),
      column(rows, OID.timestamp, ({ window_end }) => window_end),
      PgTypes.float8(recentMs),
      PgTypes.timestamp(starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) - recentMs),
      PgTypes.timestamp(starts.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY))
    ]).unprepared
  )
  const counts = new Map(
    found.map(({ chat_count, stream_id, window_start }) => [keyOf(stream_id, window_start), chat_count])
  )
  return rows.map((row): StreamNow => ({
    ...row,
    recent_chat_counts: Array.from(
      { length: RECENT_WINDOWS },
      (_, index) => counts.get(keyOf(row.stream_id, row.window_start - (RECENT_WINDOWS - 1 - index) * slideMs)) ?? 0
    )
  }))
})

const NO_STREAMS = { items: [], next: null, previous: null }

/**
 * Reads one page of the ranking. The cost depends on the number of live streams, not on the past.
 */
export const readLiveStreams = Effect.fnUntraced(function* (query: LiveStreamsQuery) {
  const order = query.order ?? defaultOrder(query.sort)
  const after = yield* readInOrder(cursor, query.cursor, order, query.sort)
  const sql = yield* SqlClient
  const windows = after?.windows ?? latestWindows(yield* readTasks)
  const [first] = windows
  if (first === undefined) return { ...NO_STREAMS, position: query.count === true ? positionOf(0, 0) : null }
  const parts = windows.flatMap(({ tasks, ...window }) => readTaskSet(tasks).map((task) => ({ ...window, task })))
  const rows = yield* rankedOf(
    sql.unsafe(rankSql(query.sort, order), [
      column(parts, OID.int4, ({ task }) => task),
      column(parts, OID.timestamp, ({ startMs }) => startMs),
      column(parts, OID.timestamp, ({ endMs }) => endMs),
      PgTypes.text(query.search === undefined ? null : containing(query.search)),
      PgTypes.float8(after?.rank ?? null),
      PgTypes.text(after?.stream ?? null),
      PgTypes.int4(query.limit + 1),
      PgTypes.int4(query.min_scored ?? 0)
    ]).unprepared
  )
  const common = { sort: query.sort, order, windows }
  const { items, next } = pageOf(rows, query.limit, cursor, ({ rank, stream_id }) => ({
    ...common,
    rank,
    stream: stream_id
  }))
  const [placed] = rows
  return {
    items: yield* withRecent(items, first.slideMs),
    next,
    previous:
      placed === undefined || placed.before === 0
        ? null
        : cursor.write({ ...common, rank: placed.previous_rank, stream: placed.previous_stream }),
    position: query.count === true ? positionOf(placed?.before ?? 0, placed?.total ?? 0) : null
  }
})

const summariesOf = rowsOf(StoredSummary)

/** Reads one stream in its latest window, live or not; `undefined` if it has none. */
export const readStream = Effect.fnUntraced(function* (stream: string) {
  const sql = yield* SqlClient
  const latest = yield* readLatestWindow(stream)
  if (latest === undefined) return undefined
  const rows = yield* summariesOf(
    sql.unsafe(
      `SELECT ${SUMMARY_COLUMNS} FROM chat_summary WHERE stream_id = $1 AND window_start = $2 AND window_end = $3`,
      [PgTypes.text(stream), PgTypes.timestamp(latest.window_start), PgTypes.timestamp(latest.window_end)]
    ).unprepared
  )
  const slideMs = (yield* readTasks).find(({ window }) => window !== undefined)?.window?.slideMs ?? SLIDE_OF_OLD_MS
  const [found] = yield* withRecent(rows, slideMs)
  return found
})
