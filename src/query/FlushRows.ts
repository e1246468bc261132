/** Reads the rows that flushes wrote, by task and flush number. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { MomentItem } from "../api/Moments.ts"
import type { Summary } from "../api/Values.ts"
import { present } from "../domain/Invariant.ts"
import { column, OID } from "../postgres/Column.ts"
import { spans, type TimeRange } from "../postgres/PartitionSpans.ts"
import { boundsOf } from "./InSpans.ts"
import { MOMENT_BYTES, MOMENT_COLUMNS, StoredMoment } from "./MomentRows.ts"
import { rowsOf, Timestamp } from "./Rows.ts"
import { StoredSummary, SUMMARY_BYTES, SUMMARY_COLUMNS } from "./StoredSummary.ts"

/** The flushes of a task in (after, upTo]. */
export interface FlushRange {
  readonly sourcePartition: number
  readonly after: bigint
  readonly upTo: bigint
}

export interface Wanted {
  /** Windows of all streams, or of these streams. */
  readonly windows: "all" | ReadonlyArray<string>
  readonly moments: boolean
}

/** `Moment`: as stored, or as clients receive it. */
export interface FlushContent<Moment = MomentItem> {
  readonly windows: ReadonlyArray<Summary>
  readonly moments: ReadonlyArray<Moment>
  /** Text of the rows in bytes as the database stores it. */
  readonly bytes: number
}

const range = ({ after, sourcePartition, upTo }: FlushRange): ReadonlyArray<PgTypes.Parameter> => [
  PgTypes.int4(sourcePartition),
  PgTypes.int8(after),
  PgTypes.int8(upTo)
]

const IN_RANGE = "source_partition = $1 AND flush > $2 AND flush <= $3"

/** Limits of the windows, and of the moments, of one read. */
export interface Most {
  readonly rows: number
  /** Text of the rows in bytes as the database stores it. */
  readonly bytes: number
}

const sizesOf = rowsOf(Schema.Struct({ found: Schema.Int, bytes: Schema.Int }))

/**
 * SQL for the rows of `query` within {@link Most}, each with the size of the whole result. An empty
 * result and one that exceeds a limit is a single row that holds only the size. `query` returns at
 * most one row more than the limit, each with its place in the order.
 */
const sized = (query: string, bytes: string, { bytes: mostBytes, rows }: Most): string => `
WITH wanted AS MATERIALIZED (${query}), size AS (
  SELECT count(*)::float8 AS found, coalesce(sum(${bytes}), 0)::float8 AS bytes FROM wanted
)
SELECT size.*, wanted.*
FROM size LEFT JOIN wanted ON size.found <= ${rows} AND size.bytes <= ${mostBytes} ORDER BY place`

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

interface Read<A> {
  readonly rows: ReadonlyArray<A>
  readonly bytes: number
}

/** Runs a {@link sized} statement. Returns `undefined` if its result exceeds a limit. */
const within = Effect.fnUntraced(function* <A>(
  rowsOf: (rows: Effect.Effect<ReadonlyArray<unknown>>) => Effect.Effect<ReadonlyArray<A>>,
  statement: Effect.Effect<ReadonlyArray<unknown>, SqlError>,
  most: Most
) {
  const rows = yield* statement
  const [first] = yield* sizesOf(Effect.succeed(rows.slice(0, 1)))
  const { bytes, found } = present(first, "every result has a row with its size")
  if (found > most.rows || bytes > most.bytes) return undefined
  const read: Read<A> = { rows: found === 0 ? [] : yield* rowsOf(Effect.succeed(rows)), bytes }
  return read
})

const NOTHING: Read<never> = { rows: [], bytes: 0 }

const windowsOf = rowsOf(StoredSummary)
const momentsOf = rowsOf(StoredMoment)
const writtenOf = rowsOf(Schema.Struct({ written: Schema.Boolean }))

/**
 * Whether the task wrote rows after a flush: most flushes hold none. A checkpoint of an earlier
 * version does not contain the answer.
 */
const hasWritten = Effect.fnUntraced(function* ({ after, sourcePartition }: FlushRange) {
  const sql = yield* SqlClient
  const [task] = yield* writtenOf(
    sql.unsafe(
      `SELECT coalesce((status ->> 'lastFlushWithRows')::bigint > $2, true) AS written
      FROM checkpoints WHERE source_partition = $1`,
      [PgTypes.int4(sourcePartition), PgTypes.int8(after)]
    )
  )
  return task?.written === true
})

