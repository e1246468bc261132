/** Rows of the earlier job. The worker's own rows of the same windows replace them. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { ADOPTED } from "../../domain/Task.ts"
import { onlyOf } from "../../postgres/Rows.ts"
import { spans } from "../../postgres/PartitionSpans.ts"

/**
 * The range of the adopted rows' window starts in milliseconds since the epoch; both bounds are
 * closed. Without adopted rows `firstMs` is greater than `lastMs`.
 */
export interface Adopted {
  readonly firstMs: number
  readonly lastMs: number
}

const SELECT_EXTENT = `
SELECT min(window_start) AS first, max(window_start) AS last FROM chat_summary_minute
WHERE source_partition = ${ADOPTED} AND window_start >= $1 AND window_start < $2`

const extentOf = onlyOf(Schema.Struct({ first: Schema.NullOr(Schema.Date), last: Schema.NullOr(Schema.Date) }))

/** Reads a few partitions at a time, each by the unique key. */
export const readAdopted: Effect.Effect<Adopted, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  let firstMs = Number.POSITIVE_INFINITY
  let lastMs = Number.NEGATIVE_INFINITY
  for (const { fromMs, toMs } of yield* spans) {
    const { first, last } = yield* extentOf(
      sql.unsafe(SELECT_EXTENT, [PgTypes.timestamp(fromMs), PgTypes.timestamp(toMs)]).unprepared
    )
    if (first === null || last === null) continue
    firstMs = Math.min(firstMs, first.getTime())
    lastMs = Math.max(lastMs, last.getTime())
  }
  return { firstMs, lastMs }
})

/** Whether these rows may replace adopted ones. */
export const mayReplace = ({ firstMs, lastMs }: Adopted, rows: ReadonlyArray<{ readonly startMs: number }>): boolean =>
  rows.some(({ startMs }) => startMs >= firstMs && startMs <= lastMs)
