/** The statements on table `checkpoints`. Each runs in the transaction of its caller. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { type Checkpoint, versionOf } from "../../domain/Checkpoint.ts"
import { BEFORE_ALL } from "../../domain/EventTime.ts"
import type { Flush } from "../../domain/Flush.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import type { Place } from "../../postgres/Place.ts"
import { firstOf, rowsOf } from "../../postgres/Rows.ts"
import type { ResultStoreError } from "../ResultStore.ts"
import {
  COLUMNS,
  decodeCheckpoint,
  inputsJson,
  missingCheckpoint,
  settingsJson,
  StoredCheckpoint
} from "./StoredCheckpoint.ts"

const allStored = rowsOf(StoredCheckpoint)
const firstStored = firstOf(StoredCheckpoint)
const allTasks = rowsOf(Schema.Struct({ source_partition: Schema.Int }))
const allAdvanced = rowsOf(Schema.Struct({ source_partition: Schema.Int, epoch: Schema.BigInt, flush: Schema.BigInt }))
const firstPosition = firstOf(Schema.Struct({ epoch: Schema.BigInt, flush: Schema.BigInt }))
const firstLocked = firstOf(Schema.Struct({ flush: Schema.BigInt, watermark: Schema.NullOr(Schema.Number) }))

/** NULL stands for "no event yet". */
const watermarkParameter = ({ watermarkMs }: Checkpoint): PgTypes.Parameter =>
  PgTypes.timestamp(watermarkMs === BEFORE_ALL ? null : watermarkMs)

/** The `source_partition` of every checkpoint, ascending. */
export const readTasks: Effect.Effect<ReadonlyArray<number>, SqlError, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* allTasks(sql`SELECT source_partition FROM checkpoints ORDER BY source_partition`)
  return rows.map(({ source_partition }) => source_partition)
})

/** All checkpoints, ascending by `source_partition`. */
export const readCheckpoints = Effect.fnUntraced(function* (
  place: Place
): Effect.fn.Return<ReadonlyArray<Checkpoint>, ResultStoreError | SqlError, SqlClient> {
  const sql = yield* SqlClient
  const rows = yield* allStored(sql.unsafe(`SELECT ${COLUMNS} FROM checkpoints ORDER BY source_partition`))
  return yield* Effect.forEach(rows, (row) => decodeCheckpoint(place, row))
})

/** Returns `undefined` if the task has no checkpoint. */
export const readCheckpoint = Effect.fnUntraced(function* (place: Place, sourcePartition: number) {
  const sql = yield* SqlClient
  const row = yield* firstStored(
    sql.unsafe(`SELECT ${COLUMNS} FROM checkpoints WHERE source_partition = $1`, [PgTypes.int4(sourcePartition)])
  )
  return row === undefined ? undefined : yield* decodeCheckpoint(place, row)
})

/** An existing checkpoint stays. */
export const createCheckpoint = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
  const sql = yield* SqlClient
  yield* sql.unsafe(
    `INSERT INTO checkpoints (source_partition, version, epoch, flush, watermark, settings, inputs, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, now() AT TIME ZONE 'UTC') ON CONFLICT DO NOTHING`,
    [
      PgTypes.int4(checkpoint.sourcePartition),
      PgTypes.int4(versionOf(checkpoint)),
      int8(checkpoint.epoch),
      int8(checkpoint.flushNumber),
      watermarkParameter(checkpoint),
      PgTypes.jsonb(settingsJson(checkpoint)),
      PgTypes.jsonb(inputsJson(checkpoint.inputs))
    ]
  )
})

/** Increments the epoch, which fences every earlier owner. */
export const takeOver = Effect.fnUntraced(function* (place: Place, sourcePartition: number, owner: string) {
  const sql = yield* SqlClient
  const row = yield* firstStored(
    sql.unsafe(
      `UPDATE checkpoints SET epoch = epoch + 1, updated_at = now() AT TIME ZONE 'UTC',
        status = COALESCE(status, '{}'::jsonb) || jsonb_build_object('owner', $2::text)
      WHERE source_partition = $1 RETURNING ${COLUMNS}`,
      [PgTypes.int4(sourcePartition), PgTypes.text(owner)]
    )
  )
  return yield* row === undefined
    ? Effect.fail(missingCheckpoint(place, sourcePartition))
    : decodeCheckpoint(place, row)
})