/**
 * Steps back from the task's newest window to the first that has a row of an earlier flush, along
 * one row of each window. A task's windows end in the order of its flushes, so all later rows end
 * at or after that window. How far before its end they start depends on their size.
 */
const SELECT_WINDOWS = `
WITH RECURSIVE windows AS (
  (SELECT 1 AS place, window_start, window_end, flush FROM chat_summary_minute
    WHERE source_partition = $1 AND window_start >= $3 AND window_start < $4
    ORDER BY window_start DESC, window_end DESC LIMIT 1)
  UNION ALL
  SELECT windows.place + 1, before.* FROM windows, LATERAL (
    SELECT window_start, window_end, flush FROM chat_summary_minute
    WHERE source_partition = $1 AND window_start >= $3 AND window_start < windows.window_start
    ORDER BY window_start DESC, window_end DESC LIMIT 1
  ) AS before
  WHERE windows.flush > $2 AND windows.place < $5
)
SELECT count(*) FILTER (WHERE flush > $2)::float8 AS later, min(window_start) AS first,
  max(window_end) FILTER (WHERE flush <= $2) - greatest(max(window_end - window_start), (
    SELECT (settings -> 'window' ->> 'sizeMs')::float8 * interval '1 millisecond'
    FROM checkpoints WHERE source_partition = $1
  )) AS earlier
FROM windows`

const windowsOfSpan = rowsOf(
  Schema.Struct({ later: Schema.Int, first: Schema.NullOr(Timestamp), earlier: Schema.NullOr(Timestamp) })
)

/**
 * Returns bounds of the windows that the flushes wrote, in few partitions; `undefined` if they
 * wrote none. `isTooMany`: they wrote more than `most` windows.
 */
const timesOf = Effect.fnUntraced(function* ({ after, sourcePartition }: FlushRange, most: number) {
  const sql = yield* SqlClient
  let times: TimeRange | undefined
  let later = 0
  for (const span of (yield* spans).toReversed()) {
    const [row] = yield* windowsOfSpan(
      sql.unsafe(SELECT_WINDOWS, [
        PgTypes.int4(sourcePartition),
        PgTypes.int8(after),
        ...boundsOf(span),
        PgTypes.int4(most + 1 - later)
      ]).unprepared
    )
    const found = present(row, "an aggregate returns one row")
    later += found.later
    if (later > most) break
    if (found.first !== null) times = { fromMs: found.earlier ?? found.first, toMs: times?.toMs ?? span.toMs }
    if (found.earlier !== null) break
  }
  return { times, isTooMany: later > most }
})

const readWindows = Effect.fnUntraced(function* (flushes: FlushRange, streams: Wanted["windows"], most: Most) {
  if (streams.length === 0 || !(yield* hasWritten(flushes))) return NOTHING
  const { isTooMany, times } = yield* timesOf(flushes, most.rows)
  if (isTooMany) return undefined
  if (times === undefined) return NOTHING
  const sql = yield* SqlClient
  const [ofStreams, names] =
    streams === "all" ? ["", []] : ["AND stream_id = ANY($7)", [column(streams, OID.text, (name) => name)]]
  const parameters = [...range(flushes), PgTypes.int4(most.rows + 1), ...boundsOf(times), ...names]
  return yield* within(windowsOf, sql.unsafe(windowsSql(ofStreams, most), parameters).unprepared, most)
})

const readMoments = Effect.fnUntraced(function* (flushes: FlushRange, most: Most) {
  const sql = yield* SqlClient
  return yield* within(momentsOf, sql.unsafe(momentsSql(most), [...range(flushes), PgTypes.int4(most.rows + 1)]), most)
})

/**
 * Reads the rows of one task. A stream with rows from several tasks has one row for each. Returns
 * `undefined` if the windows or the moments exceed a limit.
 */
export const readFlushes = Effect.fnUntraced(function* (flushes: FlushRange, wanted: Wanted, most: Most) {
  const windows = yield* readWindows(flushes, wanted.windows, most)
  if (windows === undefined) return undefined
  const moments = wanted.moments ? yield* readMoments(flushes, most) : NOTHING
  if (moments === undefined) return undefined
  const content: FlushContent<StoredMoment> = {
    windows: windows.rows,
    moments: moments.rows,
    bytes: windows.bytes + moments.bytes
  }
  return content
})
