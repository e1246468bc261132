/** Reads and writes the thresholds that clients of the API set: table `sensitivity`. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Conflict, NotFound } from "../api/Problems.ts"
import { present } from "../domain/Invariant.ts"
import { MAX_CHANGES, MAX_OVERRIDES, SENSITIVE_TYPES, type SensitivityKey } from "../domain/Sensitivity.ts"
import { number } from "../domain/Wording.ts"
import { ColumnText, cursorOf, int8Of, shortPageOf } from "./Cursor.ts"
import { rowsOf, Timestamp } from "./Rows.ts"

interface SensitivityQuery {
  readonly stream?: string
  readonly limit: number
  readonly cursor?: string
}

const StoredOverride = Schema.Struct({
  stream_id: Schema.NullOr(Schema.String),
  moment_type: Schema.NullOr(Schema.Literals(SENSITIVE_TYPES)),
  threshold: Schema.Finite,
  version: Schema.String,
  set_at: Timestamp
})

/** The last override of the page before; "" = all. */
const cursor = cursorOf(Schema.Struct({ stream: ColumnText, type: ColumnText }))

const overridesOf = rowsOf(StoredOverride)

/** The newest change of each stream and type. Costs the changes, {@link MAX_CHANGES} at most. */
const NEWEST = `
SELECT DISTINCT ON (stream_id, moment_type) stream_id, moment_type, threshold, version, set_at
FROM sensitivity ORDER BY stream_id, moment_type, version DESC`

/** Reads one page of the overrides in force; all streams and all types first. */
export const readOverrides = Effect.fnUntraced(function* (query: SensitivityQuery) {
  const after = yield* cursor.read(query.cursor)
  const sql = yield* SqlClient
  const place = `(coalesce(stream_id, '') COLLATE "C", coalesce(moment_type, '') COLLATE "C")`
  const conditions = [
    sql`threshold IS NOT NULL`,
    ...(query.stream === undefined ? [] : [sql`(stream_id IS NULL OR stream_id = ${query.stream})`]),
    ...(after === undefined ? [] : [sql`${sql.literal(place)} > (${after.stream}, ${after.type})`])
  ]
  const rows = yield* overridesOf(sql`
    SELECT stream_id, moment_type, threshold, version::text, set_at FROM (${sql.literal(NEWEST)}) newest
    WHERE ${sql.and(conditions)}
    ORDER BY ${sql.literal(place.slice(1, -1))} LIMIT ${PgTypes.int4(query.limit + 1)}`)
  return shortPageOf(rows, query.limit, cursor, ({ moment_type, stream_id }) => ({
    stream: stream_id ?? "",
    type: moment_type ?? ""
  }))
})

const changesOf = rowsOf(Schema.Struct({ ...StoredOverride.fields, threshold: Schema.NullOr(Schema.Finite) }))

const appliedOf = rowsOf(
  Schema.Struct({
    source_partition: Schema.Int,
    applied_version: Schema.NullOr(Schema.String),
    from_end: Schema.NullOr(Timestamp)
  })
)

/**
 * Reads a change, and from which windows on each task applies it. `undefined` = no such version.
 */
export const readVersion = Effect.fnUntraced(function* (version: string) {
  const wanted = int8Of(version)
  if (wanted === undefined) return undefined
  const sql = yield* SqlClient
  const [change] = yield* changesOf(sql`
    SELECT stream_id, moment_type, threshold, version::text, set_at FROM sensitivity
    WHERE version = ${PgTypes.int8(wanted)}`)
  if (change === undefined) return undefined
  // A task may have gone from an earlier version to a later one.
  const tasks = yield* appliedOf(sql`
    SELECT c.source_partition, a.version::text AS applied_version,
      CASE WHEN isfinite(a.from_end) THEN a.from_end END AS from_end
    FROM checkpoints c LEFT JOIN LATERAL (
      SELECT version, from_end FROM sensitivity_applied s
      WHERE s.source_partition = c.source_partition AND s.version >= ${PgTypes.int8(wanted)}
      ORDER BY version LIMIT 1) a ON true
    ORDER BY c.source_partition`)
  return { ...change, tasks }
})

/** The author of a change, for operators. */
export interface Setting extends SensitivityKey {
  /** `null` takes the override back. */
  readonly threshold: number | null
  readonly setBy: string
}

const countsOf = rowsOf(Schema.Struct({ changes: Schema.Int, overrides: Schema.Int, last: Schema.Int }))

/**
 * Stores a change within a transaction that may write, and returns its version. `isNew` is false if
 * the threshold is already in force. The lock orders the versions as they become visible.
 */
export const setThreshold = Effect.fnUntraced(function* ({ setBy, stream, threshold, type }: Setting) {
  const sql = yield* SqlClient
  yield* sql`LOCK TABLE sensitivity IN SHARE ROW EXCLUSIVE MODE`
  const [before] = yield* changesOf(sql`
    SELECT stream_id, moment_type, threshold, version::text, set_at FROM sensitivity
    WHERE stream_id IS NOT DISTINCT FROM ${stream} AND moment_type IS NOT DISTINCT FROM ${type}
    ORDER BY version DESC LIMIT 1`)
  const isInForce = before !== undefined && before.threshold !== null
  if (threshold === null && !isInForce) return yield* new NotFound({ detail: "This override is not in force" })
  if (isInForce && before.threshold === threshold) return { version: before.version, isNew: false }
  const [row] = yield* countsOf(sql`
    SELECT (SELECT count(*)::float8 FROM sensitivity) AS changes,
      (SELECT coalesce(max(version), 0)::float8 FROM sensitivity) AS last,
      (SELECT count(*)::float8 FROM (${sql.literal(NEWEST)}) newest WHERE threshold IS NOT NULL) AS overrides`)
  const { changes, last, overrides } = present(row, "a SELECT without FROM has one row")
  if (changes >= MAX_CHANGES) {
    return yield* new Conflict({
      detail: `Table sensitivity holds ${number(MAX_CHANGES)} changes, which is its limit: an operator must delete old rows`
    })
  }
  if (!isInForce && overrides >= MAX_OVERRIDES) {
    return yield* new Conflict({
      detail: `${number(MAX_OVERRIDES)} overrides are in force, which is the limit: take others back first`
    })
  }
  const version = last + 1
  yield* sql`INSERT INTO sensitivity (version, stream_id, moment_type, threshold, set_by)
    VALUES (${PgTypes.int8(BigInt(version))}, ${stream}, ${type}, ${PgTypes.float8(threshold)}, ${setBy})`
  return { version: String(version), isNew: true }
})
