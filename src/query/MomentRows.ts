/** Reads moments from their table. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ChatContent } from "../domain/ChatContent.ts"
import { MomentMetadata, type MomentType } from "../domain/Moment.ts"
import { BadRequest } from "../api/Problems.ts"
import { MOMENT_ORDERS, type MomentOrder, Verdict } from "../api/Moments.ts"
import { type Direction, DIRECTIONS } from "../api/Values.ts"
import { cursorOf, int8Of, Int8Text, pageOf, readInOrder, TimestampText } from "./Cursor.ts"
import { FEEDBACK, isJudged } from "./FeedbackRows.ts"
import { comparing, opposite } from "./ListPosition.ts"
import { cutByBytes, Found } from "./PageBytes.ts"
import { placeOf } from "./Placement.ts"
import { Measure, rowsOf, Timestamp } from "./Rows.ts"
import { isMomentOf, readId } from "./StoredBroadcast.ts"
import { finiteSql } from "./StoredSummary.ts"

export interface MomentsQuery {
  readonly stream?: string
  readonly broadcast?: {
    readonly id: string
    /** {@link OverAfter}. */
    readonly overMs: number
  }
  readonly type?: MomentType
  readonly from?: number
  readonly to?: number
  readonly min_intensity?: number
  readonly feedback?: Verdict | "none"
  readonly sort: MomentOrder
  /** The default is `desc`. */
  readonly order?: Direction
  readonly limit: number
  readonly cursor?: string
  readonly count?: boolean
}

/** Quotes of another peak count as none: the moment quoted nothing when its peak was new. */
const CONTENT = `(SELECT s.content FROM moment_samples s
  WHERE s.source_partition = moments.source_partition AND s.stream_id = moments.stream_id
    AND s.timestamp = moments.timestamp AND s.opened_as = moments.opened_as
    AND s.peak_end = moments.metadata ->> 'peak_end') AS content`

export const MOMENT_COLUMNS = `id::text, stream_id, timestamp, ended_at, moment_type, description, intensity,
  detected_at, metadata, ${CONTENT}, ${FEEDBACK} AS feedback`

/** Bytes of a row's text, for PageBytes.ts. */
export const MOMENT_BYTES = `octet_length(stream_id) + coalesce(octet_length(description), 0)
  + coalesce(octet_length(metadata::text), 0) + coalesce(octet_length(content::text), 0)`

/** One row of {@link MOMENT_COLUMNS}. */
export const StoredMoment = Schema.Struct({
  id: Schema.String,
  stream_id: Schema.String,
  timestamp: Timestamp,
  ended_at: Schema.NullOr(Timestamp),
  moment_type: Schema.String,
  description: Schema.NullOr(Schema.String),
  intensity: Measure,
  detected_at: Schema.NullOr(Timestamp),
  /** Metadata of an earlier job or version counts as `null`. */
  metadata: Schema.NullOr(MomentMetadata).pipe(Schema.catchDecoding(() => Effect.succeedSome(null))),
  content: Schema.NullOr(ChatContent).pipe(Schema.catchDecoding(() => Effect.succeedSome(null))),
  feedback: Schema.NullOr(Verdict)
})

export type StoredMoment = typeof StoredMoment.Type

/** The last moment of the page before. `rank` is its intensity. */
const Key = Schema.Struct({
  sort: Schema.Literals(MOMENT_ORDERS),
  order: Schema.Literals(DIRECTIONS),
  rank: Schema.NullOr(Schema.Finite),
  timestamp: TimestampText,
  id: Int8Text
})
type Key = typeof Key.Type

const cursor = cursorOf(Key)

/** Before every moment, in the list's direction. */
const START = {
  asc: { rank: -Number.MAX_VALUE, timestamp: "0001-01-01 00:00:00", id: "0" },
  desc: { rank: Number.MAX_VALUE, timestamp: "9999-12-31 23:59:59", id: String(2n ** 63n - 1n) }
} as const

/** An intensity that sorts unknown ones last. */
const rankSql = (direction: Direction): string =>
  `coalesce(${finiteSql("intensity")}, '${direction === "asc" ? "" : "-"}Infinity'::float8)`

/** The sort key as SQL. The index of times serves the list by time. */
const keySql = (sort: MomentOrder, direction: Direction): ReadonlyArray<string> => [
  ...(sort === "intensity" ? [rankSql(direction)] : []),
  "timestamp",
  "moments.id"
]

const orderSql = (sort: MomentOrder, by: Direction, direction: Direction): string =>
  keySql(sort, by)
    .map((column) => `${column} ${direction}`)
    .join(", ")

/** The place of a page's conditions, order and limit. */
const CONDITIONS = "/* conditions */"

/** The statement of a page before and after its conditions. */
const pageSql = (sort: MomentOrder, direction: Direction) => {
  const [head = "", tail = ""] = cutByBytes(
    `SELECT ${MOMENT_COLUMNS}, moments.id AS number, timestamp::text AS timestamp_text, ${rankSql(direction)} AS rank
    FROM moments WHERE ${CONDITIONS}`,
    MOMENT_BYTES,
    `${sort === "intensity" ? `rank ${direction}, ` : ""}timestamp ${direction}, number ${direction}`
  ).split(CONDITIONS)
  return { head, tail }
}

