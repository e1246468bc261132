/**
 * Writes results by prepared statements with one array parameter per column, for any number of
 * rows. Counts are sent as doubles: the server refuses a count beyond INTEGER as data, which the
 * client would refuse as an error.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Predicate, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Statement } from "effect/sql/Statement"
import { AFTER_ALL, BEFORE_ALL } from "../../domain/EventTime.ts"
import type { Gap } from "../../domain/Gap.ts"
import { present } from "../../domain/Invariant.ts"
import type { Moment, MomentMetadata } from "../../domain/Moment.ts"
import { slideSums } from "../../domain/Slide.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { ADOPTED } from "../../domain/Task.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import * as PackedSums from "./PackedSums.ts"
import { refuse } from "../../postgres/SessionSettings.ts"

/** Hot: few texts have a character to escape, and a test is four times as fast as a replacement. */
const quoted = (element: string): string =>
  `"${/["\\]/.test(element) ? element.replaceAll(/["\\]/g, "\\$&") : element}"`

/** A text[] in PostgreSQL's notation: `unnest` takes no arrays of different lengths. */
export const arrayLiteral = (elements: ReadonlyArray<string>): string => `{${elements.map(quoted).join(",")}}`

/** An integer[] in PostgreSQL's notation; NULL costs a row nothing. */
const countsLiteral = (counts: ReadonlyArray<number>): string | null =>
  counts.length === 0 ? null : `{${counts.join(",")}}`

/** The task and the flush that write. */
export interface Writer {
  readonly sourcePartition: number
  readonly flush: number
}

/** The result columns of a window. */
const RESULTS = [
  "chat_count",
  "unique_chatters",
  "avg_sentiment",
  "scored_count",
  "positive_count",
  "negative_count",
  "chat_rate",
  "avg_viewers",
  "top_emotes",
  "z_score",
  "is_anomaly",
  "complete",
  "slide_sums",
  "emote_counts"
]

/** SQL that assigns the new values. */
export const assigned = (columns: ReadonlyArray<string>): string =>
  columns.map((name) => `${name} = EXCLUDED.${name}`).join(", ")

const qualifiedBy = (table: string, columns: ReadonlyArray<string>): string =>
  columns.map((name) => `${table}.${name}`).join(", ")

/** SQL for whether the stored row differs from the new one. */
export const differs = (table: string, columns: ReadonlyArray<string>): string =>
  `(${qualifiedBy(table, columns)}) IS DISTINCT FROM (${qualifiedBy("EXCLUDED", columns)})`

export const parametersOf = (columns: ReadonlyArray<string>): string => columns.map((_, at) => `$${at + 1}`).join(", ")

/** The columns that come as arrays, in the order of their parameters. */
const ROW_COLUMNS = ["stream_id", "window_start", "window_end", ...RESULTS]

/** Columns that hold arrays, which come as text. */
const ARRAYS = new Map([
  ["top_emotes", "::text[]"],
  ["emote_counts", "::integer[]"]
])

/**
 * Read row by row. The server would first store each column of an `unnest` in FROM in a table of
 * its own.
 */
const ROW_VALUES = ROW_COLUMNS.map((name, at) => `unnest($${at + 1})${ARRAYS.get(name) ?? ""}`).join(", ")

/**
 * Fails if a key exists. Without ON CONFLICT the server checks each key once, and logs no
 * confirmation of a speculative insert.
 */
const INSERT_ROWS = `
INSERT INTO chat_summary_minute (${ROW_COLUMNS.join(", ")}, processed_at, source_partition, flush)
SELECT ${ROW_VALUES}, now() AT TIME ZONE 'UTC', $18, $19`

const UPSERT_ROWS = `${INSERT_ROWS}
ON CONFLICT (source_partition, window_start, window_end, stream_id) DO UPDATE
SET ${assigned([...RESULTS, "processed_at", "flush"])}`

/** Equal rows are not touched. */
const REPAIR_ROWS = `${UPSERT_ROWS} WHERE ${differs("chat_summary_minute", RESULTS)} RETURNING 1`

/**
 * $4: the distinct window starts of $2. Planned with its values, it locks only their partitions.
 */
const DELETE_ADOPTED = `
DELETE FROM chat_summary_minute a USING unnest($1, $2, $3) AS r (stream_id, window_start, window_end)
WHERE a.source_partition = ${ADOPTED} AND a.window_start = ANY ($4)
  AND a.stream_id = r.stream_id AND a.window_start = r.window_start AND a.window_end = r.window_end`

