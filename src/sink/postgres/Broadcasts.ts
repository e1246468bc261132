/** Table `broadcasts`: the broadcasts of each stream of a task, for readers. */
import { PgTypes } from "@effect/sql-pg"
import { Clock, Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Broadcast, BroadcastKey } from "../../domain/Broadcast.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { EventTimeMs } from "../../domain/EventTime.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import type { BroadcastsQuery, BroadcastSpan } from "../RepairTables.ts"
import type { Repair } from "../Repair.ts"
import { assigned, differs, parametersOf, storing, type Writer } from "./Insert.ts"
import { writeItems } from "./Items.ts"

const TABLE = "broadcasts"

/** The columns that change while a broadcast lasts. No index has one of them. */
const RESULTS = [
  "ended_at",
  "messages",
  "scored",
  "avg_sentiment",
  "avg_viewers",
  "peak_viewers",
  "peak_viewers_at",
  "peak_messages",
  "peak_messages_at",
  "peak_people",
  "peak_people_at"
]

/** In the order of their parameters. */
const COLUMNS = ["stream_id", "started_at", ...RESULTS]

const UPSERT = `
INSERT INTO ${TABLE} (${COLUMNS.join(", ")}, source_partition, flush)
SELECT r.*, $${COLUMNS.length + 1}, $${COLUMNS.length + 2} FROM unnest(${parametersOf(COLUMNS)}) AS r
ON CONFLICT (source_partition, stream_id, started_at) DO UPDATE SET ${assigned([...RESULTS, "flush"])}`

/** Equal rows are not touched. */
const REPAIR = `${UPSERT} WHERE ${differs(TABLE, RESULTS)} RETURNING 1`

const byKey = (a: BroadcastKey, b: BroadcastKey): number =>
  byCodeUnit(a.stream, b.stream) || a.startedAtMs - b.startedAtMs

const statement = Effect.fnUntraced(function* (
  text: string,
  { flush, sourcePartition }: Writer,
  some: ReadonlyArray<Broadcast>
) {
  const sql = yield* SqlClient
  return sql.unsafe(text, [
    column(some, OID.text, (b) => b.stream),
    column(some, OID.timestamp, (b) => b.startedAtMs),
    column(some, OID.timestamp, (b) => b.endedAtMs),
    column(some, OID.float8, (b) => b.messages),
    column(some, OID.float8, (b) => b.scored),
    column(some, OID.float8, (b) => b.avgSentiment),
    column(some, OID.float8, (b) => b.avgViewers),
    column(some, OID.float8, (b) => b.peakViewers),
    column(some, OID.timestamp, (b) => b.peakViewersAtMs),
    column(some, OID.float8, (b) => b.peakMessages),
    column(some, OID.timestamp, (b) => b.peakMessagesAtMs),
    column(some, OID.float8, (b) => b.peakPeople),
    column(some, OID.timestamp, (b) => b.peakPeopleAtMs),
    PgTypes.int4(sourcePartition),
    int8(flush)
  ])
})

const writeAll = (
  broadcasts: ReadonlyArray<Broadcast>,
  write: (some: ReadonlyArray<Broadcast>) => Effect.Effect<void, SqlError, SqlClient>
): Effect.Effect<ReadonlyArray<string>, SqlError, SqlClient> =>
  writeItems({
    items: broadcasts,
    order: byKey,
    weigh: () => 0,
    name: ({ startedAtMs, stream }) =>
      `broadcast of stream ${JSON.stringify(stream)} from ${new Date(startedAtMs).toISOString()}`,
    write
  })

/**
 * Writes broadcasts of different keys within a transaction. Returns a line for each that was left
 * out.
 */
export const writeBroadcasts = (
  writer: Writer,
  broadcasts: ReadonlyArray<Broadcast>
): Effect.Effect<ReadonlyArray<string>, SqlError, SqlClient> =>
  writeAll(broadcasts, (some) =>
    Effect.flatMap(statement(UPSERT, writer, some), (written) => storing(TABLE, some.length, written))
  )

