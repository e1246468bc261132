/** Finds the offsets of a time in the log. */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Input } from "../../domain/Task.ts"
import { timestamp } from "../../postgres/Column.ts"
import { firstOf } from "../../postgres/Rows.ts"
import type { EventLogError } from "../EventLog.ts"
import { PARTITION } from "./Heads.ts"
import { calling, type LocalDatabaseOptions, placeOf, pool } from "./LocalDatabase.ts"

/** The first record of a time or a later one follows the last mark before which all are older. */
const FIND_SPAN = `
SELECT h.start_offset AS start, h.next_offset AS "end", h.max_time < $2 AS "isOver", m."offset" AS mark, m.day
FROM local_log_heads h LEFT JOIN LATERAL (
  SELECT "offset", day::text AS day FROM local_log_marks
  WHERE topic = h.topic AND partition = h.partition AND time_before < $2 ORDER BY "offset" DESC LIMIT 1
) AS m ON true
WHERE h.topic = $1 AND h.partition = ${PARTITION}`

/** Reads at most the records between two marks. */
const FIND_FIRST = `
SELECT "offset" FROM local_log
WHERE day = $4::date AND topic = $1 AND partition = ${PARTITION} AND "offset" >= $3 AND time >= $2
ORDER BY "offset" LIMIT 1`

const spanOf = firstOf(
  Schema.Struct({
    start: Schema.BigInt,
    end: Schema.BigInt,
    isOver: Schema.Boolean,
    mark: Schema.NullOr(Schema.BigInt),
    day: Schema.NullOr(Schema.String)
  })
)
const offsetOf = firstOf(Schema.Struct({ offset: Schema.BigInt }))

const offsetAt = (topic: string, timeMs: number): Effect.Effect<bigint, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const time = timestamp(timeMs)
    const span = yield* spanOf(sql.unsafe(FIND_SPAN, [topic, time]))
    if (span === undefined) return 0n
    if (span.isOver) return span.end
    // Retention has dropped the records before that time.
    if (span.mark === null || span.day === null) return span.start
    const first = yield* offsetOf(sql.unsafe(FIND_FIRST, [topic, time, span.mark, span.day]))
    return first?.offset ?? span.start
  })

/**
 * Per input: the first offset whose record has that timestamp or a later one, or the log's end if
 * there is none. All records before it are older. Infinite times are the log's start and end.
 */
export const offsetsAt = (
  options: LocalDatabaseOptions,
  inputs: ReadonlyArray<Input>,
  timeMs: number
): Effect.Effect<ReadonlyArray<bigint>, EventLogError> =>
  Effect.gen(function* () {
    const call = calling(placeOf(options), yield* SqlClient)
    return yield* Effect.forEach(inputs, ({ topic }) => offsetAt(topic, timeMs)).pipe(
      call("find the offsets of a time in the local log")
    )
  }).pipe(Effect.provide(pool(options)))