/**
 * Runs a statement that inserts or updates each of `count` rows. Fails if the server reports fewer:
 * a trigger or rule that was added after the start drops rows without an error. The checkpoint must
 * not advance past them.
 */
export const storing = (table: string, count: number, { raw }: Pick<Statement<unknown>, "raw">) =>
  Effect.flatMap(raw, (result) => {
    const stored = Predicate.hasProperty(result, "rowCount") ? result.rowCount : undefined
    return stored === count
      ? Effect.void
      : refuse(
          "Settings",
          `table ${table} reported no error and stored ${String(stored)} of ${count} rows: a trigger or rule drops them. Drop it (\`telemetra doctor\` names it), then start again: nothing is lost`
        )
  })

const writeRows = Effect.fnUntraced(function* (
  statement: string,
  writer: Writer,
  replaceAdopted: boolean,
  rows: ReadonlyArray<SummaryRow>
) {
  const sql = yield* SqlClient
  const key = [
    column(rows, OID.text, (r) => r.stream),
    column(rows, OID.timestamp, (r) => r.startMs),
    column(rows, OID.timestamp, (r) => r.endMs)
  ]
  if (replaceAdopted) {
    const starts = [...new Set(rows.map(({ startMs }) => startMs))]
    yield* sql.unsafe(DELETE_ADOPTED, [...key, column(starts, OID.timestamp, (startMs) => startMs)]).unprepared
  }
  return sql.unsafe(statement, [
    ...key,
    column(rows, OID.float8, (r) => r.chatCount),
    column(rows, OID.float8, (r) => r.uniqueChatters),
    column(rows, OID.float8, (r) => r.avgSentiment),
    column(rows, OID.float8, (r) => r.scoredCount),
    column(rows, OID.float8, (r) => r.positiveCount),
    column(rows, OID.float8, (r) => r.negativeCount),
    column(rows, OID.float8, (r) => r.chatRate),
    column(rows, OID.float8, (r) => r.avgViewers),
    column(rows, OID.text, (r) => arrayLiteral(r.topEmotes)),
    column(rows, OID.float8, (r) => r.zScore),
    column(rows, OID.bool, (r) => r.isAnomaly),
    column(rows, OID.bool, (r) => r.complete),
    column(rows, OID.bytea, (r) => PackedSums.encode(slideSums(r))),
    column(rows, OID.text, (r) => countsLiteral(r.emoteCounts)),
    PgTypes.int4(writer.sourcePartition),
    int8(writer.flush)
  ])
})

/** The stored rows that a flush may replace. */
export interface Replaced {
  /** Adopted rows of the same windows. */
  readonly adopted: boolean
  /** The task's own rows. If `false`, a stored row fails the statement (SQLSTATE 23505). */
  readonly own: boolean
}

/** Writes rows of different keys. */
export const insertRows =
  (writer: Writer, { adopted, own }: Replaced) =>
  (rows: ReadonlyArray<SummaryRow>): Effect.Effect<void, SqlError, SqlClient> =>
    Effect.flatMap(writeRows(own ? UPSERT_ROWS : INSERT_ROWS, writer, adopted, rows), (statement) =>
      storing("chat_summary_minute", rows.length, statement)
    )

/**
 * Writes the rows that differ from the stored ones, and returns their number. `replaceAdopted`
 * deletes adopted rows of the same windows.
 */
export const repairRows = (
  writer: Writer,
  replaceAdopted: boolean,
  rows: ReadonlyArray<SummaryRow>
): Effect.Effect<number, SqlError, SqlClient> =>
  Effect.map(Effect.flatten(writeRows(REPAIR_ROWS, writer, replaceAdopted, rows)), ({ length }) => length)

/**
 * The score of greatest size among a moment's parts, with its sign: readers of the earlier job read
 * it as `z_score`.
 */
export const zScoreOf = ({ parts }: MomentMetadata): number => {
  // In a fixed order: a tie has one result.
  const { chat, loss, mood, silence, viewers } = parts
  const scores = [chat, viewers, mood, silence, loss].filter((score) => score !== undefined)
  const [first, ...others] = scores
  return others.reduce(
    (greatest, score) => (Math.abs(score) > Math.abs(greatest) ? score : greatest),
    present(first, "a moment has at least one part")
  )
}