const listedOf = rowsOf(Schema.Struct({ ...StoredMoment.fields, ...Found.fields, timestamp_text: Schema.String }))

/** Compares the sort key of a row with that of the cursor. */
const comparison = (sql: SqlClient, operator: string, { id, order, rank, sort, timestamp }: Key) => {
  const rankOrLast = rank ?? (order === "asc" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY)
  const by = sort === "intensity" ? sql`${PgTypes.float8(rankOrLast)}, ` : sql``
  return sql`(${sql.literal(keySql(sort, order).join(", "))}) ${sql.literal(operator)} (${by}${timestamp}::text::timestamp, ${PgTypes.int8(BigInt(id))})`
}

/** The moments of one broadcast; none if it does not exist. */
const inBroadcast = Effect.fnUntraced(function* ({ id, overMs }: Required<MomentsQuery>["broadcast"]) {
  const key = yield* readId(id)
  if (key === undefined) return yield* new BadRequest({ detail: "broadcast: not the `id` of a broadcast" })
  const sql = yield* SqlClient
  const { startedMs, stream, task } = key
  const isOf = sql.literal(isMomentOf("moments", "of", String(overMs)))
  // The first condition serves the index.
  return sql`stream_id = ${stream} AND timestamp >= ${PgTypes.timestamp(startedMs)} AND EXISTS (
    SELECT FROM broadcasts of WHERE of.stream_id = ${stream} AND of.source_partition = ${PgTypes.int4(task)}
      AND of.started_at = ${PgTypes.timestamp(startedMs)} AND ${isOf})`
})

/** The conditions of a list, whatever its order and page. */
const filters = Effect.fnUntraced(function* (query: MomentsQuery) {
  const sql = yield* SqlClient
  return [
    query.broadcast === undefined ? undefined : yield* inBroadcast(query.broadcast),
    query.stream === undefined ? undefined : sql`stream_id = ${query.stream}`,
    query.type === undefined ? undefined : sql`moment_type = ${query.type}`,
    query.from === undefined ? undefined : sql`timestamp >= ${PgTypes.timestamp(query.from)}`,
    query.to === undefined ? undefined : sql`timestamp < ${PgTypes.timestamp(query.to)}`,
    query.feedback === undefined ? undefined : sql.literal(isJudged(query.feedback)),
    query.min_intensity === undefined
      ? undefined
      : sql`intensity >= ${PgTypes.float8(query.min_intensity)} AND intensity < 'Infinity'`
  ].filter((condition) => condition !== undefined)
})

/** Reads one page; by time, of equal times the highest id first. */
export const readMoments = Effect.fnUntraced(function* (query: MomentsQuery) {
  const { order = "desc", sort } = query
  const after = yield* readInOrder(cursor, query.cursor, order, sort)
  const sql = yield* SqlClient
  const conditions = [
    ...(yield* filters(query)),
    ...(after === undefined ? [] : [comparison(sql, comparing(order).after, after)])
  ]
  const { head, tail } = pageSql(sort, order)
  const rows = yield* listedOf(sql`
    ${sql.literal(head)} ${sql.and(conditions)}
    ORDER BY ${sql.literal(orderSql(sort, order, order))} LIMIT ${PgTypes.int4(query.limit + 1)} ${sql.literal(tail)}`)
  return pageOf(rows, query.limit, cursor, ({ id, intensity, timestamp_text }) => ({
    sort,
    order,
    rank: intensity,
    timestamp: timestamp_text,
    id
  }))
})

const keysOf = rowsOf(Schema.Struct({ id: Schema.String, intensity: Measure, timestamp_text: Schema.String }))

/** The place of a page of {@link readMoments}. */
export const placeMoments = Effect.fnUntraced(function* (query: MomentsQuery) {
  const { order = "desc", sort } = query
  const after = yield* readInOrder(cursor, query.cursor, order, sort)
  const sql = yield* SqlClient
  const isFirst = after === undefined || after.timestamp === START[order].timestamp
  const upTo = isFirst ? undefined : comparison(sql, comparing(order).upTo, after)
  return yield* placeOf({
    from: "moments",
    conditions: yield* filters(query),
    upTo,
    count: query.count === true,
    previous: Effect.fnUntraced(function* (before) {
      const [last] = yield* keysOf(sql`
        SELECT id::text, intensity, timestamp::text AS timestamp_text FROM moments
        WHERE ${sql.and(before)}
        ORDER BY ${sql.literal(orderSql(sort, order, opposite(order)))} LIMIT 1 OFFSET ${PgTypes.int4(query.limit)}`)
      const key =
        last === undefined ? START[order] : { rank: last.intensity, timestamp: last.timestamp_text, id: last.id }
      return cursor.write({ sort, order, ...key })
    })
  })
})

const momentsOf = rowsOf(StoredMoment)

/** Returns `undefined` if the moment does not exist. */
export const readMoment = Effect.fnUntraced(function* (id: string) {
  const number = int8Of(id)
  if (number === undefined) return undefined
  const sql = yield* SqlClient
  const [row] = yield* momentsOf(
    sql`SELECT ${sql.literal(MOMENT_COLUMNS)} FROM moments WHERE id = ${PgTypes.int8(number)}`
  )
  return row
})
