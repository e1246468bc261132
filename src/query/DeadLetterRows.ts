/** Dead letters, as they stand in their table. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import type { DeadLetterDetail, DeadLetterItem } from "../api/DeadLetters.ts"
import { ColumnText, cursorOf, int8Of, Int8Text, pageOf, TimestampText } from "./Cursor.ts"

export interface DeadLettersQuestion {
  readonly reason?: DeadLetterReason
  readonly topic?: string
  readonly limit: number
  readonly cursor?: string
}

/** The payload of row `d`. A row without payload has the one of another row, see src/sink/postgres/DeadLetters.ts. */
export const PAYLOAD = `COALESCE(d.payload, (
  SELECT s.payload FROM dead_letters s WHERE s.payload_digest = d.payload_digest AND s.payload IS NOT NULL LIMIT 1
), ''::bytea)`

const COLUMNS = "topic, partition, kafka_offset::text, reason, path, record_timestamp, payload_bytes, dead_at"

interface DeadLetterRow {
  readonly topic: string
  readonly partition: number
  readonly kafka_offset: string
  readonly reason: string
  readonly path: string | null
  readonly record_timestamp: Date | null
  readonly payload_bytes: number
  readonly dead_at: Date
}

const toItem = (row: DeadLetterRow): DeadLetterItem => ({
  topic: row.topic,
  partition: row.partition,
  kafka_offset: row.kafka_offset,
  reason: row.reason,
  path: row.path,
  record_timestamp: row.record_timestamp?.getTime() ?? null,
  payload_bytes: row.payload_bytes,
  dead_at: row.dead_at.getTime()
})

const cursor = cursorOf(
  Schema.Struct({
    deadAt: TimestampText,
    topic: ColumnText,
    partition: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })),
    offset: Int8Text
  })
)

/** The latest first. */
export const readDeadLetters = Effect.fnUntraced(function* (question: DeadLettersQuestion) {
  const after = yield* cursor.read(question.cursor)
  const sql = yield* SqlClient
  const conditions = [
    question.reason === undefined ? undefined : sql`reason = ${question.reason}`,
    question.topic === undefined ? undefined : sql`topic = ${question.topic}`,
    after === undefined
      ? undefined
      : sql`(dead_at, topic, partition, kafka_offset) < (${after.deadAt}::text::timestamp, ${after.topic}, ${PgTypes.int4(after.partition)}, ${PgTypes.int8(BigInt(after.offset))})`
  ].filter((condition) => condition !== undefined)
  const rows = yield* sql<DeadLetterRow & { dead_at_text: string }>`
    SELECT ${sql.literal(COLUMNS)}, dead_at::text AS dead_at_text FROM dead_letters WHERE ${sql.and(conditions)}
    ORDER BY dead_at DESC, topic DESC, partition DESC, dead_letters.kafka_offset DESC LIMIT ${PgTypes.int4(question.limit + 1)}`
  // No row has much text: a page needs no limit in bytes.
  const found = rows.length
  const { items, next } = pageOf(
    rows.map((row) => ({ ...row, found })),
    question.limit,
    cursor,
    (row) => ({
      deadAt: row.dead_at_text,
      topic: row.topic,
      partition: row.partition,
      offset: row.kafka_offset
    })
  )
  return { items: items.map(toItem), next }
})

/** The most frequent first. Costs the table's size. */
export const readDeadLetterReasons = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* sql<{ reason: string; count: number; latest: Date }>`
    SELECT reason, count(*)::float8 AS count, max(dead_at) AS latest FROM dead_letters GROUP BY reason ORDER BY 2 DESC, 1`
  return rows.map(({ count, latest, reason }) => ({ reason, count, latest: latest.getTime() }))
})

/** `undefined` where there is none. */
export const readDeadLetter = Effect.fnUntraced(function* (key: {
  readonly topic: string
  readonly partition: number
  readonly offset: string
}) {
  const offset = int8Of(key.offset)
  if (offset === undefined) return undefined
  const sql = yield* SqlClient
  const [row] = yield* sql<DeadLetterRow & { payload: Uint8Array }>`
    SELECT ${sql.literal(COLUMNS)}, ${sql.literal(PAYLOAD)} AS payload FROM dead_letters d
    WHERE topic = ${key.topic} AND partition = ${PgTypes.int4(key.partition)} AND kafka_offset = ${PgTypes.int8(offset)}`
  if (row === undefined) return undefined
  const detail: DeadLetterDetail = { ...toItem(row), payload: new TextDecoder().decode(row.payload) }
  return detail
})
