/** What flushes wrote: rows are found by their task and flush number, whatever their id. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { MomentItem } from "../http/api/Moments.ts"
import type { Summary } from "../http/api/Values.ts"
import { column, OID } from "../sink/postgres/Column.ts"
import { MOMENT_COLUMNS, type MomentRow, toMoment } from "./MomentRows.ts"
import { SUMMARY_COLUMNS, type SummaryRow, toSummary } from "./SummaryRows.ts"

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
}

const range = ({ after, sourcePartition, upTo }: FlushRange): ReadonlyArray<PgTypes.Parameter> => [
  PgTypes.int4(sourcePartition),
  PgTypes.int8(after),
  PgTypes.int8(upTo)
]

const IN_RANGE = "source_partition = $1 AND flush > $2 AND flush <= $3"

/** Rows of the task alone: of a stream that several tasks have parts of, each part by itself. `undefined` where there are more than `most` of a kind. */
export const readFlushes = Effect.fnUntraced(function* (flushes: FlushRange, wanted: Wanted, most: number) {
  const sql = yield* SqlClient
  const ofStreams = wanted.windows === "all" ? "" : "AND stream_id = ANY($5)"
  const names = wanted.windows === "all" ? [] : [column(wanted.windows, OID.text, (name) => name)]
  const windows =
    wanted.windows.length === 0
      ? []
      : yield* sql.unsafe<SummaryRow>(
          `SELECT ${SUMMARY_COLUMNS} FROM chat_summary_minute WHERE ${IN_RANGE} ${ofStreams} ORDER BY flush, window_end, stream_id COLLATE "C" LIMIT $4`,
          [...range(flushes), PgTypes.int4(most + 1), ...names]
        )
  const moments = wanted.moments
    ? yield* sql.unsafe<MomentRow>(
        `SELECT ${MOMENT_COLUMNS} FROM moments WHERE ${IN_RANGE} ORDER BY flush, timestamp LIMIT $4`,
        [...range(flushes), PgTypes.int4(most + 1)]
      )
    : []
  if (windows.length > most || moments.length > most) return undefined
  const content: FlushContent = { windows: windows.map(toSummary), moments: moments.map(toMoment) }
  return content
})