/** Writes those that differ from the stored ones, in the same way, and counts them. */
export const repairBroadcasts = Effect.fnUntraced(function* (writer: Writer, broadcasts: ReadonlyArray<Broadcast>) {
  let broadcastsWritten = 0
  const refused = yield* writeAll(broadcasts, (some) =>
    Effect.map(Effect.flatten(statement(REPAIR, writer, some)), ({ length }) => void (broadcastsWritten += length))
  )
  return { refused, broadcastsWritten }
})

/**
 * A broadcast that ended in one of the windows began before the last of them ends, so the index of
 * starts bounds the search.
 */
const REMOVE = `
DELETE FROM ${TABLE} b
WHERE b.source_partition = $1 AND b.started_at >= $2 AND b.started_at < $3
  AND (b.stream_id, b.ended_at) IN (SELECT s.stream_id, s.last_end FROM unnest($4, $5) AS s (stream_id, last_end))
  AND NOT EXISTS (
    SELECT FROM unnest($6, $7) AS f (stream_id, started_at)
    WHERE f.stream_id = b.stream_id AND f.started_at = b.started_at)
RETURNING 1`

/** Deletes the broadcasts that a replay did not find, and returns their number. */
export const removeBroadcasts = Effect.fnUntraced(function* ({
  foundBroadcasts,
  momentsFromMs,
  over,
  sourcePartition
}: Repair) {
  if (over.length === 0) return 0
  const sql = yield* SqlClient
  const lastMs = over.reduce((last, { endMs }) => Math.max(last, endMs), Number.NEGATIVE_INFINITY)
  // A replay may have found broadcasts of many more streams.
  const streams = new Set(over.map(({ stream }) => stream))
  const found = foundBroadcasts.filter(({ stream }) => streams.has(stream))
  const removed = yield* sql.unsafe(REMOVE, [
    PgTypes.int4(sourcePartition),
    PgTypes.timestamp(momentsFromMs),
    PgTypes.timestamp(lastMs),
    column(over, OID.text, (window) => window.stream),
    column(over, OID.timestamp, (window) => window.endMs),
    column(found, OID.text, (broadcast) => broadcast.stream),
    column(found, OID.timestamp, (broadcast) => broadcast.startedAtMs)
  ])
  return removed.length
})

const SELECT_SPANS = `
SELECT stream_id AS stream, started_at, ended_at FROM ${TABLE}
WHERE source_partition = $1 AND started_at < $2 AND ended_at >= $3
ORDER BY started_at, stream_id COLLATE "C"`

const spans = rowsOf(Schema.Struct({ stream: Schema.String, started_at: Schema.Date, ended_at: Schema.Date }))

/** Reads the times of a task's broadcasts around an instant, in order of their starts. */
export const readSpans = Effect.fnUntraced(function* ({ beforeMs, sinceMs, sourcePartition }: BroadcastsQuery) {
  const sql = yield* SqlClient
  const found = yield* spans(
    sql.unsafe(SELECT_SPANS, [PgTypes.int4(sourcePartition), PgTypes.timestamp(beforeMs), PgTypes.timestamp(sinceMs)])
  )
  return found.map(({ ended_at, started_at, stream }): BroadcastSpan => ({
    stream,
    startedAtMs: EventTimeMs(started_at.getTime()),
    endedAtMs: EventTimeMs(ended_at.getTime())
  }))
})

/**
 * Skips rows in use: a task that catches up may be about to extend them. A broadcast begins before
 * it ends, so the index of starts bounds the search.
 */
const DELETE_EXPIRED = `
DELETE FROM ${TABLE} WHERE (source_partition, stream_id, started_at) IN (
  SELECT source_partition, stream_id, started_at FROM ${TABLE}
  WHERE started_at < $1 AND ended_at < $1 FOR UPDATE SKIP LOCKED)`

/** Deletes the broadcasts that ended before the retention, by the wall clock. */
export const deleteExpired = Effect.fnUntraced(function* (retention: Duration.Duration) {
  const sql = yield* SqlClient
  const oldestMs = (yield* Clock.currentTimeMillis) - Duration.toMillis(retention)
  yield* sql.unsafe(DELETE_EXPIRED, [PgTypes.timestamp(oldestMs)])
})
