/** Reads dead letters from their table. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { DeadLetterDetail } from "../api/DeadLetters.ts"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import { ColumnText, cursorOf, int8Of, Int8Text, pageOf, TimestampText } from "./Cursor.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

export interface DeadLettersQuery {
  readonly reason?: DeadLetterReason
  readonly topic?: string
  readonly limit: number
  readonly cursor?: string
}

/**
 * The payload of row `d`. A row without a payload shares the payload of another row; see
 * src/sink/postgres/DeadLetters.ts.
 */
export const PAYLOAD = `COALESCE(d.payload, (
  SELECT s.payload FROM dead_letters s WHERE s.payload_digest = d.payload_digest AND s.payload IS NOT NULL LIMIT 1
), ''::bytea)`

const COLUMNS = "topic, partition, kafka_offset::text, reason, path, record_timestamp, payload_bytes, dead_at"

const StoredLetter = Schema.Struct({
  topic: Schema.String,
  partition: Schema.Int,
  kafka_offset: Schema.String,
  reason: Schema.String,
  path: Schema.NullOr(Schema.String),
  record_timestamp: Schema.NullOr(Timestamp),
  payload_bytes: Schema.Int,
  dead_at: Timestamp
})

const cursor = cursorOf(
  Schema.Struct({
    deadAt: TimestampText,
    topic: ColumnText,
    partition: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })),
    offset: Int8Text
  })
)

const listedOf = rowsOf(Schema.Struct({ ...StoredLetter.fields, dead_at_text: Schema.String }))

/** Reads one page, newest first. */
export const readDeadLetters = Effect.fnUntraced(function* (query: DeadLettersQuery) {
  const after = yield* cursor.read(query.cursor)
  const sql = yield* SqlClient
  const conditions = [
    query.reason === undefined ? undefined : sql`reason = ${query.reason}`,
    query.topic === undefined ? undefined : sql`topic = ${query.topic}`,
    after === undefined
      ? undefined
      : sql`(dead_at, topic, partition, kafka_offset) < (${after.deadAt}::text::timestamp, ${after.topic}, ${PgTypes.int4(after.partition)}, ${PgTypes.int8(BigInt(after.offset))})`
  ].filter((condition) => condition !== undefined)
  const rows = yield* listedOf(sql`
    SELECT ${sql.literal(COLUMNS)}, dead_at::text AS dead_at_text FROM dead_letters WHERE ${sql.and(conditions)}
    ORDER BY dead_at DESC, topic DESC, partition DESC, dead_letters.kafka_offset DESC
    LIMIT ${PgTypes.int4(query.limit + 1)}`)
  // No row has much text: a page needs no limit in bytes.
  const found = rows.length
  return pageOf(
    rows.map((row) => ({ ...row, found })),
    query.limit,
    cursor,
    (row) => ({ deadAt: row.dead_at_text, topic: row.topic, partition: row.partition, offset: row.kafka_offset })
  )
})

const reasonsOf = rowsOf(Schema.Struct({ reason: Schema.String, count: Schema.Int, latest: Timestamp }))

/** Counts dead letters by reason, the most frequent first. It scans the whole table. */
export const readDeadLetterReasons = Effect.flatMap(SqlClient, (sql) =>
  reasonsOf(sql`
    SELECT reason, count(*)::float8 AS count, max(dead_at) AS latest
    FROM dead_letters GROUP BY reason ORDER BY 2 DESC, 1`)
)

const detailsOf = rowsOf(Schema.Struct({ ...StoredLetter.fields, payload: Schema.Uint8Array }))

/** Returns `undefined` if the dead letter does not exist. */
export const readDeadLetter = Effect.fnUntraced(function* (key: {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}) {
  const offset = int8Of(key.offset)
  if (offset === undefined) return undefined
  const sql = yield* SqlClient
  const [row] = yield* detailsOf(sql`
    SELECT ${sql.literal(COLUMNS)}, ${sql.literal(PAYLOAD)} AS payload FROM dead_letters d
    WHERE topic = ${key.topic} AND partition = ${PgTypes.int4(key.partition)}
      AND kafka_offset = ${PgTypes.int8(offset)}`)
  if (row === undefined) return undefined
  const detail: DeadLetterDetail = { ...row, payload: new TextDecoder().decode(row.payload) }
  return detail
})
