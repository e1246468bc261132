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
import { rowsOf } from "./Rows.ts"
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

export interface FlushContent {
  readonly windows: ReadonlyArray<Summary>
  readonly moments: ReadonlyArray<MomentItem>
  /** Text of the rows in bytes as the database stores it. */
  readonly bytes: number
}

const range = ({ after, sourcePartition, upTo }: FlushRange): ReadonlyArray<PgTypes.Parameter> => [
  PgTypes.int4(sourcePartition),
  PgTypes.int8(after),
  PgTypes.int8(upTo)
]

const IN_RANGE = "source_partition = $1 AND flush > $2 AND flush <= $3"
const IN_SPAN = "source_partition = $1 AND window_start >= $3 AND window_start < $4"

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
const existenceOf = rowsOf(Schema.Struct({ later: Schema.Boolean, earlier: Schema.Boolean }))

/**
 * Returns bounds of the windows that the flushes wrote, in few partitions; `undefined` if they
 * wrote none. A task's windows end in the order of its flushes.
 */
const timesOf = Effect.fnUntraced(function* ({ after, sourcePartition }: FlushRange) {
  const sql = yield* SqlClient
  let times: TimeRange | undefined
  for (const span of (yield* spans).toReversed()) {
    const [row] = yield* existenceOf(
      sql.unsafe(
        `SELECT EXISTS (SELECT FROM chat_summary_minute WHERE ${IN_SPAN} AND flush > $2) AS later,
          EXISTS (SELECT FROM chat_summary_minute WHERE ${IN_SPAN} AND flush <= $2) AS earlier`,
        [PgTypes.int4(sourcePartition), PgTypes.int8(after), ...boundsOf(span)]
      ).unprepared
    )
    const { earlier, later } = present(row, "a SELECT without FROM returns one row")
    if (later) times = { fromMs: span.fromMs, toMs: times?.toMs ?? span.toMs }
    if (earlier) break
  }
  return times
})

const readWindows = Effect.fnUntraced(function* (flushes: FlushRange, streams: Wanted["windows"], most: Most) {
  const times = streams.length === 0 ? undefined : yield* timesOf(flushes)
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
  const content: FlushContent = {
    windows: windows.rows,
    moments: moments.rows,
    bytes: windows.bytes + moments.bytes
  }
  return content
})