/**
 * Advances the checkpoint to the flush. Returns `false` if the epoch or the flush before differs.
 */
export const advance = Effect.fnUntraced(function* ({ checkpoint, status }: Flush) {
  const sql = yield* SqlClient
  const [advanced] = yield* sql.unsafe(
    `UPDATE checkpoints SET version = $1, flush = $2, watermark = $3, settings = $4, inputs = $5, status = $6,
      updated_at = now() AT TIME ZONE 'UTC'
    WHERE source_partition = $7 AND epoch = $8 AND flush = $9 RETURNING 1`,
    [
      PgTypes.int4(versionOf(checkpoint)),
      int8(checkpoint.flushNumber),
      watermarkParameter(checkpoint),
      PgTypes.jsonb(settingsJson(checkpoint)),
      PgTypes.jsonb(inputsJson(checkpoint.inputs)),
      PgTypes.jsonb(status),
      PgTypes.int4(checkpoint.sourcePartition),
      int8(checkpoint.epoch),
      int8(checkpoint.flushNumber - 1)
    ]
  )
  return advanced !== undefined
})

/**
 * Advances the checkpoints of several tasks, each as {@link advance} does. Returns the flushes
 * whose checkpoint has advanced. Skips a checkpoint that another session has locked: one task does
 * not keep the others waiting, and no two sessions wait for each other.
 */
export const advanceAll = Effect.fnUntraced(function* (flushes: ReadonlyArray<Flush>) {
  const sql = yield* SqlClient
  const of = <A>(oid: number, value: (checkpoint: Checkpoint) => A) =>
    column(flushes, oid, ({ checkpoint }) => value(checkpoint))
  const advanced = yield* allAdvanced(
    sql.unsafe(
      `WITH n (source_partition, epoch, flush, version, watermark, settings, inputs, status) AS (
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
      ), free AS (
        SELECT c.source_partition FROM checkpoints c JOIN n USING (source_partition) FOR UPDATE OF c SKIP LOCKED
      )
      UPDATE checkpoints c SET version = n.version, flush = n.flush, watermark = n.watermark,
        settings = n.settings, inputs = n.inputs, status = n.status, updated_at = now() AT TIME ZONE 'UTC'
      FROM n JOIN free USING (source_partition)
      WHERE c.source_partition = n.source_partition AND c.epoch = n.epoch AND c.flush = n.flush - 1
      RETURNING c.source_partition, c.epoch, c.flush`,
      [
        of(OID.int4, ({ sourcePartition }) => sourcePartition),
        of(OID.int8, ({ epoch }) => BigInt(epoch)),
        of(OID.int8, ({ flushNumber }) => BigInt(flushNumber)),
        of(OID.int4, versionOf),
        of(OID.timestamp, ({ watermarkMs }) => (watermarkMs === BEFORE_ALL ? null : watermarkMs)),
        of(OID.jsonb, settingsJson),
        of(OID.jsonb, ({ inputs }) => inputsJson(inputs)),
        column(flushes, OID.jsonb, ({ status }) => status)
      ]
    )
  )
  return flushes.filter(({ checkpoint: { epoch, flushNumber, sourcePartition } }) =>
    advanced.some(
      (row) =>
        row.source_partition === sourcePartition && row.epoch === BigInt(epoch) && row.flush === BigInt(flushNumber)
    )
  )
})

/** The epoch and flush of a task, without the rest of its checkpoint. */
export const readPosition = Effect.fnUntraced(function* (place: Place, sourcePartition: number) {
  const sql = yield* SqlClient
  const position = yield* firstPosition(
    sql`SELECT epoch, flush FROM checkpoints WHERE source_partition = ${sourcePartition}`
  )
  return position ?? (yield* missingCheckpoint(place, sourcePartition))
})

/**
 * Waits for the flush in progress, and blocks the next one until the end of the transaction.
 * Returns the flush and the watermark (`null` = no event yet).
 */
export const lockCheckpoint = Effect.fnUntraced(function* (place: Place, sourcePartition: number) {
  const sql = yield* SqlClient
  const locked = yield* firstLocked(
    sql.unsafe(
      `SELECT flush, (extract(epoch FROM watermark) * 1000)::float8 AS watermark
      FROM checkpoints WHERE source_partition = $1 FOR UPDATE`,
      [PgTypes.int4(sourcePartition)]
    )
  )
  return locked ?? (yield* missingCheckpoint(place, sourcePartition))
})
