/** Rows of the earlier job. They make way for the worker's own rows of the same windows. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { ADOPTED } from "../../domain/Task.ts"
import { spans } from "../../postgres/PartitionSpans.ts"

/** The window starts of the adopted rows, milliseconds since the epoch; both bounds closed. Without adopted rows `firstMs` is greater than `lastMs`. */
export interface Adopted {
  readonly firstMs: number
  readonly lastMs: number
}

const SELECT_EXTENT = `
SELECT min(window_start) AS first, max(window_start) AS last FROM chat_summary_minute
WHERE source_partition = ${ADOPTED} AND window_start >= $1 AND window_start < $2`

/** Reads a few partitions at a time, each by the index of (source_partition, window_start). */
export const readAdopted: Effect.Effect<Adopted, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const { fromMs, toMs } of yield* spans) {
    const [found] = yield* sql.unsafe<{ first: Date | null; last: Date | null }>(SELECT_EXTENT, [
      PgTypes.timestamp(fromMs),
      PgTypes.timestamp(toMs)
    ]).unprepared
    if (found === undefined || found.first === null || found.last === null) continue
    firstMs = Math.min(firstMs, found.first.getTime())
    lastMs = Math.max(lastMs, found.last.getTime())
  }
  return { firstMs, lastMs }
})

/** Whether adopted rows may stand where these are written. */
export const mayReplace = ({ firstMs, lastMs }: Adopted, rows: ReadonlyArray<{ readonly startMs: number }>): boolean =>
  rows.some(({ startMs }) => startMs >= firstMs && startMs <= lastMs)
