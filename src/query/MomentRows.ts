/** Moments, and what surrounds one. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Option, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { MomentMetadata, type MomentType } from "../domain/Moment.ts"
import type { MomentItem } from "../api/Moments.ts"
import { cursorOf, int8Of, Int8Text, pageOf, TimestampText } from "./Cursor.ts"
import { cutByBytes, type Found } from "./PageBytes.ts"
import { finite } from "./SummaryRows.ts"

export interface MomentsQuestion {
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

export interface MomentRow {
  readonly id: string
  readonly stream_id: string
  readonly timestamp: Date
  readonly ended_at: Date | null
  readonly moment_type: string
  readonly description: string | null
  readonly intensity: number | null
  readonly detected_at: Date | null
  readonly metadata: unknown
}

const readMetadata = Schema.decodeUnknownOption(MomentMetadata)

export const toMoment = (row: MomentRow): MomentItem => ({
  id: row.id,
  stream_id: row.stream_id,
  timestamp: row.timestamp.getTime(),
  ended_at: row.ended_at?.getTime() ?? null,
  moment_type: row.moment_type,
  description: row.description,
  intensity: finite(row.intensity),
  detected_at: row.detected_at?.getTime() ?? null,
  metadata: Option.getOrNull(readMetadata(row.metadata))
})

const cursor = cursorOf(Schema.Struct({ timestamp: TimestampText, id: Int8Text }))

/** Where the conditions and the limit of a page stand. */
const CONDITIONS = "/* conditions */"

const SELECT_PAGE = cutByBytes(
  `SELECT ${MOMENT_COLUMNS}, moments.id AS number, timestamp::text AS timestamp_text FROM moments WHERE ${CONDITIONS}`,
  MOMENT_BYTES,
  "timestamp DESC, number DESC"
)

/** The latest first; among equals the greatest id. */
export const readMoments = Effect.fnUntraced(function* (question: MomentsQuestion) {
  const after = yield* cursor.read(question.cursor)
  const sql = yield* SqlClient
  const conditions = [
    question.stream === undefined ? undefined : sql`stream_id = ${question.stream}`,
    question.type === undefined ? undefined : sql`moment_type = ${question.type}`,
    question.from === undefined ? undefined : sql`timestamp >= ${PgTypes.timestamp(question.from)}`,
    question.to === undefined ? undefined : sql`timestamp < ${PgTypes.timestamp(question.to)}`,
    question.min_intensity === undefined
      ? undefined
      : sql`intensity >= ${PgTypes.float8(question.min_intensity)} AND intensity < 'Infinity'`,
    after === undefined
      ? undefined
      : sql`(timestamp, id) < (${after.timestamp}::text::timestamp, ${PgTypes.int8(BigInt(after.id))})`
  ].filter((condition) => condition !== undefined)
  const [head = "", tail = ""] = SELECT_PAGE.split(CONDITIONS)
  const rows = yield* sql<MomentRow & Found & { readonly timestamp_text: string }>`
    ${sql.literal(head)} ${sql.and(conditions)}
    ORDER BY timestamp DESC, moments.id DESC LIMIT ${PgTypes.int4(question.limit + 1)} ${sql.literal(tail)}`
  const { items, next } = pageOf(rows, question.limit, cursor, ({ id, timestamp_text }) => ({
    timestamp: timestamp_text,
    id
  }))
  return { items: items.map(toMoment), next }
})

/** `undefined` where there is none. */
export const readMoment = Effect.fnUntraced(function* (id: string) {
  const number = int8Of(id)
  if (number === undefined) return undefined
  const sql = yield* SqlClient
  const [row] =
    yield* sql<MomentRow>`SELECT ${sql.literal(MOMENT_COLUMNS)} FROM moments WHERE id = ${PgTypes.int8(number)}`
  return row === undefined ? undefined : toMoment(row)
})
