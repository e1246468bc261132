/** The offsets that the log holds, per topic: one small table, which every append updates. */
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { column, OID } from "../../postgres/Column.ts"
import { onlyOf, rowsOf } from "../../postgres/Rows.ts"

/** The log has one partition per topic. */
export const PARTITION = 0

/** The offsets of a topic, from `start` (closed) to `end` (open). */
export interface Extent {
  readonly start: bigint
  readonly end: bigint
}

const EMPTY: Extent = { start: 0n, end: 0n }

const READ_HEADS = `
SELECT topic, start_offset AS "start", next_offset AS "end" FROM local_log_heads
WHERE partition = ${PARTITION} AND topic = ANY ($1)`

const READ_LAST = `
SELECT (extract(epoch FROM max(max_time)) * 1000)::float8 AS "lastMs" FROM local_log_heads
WHERE partition = ${PARTITION} AND topic = ANY ($1)`

const lastOf = onlyOf(Schema.Struct({ lastMs: Schema.NullOr(Schema.Finite) }))

const headsOf = rowsOf(Schema.Struct({ topic: Schema.String, start: Schema.BigInt, end: Schema.BigInt }))

/** Returns the extent of each topic, in their order; a topic without appends is empty. */
export const readExtents = (topics: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<Extent>, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const heads = yield* headsOf(sql.unsafe(READ_HEADS, [column(topics, OID.text, (topic) => topic)]))
    const byTopic = new Map(heads.map((head) => [head.topic, head]))
    return topics.map((topic) => byTopic.get(topic) ?? EMPTY)
  })

/** The greatest time of a record of the topics; `null` = nothing was appended to them. */
export const readLastMs = (topics: ReadonlyArray<string>): Effect.Effect<number | null, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    return (yield* lastOf(sql.unsafe(READ_LAST, [column(topics, OID.text, (topic) => topic)]))).lastMs
  })
