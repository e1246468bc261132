/** Reads records of one topic by offset. The cost of a read does not depend on the log's size. */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { LogRecord } from "../../domain/Batch.ts"
import { firstOf, rowsOf } from "../../postgres/Rows.ts"
import { PARTITION } from "./Heads.ts"

/** Records of one read, at most. */
const READ_RECORDS = 1_000
/** Bytes of the values of one read, at most; a single larger record is read alone. */
const READ_BYTES = 4 * 1024 * 1024

/** The day of an offset is that of the last mark at or before it. */
const FIND_DAY = `
SELECT day::text AS day FROM local_log_marks
WHERE topic = $1 AND partition = ${PARTITION} AND "offset" <= $2 ORDER BY "offset" DESC LIMIT 1`

/**
 * The day is part of the text, so the plan has one partition, and a session prepares it once a day.
 * The sum of the lengths reads no stored value.
 */
const readText = (day: string): string => `
SELECT "offset", time, substring(value FROM 1 FOR $3) AS value
FROM (
  SELECT "offset", time, value, sum(least(octet_length(value), $3)) OVER (ORDER BY "offset") AS bytes
  FROM (
    SELECT "offset", time, value FROM local_log
    WHERE day = DATE '${day}' AND topic = $1 AND partition = ${PARTITION} AND "offset" >= $2
    ORDER BY "offset" LIMIT ${READ_RECORDS}
  ) AS found
) AS counted
WHERE bytes <= ${READ_BYTES} OR "offset" = $2
ORDER BY "offset"`

const dayOf = firstOf(Schema.Struct({ day: Schema.String }))
const recordsOf = rowsOf(
  Schema.Struct({ offset: Schema.BigInt, time: Schema.Date, value: Schema.instanceOf(Uint8Array) })
)

/** The day whose partition has the offset, or has had it; `undefined` = no such day is left. */
export const findDay = (topic: string, offset: bigint): Effect.Effect<string | undefined, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    return (yield* dayOf(sql.unsafe(FIND_DAY, [topic, offset])))?.day
  })

/**
 * Returns the records of a day from an offset on, in their order. Values are cut at
 * `maxValueBytes`.
 */
export const readRecords = (
  topic: string,
  day: string,
  offset: bigint,
  maxValueBytes: number
): Effect.Effect<ReadonlyArray<LogRecord>, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const rows = yield* recordsOf(sql.unsafe(readText(day), [topic, offset, maxValueBytes]))
    return rows.map(({ offset, time, value }) => ({ offset, timestampMs: time.getTime(), value }))
  })
