/** What flushes wrote: rows are found by their task and flush number, whatever their id. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { MomentItem } from "../api/Moments.ts"
import type { Summary } from "../api/Values.ts"
import { column, OID } from "../postgres/Column.ts"
import { spans } from "../postgres/PartitionSpans.ts"
import { boundsOf, type TimeRange } from "./InSpans.ts"
import { MOMENT_BYTES, MOMENT_COLUMNS, type MomentRow, toMoment } from "./MomentRows.ts"
import { SUMMARY_BYTES, SUMMARY_COLUMNS, type SummaryRow, toSummary } from "./SummaryRows.ts"

/** The flushes of a task in (after, upTo]. */
export interface FlushRange {
  readonly sourcePartition: number
  readonly after: bigint
  readonly upTo: bigint
}

export interface Wanted {
  /** Of which streams windows are wanted: `all`, or these. */
  readonly windows: "all" | ReadonlyArray<string>
  readonly moments: boolean
}

export interface FlushContent {
  readonly windows: ReadonlyArray<Summary>
  readonly moments: ReadonlyArray<MomentItem>
  /** Of the rows' text, as the database stores it. */
  readonly bytes: number
}

const range = ({ after, sourcePartition, upTo }: FlushRange): ReadonlyArray<PgTypes.Parameter> => [
  PgTypes.int4(sourcePartition),
  PgTypes.int8(after),
  PgTypes.int8(upTo)
]

const IN_RANGE = "source_partition = $1 AND flush > $2 AND flush <= $3"
const IN_SPAN = "source_partition = $1 AND window_start >= $3 AND window_start < $4"

/** What is too much to tell. */
export interface Most {
  /** Windows, and moments. */
  readonly rows: number
  /** Text of the windows, and of the moments, in bytes as the database stores it. */
  readonly bytes: number
}

/** Rows of a query within {@link Most}; a row without content and with the size says that there are more. */
interface Sized {
  readonly found: number
  readonly bytes: number
}

/** `query` returns at most one row more than may be told, each with its place in the order. */
const sized = (query: string, bytes: string, { bytes: mostBytes, rows }: Most): string => `
WITH wanted AS MATERIALIZED (${query}), size AS (
  SELECT count(*)::float8 AS found, coalesce(sum(${bytes}), 0)::float8 AS bytes FROM wanted
)
SELECT size.*, wanted.* FROM size LEFT JOIN wanted ON size.found <= ${rows} AND size.bytes <= ${mostBytes} ORDER BY place`

/** Bounds of the windows that the flushes wrote, in few partitions; `undefined` if they wrote none. A task's windows end in the order of its flushes. */
const timesOf = Effect.fnUntraced(function* ({ after, sourcePartition }: FlushRange) {
  const sql = yield* SqlClient
  let times: TimeRange | undefined
  for (const span of (yield* spans).toReversed()) {
    const [found] = yield* sql.unsafe<{ later: boolean; earlier: boolean }>(
      `SELECT EXISTS (SELECT FROM chat_summary_minute WHERE ${IN_SPAN} AND flush > $2) AS later,
        EXISTS (SELECT FROM chat_summary_minute WHERE ${IN_SPAN} AND flush <= $2) AS earlier`,
      [PgTypes.int4(sourcePartition), PgTypes.int8(after), ...boundsOf(span)]
    ).unprepared
    if (found?.later === true) times = { fromMs: span.fromMs, toMs: times?.toMs ?? span.toMs }
    if (found?.earlier === true) break
  }
  return times
})

const windowsSql = (ofStreams: string, most: Most): string =>
  sized(
    `SELECT ${SUMMARY_COLUMNS}, row_number() OVER (ORDER BY flush, window_end, stream_id COLLATE "C") AS place
    FROM chat_summary_minute WHERE ${IN_RANGE} AND window_start >= $5 AND window_start < $6 ${ofStreams} LIMIT $4`,
    SUMMARY_BYTES,
    most
  )

const momentsSql = (most: Most): string =>
  sized(
    `SELECT ${MOMENT_COLUMNS}, row_number() OVER (ORDER BY flush, timestamp) AS place FROM moments WHERE ${IN_RANGE} LIMIT $4`,
    MOMENT_BYTES,
    most
  )

/** The rows and their bytes; `undefined` if there are too many. */
const within = <Row extends Sized>(rows: ReadonlyArray<Row>, most: Most) => {
  const [{ bytes, found } = { bytes: 0, found: 0 }] = rows
  if (found > most.rows || bytes > most.bytes) return undefined
  return { rows: found === 0 ? [] : rows, bytes }
}

/** Rows of the task alone: of a stream that several tasks have parts of, each part by itself. `undefined` if there is too much of a kind. */
export const readFlushes = Effect.fnUntraced(function* (flushes: FlushRange, wanted: Wanted, most: Most) {
  const sql = yield* SqlClient
  const ofStreams = wanted.windows === "all" ? "" : "AND stream_id = ANY($7)"
  const names = wanted.windows === "all" ? [] : [column(wanted.windows, OID.text, (name) => name)]
  const limit = PgTypes.int4(most.rows + 1)
  const times = wanted.windows.length === 0 ? undefined : yield* timesOf(flushes)
  const windows = within(
    times === undefined
      ? []
      : yield* sql.unsafe<SummaryRow & Sized>(windowsSql(ofStreams, most), [
          ...range(flushes),
          limit,
          ...boundsOf(times),
          ...names
        ]).unprepared,
    most
  )
  if (windows === undefined) return undefined
  const moments = within(
    wanted.moments ? yield* sql.unsafe<MomentRow & Sized>(momentsSql(most), [...range(flushes), limit]) : [],
    most
  )
  if (moments === undefined) return undefined
  const content: FlushContent = {
    windows: windows.rows.map(toSummary),
    moments: moments.rows.map(toMoment),
    bytes: windows.bytes + moments.bytes
  }
  return content
})
