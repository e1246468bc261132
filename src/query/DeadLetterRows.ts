/** Reads dead letters from their table. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { DeadLetterDetail } from "../api/DeadLetters.ts"
import type { DeadLetterReason } from "../domain/DeadLetter.ts"
import { type Direction, DIRECTIONS } from "../api/Values.ts"
import { ColumnText, cursorOf, int8Of, Int8Text, readInOrder, shortPageOf, TimestampText } from "./Cursor.ts"
import { comparing, opposite } from "./ListPosition.ts"
import { placeOf } from "./Placement.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

export interface DeadLettersQuery {
  readonly reason?: DeadLetterReason
  readonly topic?: string
  readonly limit: number
  /** By time. The default is `desc`. */
  readonly order?: Direction
  readonly cursor?: string
  readonly count?: boolean
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

/** The last dead letter of the page before. */
const Key = Schema.Struct({
  order: Schema.Literals(DIRECTIONS),
  deadAt: TimestampText,
  topic: ColumnText,
  partition: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 })),
  offset: Int8Text
})
type Key = typeof Key.Type

const cursor = cursorOf(Key)

/** Before every dead letter, in the list's direction. */
const START = {
  asc: { deadAt: "0001-01-01 00:00:00", topic: "", partition: 0, offset: "0" },
  desc: { deadAt: "9999-12-31 23:59:59", topic: "", partition: 0, offset: "0" }
} as const

const orderSql = (direction: Direction): string =>
  ["dead_at", "topic", "partition", "dead_letters.kafka_offset"].map((column) => `${column} ${direction}`).join(", ")

const listedOf = rowsOf(Schema.Struct({ ...StoredLetter.fields, dead_at_text: Schema.String }))

const comparison = (sql: SqlClient, operator: string, { deadAt, offset, partition, topic }: Key) =>
  sql`(dead_at, topic, partition, kafka_offset) ${sql.literal(operator)} (${deadAt}::text::timestamp, ${topic}, ${PgTypes.int4(partition)}, ${PgTypes.int8(BigInt(offset))})`

const filters = (sql: SqlClient, { reason, topic }: DeadLettersQuery) =>
  [
    reason === undefined ? undefined : sql`reason = ${reason}`,
    topic === undefined ? undefined : sql`topic = ${topic}`
  ].filter((condition) => condition !== undefined)

const keyOf = (order: Direction, row: (typeof StoredLetter)["Type"] & { readonly dead_at_text: string }): Key => ({
  order,
  deadAt: row.dead_at_text,
  topic: row.topic,
  partition: row.partition,
  offset: row.kafka_offset
})

/** Reads one page by time. */
export const readDeadLetters = Effect.fnUntraced(function* (query: DeadLettersQuery) {
  const { order = "desc" } = query
  const after = yield* readInOrder(cursor, query.cursor, order)
  const sql = yield* SqlClient
  const conditions = [
    ...filters(sql, query),
    ...(after === undefined ? [] : [comparison(sql, comparing(order).after, after)])
  ]
  const rows = yield* listedOf(sql`
    SELECT ${sql.literal(COLUMNS)}, dead_at::text AS dead_at_text FROM dead_letters WHERE ${sql.and(conditions)}
    ORDER BY ${sql.literal(orderSql(order))}
    LIMIT ${PgTypes.int4(query.limit + 1)}`)
  return shortPageOf(rows, query.limit, cursor, (row) => keyOf(order, row))
})

/** The place of a page of {@link readDeadLetters}. */
export const placeDeadLetters = Effect.fnUntraced(function* (query: DeadLettersQuery) {
  const { order = "desc" } = query
  const after = yield* readInOrder(cursor, query.cursor, order)
  const sql = yield* SqlClient
  const isFirst = after === undefined || after.deadAt === START[order].deadAt
  const upTo = isFirst ? undefined : comparison(sql, comparing(order).upTo, after)
  return yield* placeOf({
    from: "dead_letters",
    conditions: filters(sql, query),
    upTo,
    count: query.count === true,
    previous: Effect.fnUntraced(function* (before) {
      const [last] = yield* listedOf(sql`
        SELECT ${sql.literal(COLUMNS)}, dead_at::text AS dead_at_text FROM dead_letters
        WHERE ${sql.and(before)}
        ORDER BY ${sql.literal(orderSql(opposite(order)))} LIMIT 1 OFFSET ${PgTypes.int4(query.limit)}`)
      return cursor.write(last === undefined ? { order, ...START[order] } : keyOf(order, last))
    })
  })
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
