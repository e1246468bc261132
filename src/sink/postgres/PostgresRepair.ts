/**
 * {@link RepairTables} in PostgreSQL: one transaction for each repair, whose first statement locks
 * the task's checkpoint.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { DEAD_LETTER_LIMITS } from "../../domain/DeadLetter.ts"
import { EventTimeMs } from "../../domain/EventTime.ts"
import { FROM_FILES } from "../../domain/Task.ts"
import type { Repair } from "../Repair.ts"
import { type RepairOutcome, RepairTables } from "../RepairTables.ts"
import { type ResultStore, ResultStoreError } from "../ResultStore.ts"
import type { Sweep } from "../Sweep.ts"
import { type Adopted, mayReplace, readAdopted } from "./Adopted.ts"
import * as Broadcasts from "./Broadcasts.ts"
import { calling } from "./Call.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { onlyOf, rowsOf } from "../../postgres/Rows.ts"
import * as Database from "../../postgres/Database.ts"
import { insertOfFiles, writeDeadLetters } from "./DeadLetters.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { isMissingPartition } from "../../postgres/SqlErrors.ts"
import { catchStoreErrors } from "./StoreErrors.ts"
import { lockCheckpoint } from "./Checkpoints.ts"
import { repairRows } from "./Insert.ts"
import * as Partitions from "./Partitions.ts"
import * as PostgresStore from "./PostgresStore.ts"
import { writeResults } from "./Results.ts"
import { repairQuotedMoments } from "./Samples.ts"

/** Files have no checkpoint: their replays share this lock. */
const LOCK_FILES =
  "SELECT pg_advisory_xact_lock(hashtextextended('telemetra replay of files ' || current_schema(), 0))::text"

/**
 * Uses the index for recovery. Moments are fewer than windows, so the statement starts from them.
 * The last slide of a moment is that of {@link lastSlideEnd}; $10 is a slide. Samples go with
 * their moments.
 */
const REMOVE_MOMENTS = `
WITH removed AS (
DELETE FROM moments m
WHERE m.source_partition = $1 AND m.timestamp >= $2 AND m.ended_at >= $3 AND m.ended_at <= $4
  AND (m.stream_id,
    m.ended_at + CASE m.opened_as WHEN 'chat_drop' THEN $10 * interval '1 millisecond' ELSE interval '0' END)
    IN (SELECT s.stream_id, s.last_end FROM unnest($5, $6) AS s (stream_id, last_end))
  AND NOT EXISTS (
    SELECT FROM unnest($7, $8, $9) AS f (stream_id, timestamp, opened_as)
    WHERE f.stream_id = m.stream_id AND f.timestamp = m.timestamp AND f.opened_as = m.opened_as)
RETURNING m.stream_id, m.timestamp, m.opened_as
), unquoted AS (
DELETE FROM moment_samples s USING removed r
WHERE s.source_partition = $1 AND s.stream_id = r.stream_id AND s.timestamp = r.timestamp
  AND s.opened_as = r.opened_as
)
SELECT 1 FROM removed`

/** The least and the greatest; infinite without items. Spreading would overflow the stack. */
const extentOf = <A>(items: ReadonlyArray<A>, of: (item: A) => number): readonly [number, number] =>
  items.reduce<readonly [number, number]>(
    ([least, most], item) => [Math.min(least, of(item)), Math.max(most, of(item))],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  )

/** Returns the number of the task's last flush; 0 for files. */
const lock = Effect.fnUntraced(function* (place: Place, { range, sourcePartition }: Repair) {
  if (sourcePartition === FROM_FILES) {
    const sql = yield* SqlClient
    yield* sql.unsafe(LOCK_FILES)
    return 0
  }
  const { flush, watermark } = yield* lockCheckpoint(place, sourcePartition)
  if (watermark === null || watermark < range.toMs) {
    return yield* new ResultStoreError({
      reason: "Checkpoint",
      detail: `${serverAt(place)}: the checkpoint of task ${sourcePartition} in schema ${place.schema} was rewound below the replay range; start the replay again`
    })
  }
  return Number(flush)
})

const removeMoments = Effect.fnUntraced(function* ({
  found,
  momentsFromMs,
  settled,
  slideMs,
  sourcePartition
}: Repair) {
  if (settled.length === 0) return 0
  const sql = yield* SqlClient
  const [first, last] = extentOf(settled, ({ endMs }) => endMs)
  const removed = yield* sql.unsafe(REMOVE_MOMENTS, [
    PgTypes.int4(sourcePartition),
    PgTypes.timestamp(momentsFromMs),
    PgTypes.timestamp(first - slideMs),
    PgTypes.timestamp(last),
    column(settled, OID.text, (window) => window.stream),
    column(settled, OID.timestamp, (window) => window.endMs),
    column(found, OID.text, (moment) => moment.stream),
    column(found, OID.timestamp, (moment) => moment.timestampMs),
    column(found, OID.text, (moment) => moment.openedAs),
    PgTypes.float8(slideMs)
  ])
  return removed.length
})

/**
 * Rows of the task that the replay did not compute. Planned with its values, so that only the
 * partitions of the span are locked.
 */
const OTHERS = `chat_summary_minute s
WHERE s.source_partition = $1 AND s.window_start > $2 AND s.window_start <= $3 AND s.window_end <= $4
  AND NOT EXISTS (
    SELECT FROM unnest($5, $6, $7) AS r (stream_id, window_start, window_end)
    WHERE r.stream_id = s.stream_id AND r.window_start = s.window_start AND r.window_end = s.window_end)`