const MOMENT_RESULTS = ["moment_type", "ended_at", "intensity", "description", "metadata"]

const MOMENT_COLUMNS = [
  "stream_id",
  "moment_type",
  "timestamp",
  "opened_as",
  "ended_at",
  "intensity",
  "description",
  "metadata"
]

const INSERT_MOMENTS = `
INSERT INTO moments (${MOMENT_COLUMNS.join(", ")}, detected_at, source_partition, flush)
SELECT ${qualifiedBy("r", MOMENT_COLUMNS)}, now() AT TIME ZONE 'UTC', $9, $10
FROM unnest(${parametersOf(MOMENT_COLUMNS)}) AS r (${MOMENT_COLUMNS.join(", ")})
ON CONFLICT (stream_id, timestamp, opened_as, source_partition) DO UPDATE
SET ${assigned([...MOMENT_RESULTS, "flush"])}`

const REPAIR_MOMENTS = `${INSERT_MOMENTS} WHERE ${differs("moments", MOMENT_RESULTS)} RETURNING stream_id, timestamp::text AS timestamp, opened_as`

const writeMoments = Effect.fnUntraced(function* (statement: string, writer: Writer, moments: ReadonlyArray<Moment>) {
  const sql = yield* SqlClient
  return sql.unsafe(statement, [
    column(moments, OID.text, (m) => m.stream),
    column(moments, OID.text, (m) => m.type),
    column(moments, OID.timestamp, (m) => m.timestampMs),
    column(moments, OID.text, (m) => m.openedAs),
    column(moments, OID.timestamp, (m) => m.endedAtMs),
    column(moments, OID.float8, (m) => m.intensity),
    column(moments, OID.text, (m) => m.description),
    column(moments, OID.jsonb, ({ metadata }) => ({ ...metadata, z_score: zScoreOf(metadata) })),
    PgTypes.int4(writer.sourcePartition),
    int8(writer.flush)
  ])
})

/** Writes moments of different keys. `detected_at` keeps its first value. */
export const insertMoments =
  (writer: Writer) =>
  (moments: ReadonlyArray<Moment>): Effect.Effect<void, SqlError, SqlClient> =>
    Effect.flatMap(writeMoments(INSERT_MOMENTS, writer, moments), (statement) =>
      storing("moments", moments.length, statement)
    )

/** The key of a stored moment in its task. */
const StoredKey = Schema.Struct({ stream_id: Schema.String, timestamp: Schema.String, opened_as: Schema.String })
export type StoredKey = typeof StoredKey.Type

/** The keys that a statement returns. */
export const keysOf = rowsOf(StoredKey)

/** Writes the moments that differ from the stored ones, and returns their keys. */
export const repairMoments = (
  writer: Writer,
  moments: ReadonlyArray<Moment>
): Effect.Effect<ReadonlyArray<StoredKey>, SqlError, SqlClient> =>
  keysOf(Effect.flatten(writeMoments(REPAIR_MOMENTS, writer, moments)))

const INSERT_GAPS = `
INSERT INTO gaps (topic, partition, from_offset, to_offset, events_from, events_to, detected_at)
SELECT g.topic, g.partition, g.from_offset, g.to_offset, g.events_from, g.events_to, now() AT TIME ZONE 'UTC'
FROM unnest($1, $2, $3, $4, $5, $6) AS g (topic, partition, from_offset, to_offset, events_from, events_to)
ON CONFLICT (topic, partition, from_offset) DO UPDATE SET
  to_offset = EXCLUDED.to_offset,
  events_from = EXCLUDED.events_from,
  events_to = EXCLUDED.events_to`

/**
 * Writes gaps of different keys. `detected_at` keeps its first value. NULL bounds: before all
 * events, or unknown.
 */
export const insertGaps = (gaps: ReadonlyArray<Gap>): Effect.Effect<void, SqlError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.unsafe(INSERT_GAPS, [
      column(gaps, OID.text, (g) => g.topic),
      column(gaps, OID.int4, (g) => g.partition),
      column(gaps, OID.int8, (g) => g.fromOffset),
      column(gaps, OID.int8, (g) => g.toOffset),
      column(gaps, OID.timestamp, (g) => (g.eventsFromMs === BEFORE_ALL ? null : g.eventsFromMs)),
      column(gaps, OID.timestamp, (g) => (g.eventsToMs === AFTER_ALL ? null : g.eventsToMs))
    ])
  })
