/** Reads moments from their table. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { MomentMetadata, type MomentType } from "../domain/Moment.ts"
import { cursorOf, int8Of, Int8Text, pageOf, TimestampText } from "./Cursor.ts"
import { cutByBytes, Found } from "./PageBytes.ts"
import { Measure, rowsOf, Timestamp } from "./Rows.ts"

export interface MomentsQuery {
  readonly stream?: string
  readonly type?: MomentType
  readonly from?: number
  readonly to?: number
  readonly min_intensity?: number
  readonly limit: number
  readonly cursor?: string
}

export const MOMENT_COLUMNS =
  "id::text, stream_id, timestamp, ended_at, moment_type, description, intensity, detected_at, metadata"

/** Bytes of a row's text, for PageBytes.ts. */
export const MOMENT_BYTES =
  "octet_length(stream_id) + coalesce(octet_length(description), 0) + coalesce(octet_length(metadata::text), 0)"

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
  metadata: Schema.NullOr(MomentMetadata).pipe(Schema.catchDecoding(() => Effect.succeedSome(null)))
})

const cursor = cursorOf(Schema.Struct({ timestamp: TimestampText, id: Int8Text }))

/** The place of a page's conditions and limit. */
const CONDITIONS = "/* conditions */"

const SELECT_PAGE = cutByBytes(
  `SELECT ${MOMENT_COLUMNS}, moments.id AS number, timestamp::text AS timestamp_text FROM moments WHERE ${CONDITIONS}`,
  MOMENT_BYTES,
  "timestamp DESC, number DESC"
)
const [PAGE_HEAD = "", PAGE_TAIL = ""] = SELECT_PAGE.split(CONDITIONS)

const listedOf = rowsOf(Schema.Struct({ ...StoredMoment.fields, ...Found.fields, timestamp_text: Schema.String }))

/** Reads one page, newest first; of equal times the highest id first. */
export const readMoments = Effect.fnUntraced(function* (query: MomentsQuery) {
  const after = yield* cursor.read(query.cursor)
  const sql = yield* SqlClient
  const conditions = [
    query.stream === undefined ? undefined : sql`stream_id = ${query.stream}`,
    query.type === undefined ? undefined : sql`moment_type = ${query.type}`,
    query.from === undefined ? undefined : sql`timestamp >= ${PgTypes.timestamp(query.from)}`,
    query.to === undefined ? undefined : sql`timestamp < ${PgTypes.timestamp(query.to)}`,
    query.min_intensity === undefined
      ? undefined
      : sql`intensity >= ${PgTypes.float8(query.min_intensity)} AND intensity < 'Infinity'`,
    after === undefined
      ? undefined
      : sql`(timestamp, id) < (${after.timestamp}::text::timestamp, ${PgTypes.int8(BigInt(after.id))})`
  ].filter((condition) => condition !== undefined)
  const rows = yield* listedOf(sql`
    ${sql.literal(PAGE_HEAD)} ${sql.and(conditions)}
    ORDER BY timestamp DESC, moments.id DESC LIMIT ${PgTypes.int4(query.limit + 1)} ${sql.literal(PAGE_TAIL)}`)
  return pageOf(rows, query.limit, cursor, ({ id, timestamp_text }) => ({ timestamp: timestamp_text, id }))
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