const REMOVE_OTHERS = `
DELETE FROM ${OTHERS}
  AND s.window_end - s.window_start = $8 * interval '1 millisecond'
  AND mod((extract(epoch FROM s.window_start) * 1000)::bigint, $9::bigint) = 0
RETURNING s.stream_id AS stream, (extract(epoch FROM s.window_end) * 1000)::float8 AS "endMs"`

const COUNT_OTHERS = `SELECT count(*)::int AS rows FROM ${OTHERS}`

/** Later than the end of every window. */
const LATEST_MS = Date.UTC(9999, 11, 31)

const removedWindows = rowsOf(Schema.Struct({ stream: Schema.String, endMs: Schema.Int }))
const rowCount = onlyOf(Schema.Struct({ rows: Schema.Int }))

const sweepRows = Effect.fnUntraced(function* ({ afterMs, deletes, repair, rows, toMs, window }: Sweep) {
  const sql = yield* SqlClient
  const span = [
    PgTypes.int4(repair.sourcePartition),
    PgTypes.timestamp(afterMs),
    PgTypes.timestamp(toMs),
    PgTypes.timestamp(Math.min(repair.range.toMs, LATEST_MS)),
    column(rows, OID.text, (row) => row.stream),
    column(rows, OID.timestamp, (row) => row.startMs),
    column(rows, OID.timestamp, (row) => row.endMs)
  ]
  const removed = deletes
    ? yield* removedWindows(
        sql.unsafe(REMOVE_OTHERS, [...span, PgTypes.float8(window.sizeMs), int8(window.slideMs)]).unprepared
      )
    : []
  const settled = removed.map(({ endMs, stream }) => ({ stream, endMs: EventTimeMs(endMs) }))
  const momentsRemoved = yield* removeMoments({ ...repair, settled })
  const broadcastsRemoved = yield* Broadcasts.removeBroadcasts({
    ...repair,
    over: settled.filter(({ endMs }) => endMs <= repair.overToMs)
  })
  const left = yield* rowCount(sql.unsafe(COUNT_OTHERS, span).unprepared)
  return { rowsRemoved: removed.length, momentsRemoved, broadcastsRemoved, rowsLeft: left.rows }
})

const make = Effect.fnUntraced(function* (
  { limits, ...options }: PostgresStore.PostgresStoreOptions,
  partitions: Partitions.Partitions,
  adopted: Adopted
) {
  const place = Database.placeOf(options)
  const { bytesPerDay } = options.store.deadLetters ?? DEAD_LETTER_LIMITS
  const sql = yield* SqlClient
  const call = calling(place, sql, limits)

  const write = (repair: Repair) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const writer = { sourcePartition: repair.sourcePartition, flush: yield* lock(place, repair) }
        const replacesAdopted = mayReplace(adopted, repair.rows)
        let rowsWritten = 0
        let momentsWritten = 0
        const refused = yield* writeResults(repair, {
          rows: (rows) => Effect.map(repairRows(writer, replacesAdopted, rows), (count) => void (rowsWritten += count)),
          moments: (moments) =>
            Effect.map(repairQuotedMoments(writer, moments), (count) => void (momentsWritten += count))
        })
        const letters = yield* writeDeadLetters({
          letters: repair.deadLetters,
          sourcePartition: repair.sourcePartition,
          inputs: [],
          bytesPerDay,
          insert: insertOfFiles
        })
        const momentsRemoved = yield* removeMoments(repair)
        const broadcasts = yield* Broadcasts.repairBroadcasts(writer, repair.broadcasts)
        const broadcastsRemoved = yield* Broadcasts.removeBroadcasts(repair)
        return {
          refused: [...refused, ...letters.refused, ...broadcasts.refused],
          rowsWritten,
          momentsWritten,
          momentsRemoved,
          broadcastsWritten: broadcasts.broadcastsWritten,
          broadcastsRemoved
        }
      })
    )

  const repair = Effect.fnUntraced(function* (one: Repair) {
    yield* partitions.ensure(one.rows.map(({ startMs }) => startMs))
    const { refused, ...counts } = yield* write(one)
    for (const item of refused) {
      yield* Effect.logError(
        `PostgreSQL cannot store this data, so the replay of task ${one.sourcePartition} omitted it: ${item}`
      )
    }
    const outcome: RepairOutcome = { ...counts, refusedRows: refused.length }
    return outcome
  })

  const sweep = (one: Sweep) => sql.withTransaction(Effect.andThen(lock(place, one.repair), sweepRows(one)))

  return RepairTables.of({
    broadcasts: (query) =>
      Broadcasts.readSpans(query).pipe(call(`read the broadcasts of task ${query.sourcePartition}`)),
    sweep: (one) => call(`remove rows of task ${one.repair.sourcePartition}`)(sweep(one)),
    repair: (one) =>
      repair(one).pipe(
        Effect.catchIf(isMissingPartition, () => Effect.andThen(partitions.forget, repair(one))),
        call(`repair rows of task ${one.sourcePartition}`)
      )
  })
})

/** The repairs over a given pool, whose tables are up to date. */
export const layerNoDeps = (
  options: PostgresStore.PostgresStoreOptions
): Layer.Layer<RepairTables, ResultStoreError, SqlClient> =>
  Layer.effect(
    RepairTables,
    Effect.gen(function* () {
      const place = Database.placeOf(options)
      const adopted = yield* readAdopted.pipe(catchStoreErrors(place, "search for adopted rows"))
      return yield* make(options, yield* Partitions.make(options.store.partitionBy), adopted)
    })
  )

/** The store and its repairs over one pool. */
export const layer = (
  options: PostgresStore.PostgresStoreOptions
): Layer.Layer<RepairTables | ResultStore, ResultStoreError> =>
  Layer.provideMerge(layerNoDeps(options), PostgresStore.layerNoDeps(options)).pipe(
    Layer.provide(PostgresStore.pool(options))
  )
