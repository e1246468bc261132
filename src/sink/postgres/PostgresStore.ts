/**
 * Results in PostgreSQL: one transaction per flush, whose first statement moves the task's checkpoint on. Where the checkpoint is not where the flush
 * expects it, nothing is written.
 */
import { PgTypes } from "@effect/sql-pg"
import { Data, type Duration, Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig, TablesConfig } from "../../config/AppConfig.ts"
import { BEFORE_ALL } from "../../domain/EventTime.ts"
import { type Checkpoint, type InputCheckpoint, versionOf } from "../../domain/Checkpoint.ts"
import { DEAD_LETTER_LIMITS } from "../../domain/DeadLetter.ts"
import type { Flush } from "../../domain/Flush.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { ResultStore, ResultStoreError } from "../ResultStore.ts"
import { type Adopted, mayReplace, readAdopted } from "./Adopted.ts"
import * as Announcer from "./Announcer.ts"
import { readBaselines, writeBaselines } from "./Baselines.ts"
import { calling } from "./Call.ts"
import {
  checkpointColumns,
  type CheckpointRow,
  decodeCheckpoint,
  inputsJson,
  missingCheckpoint,
  settingsJson
} from "./CheckpointRow.ts"
import * as Database from "../../postgres/Database.ts"
import { writeDeadLetters } from "./DeadLetters.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { isMissingPartition } from "../../postgres/SqlErrors.ts"
import { catchStoreErrors, toStoreError } from "./StoreErrors.ts"
import { insertGaps, insertMoments, insertRows } from "./Insert.ts"
import { maintain } from "./Maintenance.ts"
import { check, migrate } from "./Migrations.ts"
import * as Partitions from "./Partitions.ts"
import { readFutureOffsets, readGaps, readMoments, readSlides } from "./Recovery.ts"
import { writeResults } from "./Results.ts"
import { number } from "../../domain/Wording.ts"

export interface PostgresStoreOptions {
  readonly postgres: PostgresConfig
  readonly store: TablesConfig
  /** As in {@link Database.DatabaseOptions}. */
  readonly sessionTimeout?: Duration.Duration
  readonly limits?: Partial<Database.SessionLimits>
}

/** Where the events of a flush came from, at most. */
const offsetsOf = (input: InputCheckpoint): string =>
  `${partitionLabel(input)} offsets ${input.rereadOffset} to ${input.nextOffset}`

/** The watermark's column: "no event yet" is NULL. */
const watermarkParameter = (checkpoint: Checkpoint): PgTypes.Parameter =>
  PgTypes.timestamp(checkpoint.watermarkMs === BEFORE_ALL ? null : checkpoint.watermarkMs)

const int8 = (value: number): PgTypes.Parameter => PgTypes.int8(BigInt(value))

const ADVANCE = `
UPDATE checkpoints SET version = $1, flush = $2, watermark = $3, settings = $4, inputs = $5, status = $6, updated_at = now() AT TIME ZONE 'UTC'
WHERE source_partition = $7 AND epoch = $8 AND flush = $9
RETURNING 1`

/** What the store knows of its tables, and whom it tells of commits. */
interface Surroundings {
  /** Of its sessions; the defaults if undefined. */
  readonly limits: Partial<Database.SessionLimits> | undefined
  readonly partitions: Partitions.Partitions
  /** As read at the start. */
  readonly adopted: Adopted
  readonly announce: Effect.Effect<void>
  /** What dead letters may take on a day. */
  readonly bytesPerDay: number
}

const dayIsFull = (bytesPerDay: number): string =>
  `Table dead_letters holds the ${number(bytesPerDay)} bytes of DEAD_LETTER_BYTES_PER_DAY for today: ` +
  "further dead letters are dropped and counted in telemetra_dead_letters_dropped_total until midnight UTC. " +
  "Run `telemetra dead-letters list`, and correct the producer"

const make = Effect.fnUntraced(function* (
  place: Place,
  { adopted, announce, bytesPerDay, limits, partitions }: Surroundings
) {
  const sql = yield* SqlClient

  const call = calling(place, sql, limits)

  const load = Effect.fnUntraced(function* (sourcePartition: number) {
    const [row] = yield* sql.unsafe<CheckpointRow>(
      `SELECT ${checkpointColumns} FROM checkpoints WHERE source_partition = $1`,
      [PgTypes.int4(sourcePartition)]
    )
    return row === undefined ? undefined : yield* decodeCheckpoint(place, row)
  })

  const create = (checkpoint: Checkpoint) =>
    sql.unsafe(
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

  const takeOver = Effect.fnUntraced(function* (sourcePartition: number, owner: string) {
    const [row] = yield* sql.unsafe<CheckpointRow>(
      `UPDATE checkpoints SET epoch = epoch + 1, updated_at = now() AT TIME ZONE 'UTC',
        status = COALESCE(status, '{}'::jsonb) || jsonb_build_object('owner', $2::text)
      WHERE source_partition = $1 RETURNING ${checkpointColumns}`,
      [PgTypes.int4(sourcePartition), PgTypes.text(owner)]
    )
    return yield* row === undefined
      ? Effect.fail(missingCheckpoint(place, sourcePartition))
      : decodeCheckpoint(place, row)
  })

  /** The flush's transaction; `undefined` = the checkpoint is not where the flush expects it, and nothing was written. */
  const write = (flush: Flush) =>
    sql.withTransaction(
      Effect.gen(function* () {
        const { checkpoint } = flush
        const [moved] = yield* sql.unsafe(ADVANCE, [
          PgTypes.int4(versionOf(checkpoint)),
          int8(checkpoint.flushNumber),
          watermarkParameter(checkpoint),
          PgTypes.jsonb(settingsJson(checkpoint)),
          PgTypes.jsonb(inputsJson(checkpoint.inputs)),
          PgTypes.jsonb(flush.status),
          PgTypes.int4(checkpoint.sourcePartition),
          int8(checkpoint.epoch),
          int8(checkpoint.flushNumber - 1)
        ])
        if (moved === undefined) return undefined

        const writer = { sourcePartition: checkpoint.sourcePartition, flush: checkpoint.flushNumber }
        const refused = yield* writeResults(flush, {
          rows: insertRows(writer, mayReplace(adopted, flush.rows)),
          moments: insertMoments(writer)
        })
        const letters = yield* writeDeadLetters({
          letters: flush.deadLetters,
          sourcePartition: checkpoint.sourcePartition,
          inputs: checkpoint.inputs,
          bytesPerDay
        })
        const refusedBaselines = yield* writeBaselines(writer, checkpoint.window, flush.baselines)
        if (flush.gaps.length > 0) yield* insertGaps(flush.gaps)
        return { refused: [...refused, ...letters.refused, ...refusedBaselines], letters }
      })
    )

  const commit = Effect.fnUntraced(function* (flush: Flush) {
    const { sourcePartition, epoch, flushNumber } = flush.checkpoint
    yield* partitions.ensure(flush.rows.map((row) => row.startMs))
    const written = yield* write(flush)
    if (written !== undefined) {
      const { letters, refused } = written
      yield* announce
      if (letters.isFirstDrop) yield* Effect.logWarning(dayIsFull(bytesPerDay))
      for (const what of refused) {
        yield* Effect.logError(
          `PostgreSQL can't hold this data, so it was left out of flush ${flushNumber} of task ${sourcePartition}: ${what}. It came from ${flush.checkpoint.inputs.map(offsetsOf).join(", ")} or before`
        )
      }
      const [refusal] = refused
      return {
        _tag: "Committed",
        refusedRows: refused.length,
        ...(refusal === undefined ? {} : { refusal }),
        ...(letters.dropped === 0 ? {} : { droppedDeadLetters: letters.dropped })
      } as const
    }
    const [now] = yield* sql<{
      epoch: bigint
      flush: bigint
    }>`SELECT epoch, flush FROM checkpoints WHERE source_partition = ${sourcePartition}`
    if (now === undefined) return yield* missingCheckpoint(place, sourcePartition)
    if (now.epoch !== BigInt(epoch)) return { _tag: "Fenced", epoch: Number(now.epoch) } as const
    if (now.flush === BigInt(flushNumber)) return { _tag: "AlreadyCommitted" } as const
    return yield* new ResultStoreError({
      reason: "Checkpoint",
      detail: `${serverAt(place)}: task ${sourcePartition} stands at flush ${now.flush} of epoch ${epoch}, and flush ${flushNumber} does not follow it. Restart the worker`
    })
  })

  const tasks = sql
    .unsafe<{ source_partition: number }>("SELECT source_partition FROM checkpoints ORDER BY source_partition")
    .pipe(Effect.map((rows) => rows.map(({ source_partition }) => source_partition)))

  return ResultStore.of({
    tasks: tasks.pipe(call("read which tasks there are")),
    load: (sourcePartition) => load(sourcePartition).pipe(call(`read the checkpoint of task ${sourcePartition}`)),
    create: (checkpoint) =>
      create(checkpoint).pipe(Effect.asVoid, call(`write the first checkpoint of task ${checkpoint.sourcePartition}`)),
    takeOver: (sourcePartition, owner) =>
      takeOver(sourcePartition, owner).pipe(call(`take over task ${sourcePartition}`)),
    recover: (checkpoint, bounds) =>
      Effect.all({
        moments: readMoments(place, checkpoint.sourcePartition, bounds.openSinceMs),
        futureOffsets: readFutureOffsets(checkpoint),
        gaps: readGaps(checkpoint)
      }).pipe(call(`read the open moments and gaps of task ${checkpoint.sourcePartition}`)),
    baselines: (checkpoint, sinceMs, take) =>
      readBaselines(checkpoint, sinceMs, take).pipe(call(`read the baselines of task ${checkpoint.sourcePartition}`)),
    slides: (checkpoint, fromMs, take) =>
      readSlides(checkpoint, fromMs, take).pipe(call(`read the last slides of task ${checkpoint.sourcePartition}`)),
    commit: (flush) =>
      commit(flush).pipe(
        // somebody dropped a partition that this process knew: look again, once
        Effect.catchIf(isMissingPartition, () => Effect.andThen(partitions.forget, commit(flush))),
        call(`commit flush ${flush.checkpoint.flushNumber} of task ${flush.checkpoint.sourcePartition}`)
      )
  })
})

/** Brings the tables up to date, or checks them under MIGRATE=check; then makes the partitions of this period and the next. */
const begin = Effect.fnUntraced(function* (place: Place, { migrate: mode, partitionBy }: TablesConfig) {
  if (mode === "auto") {
    for (const name of yield* migrate(place)) {
      yield* Effect.logInfo(`Migration ${name} applied to schema ${place.schema}`)
    }
  } else {
    yield* check(place)
  }
  const partitions = yield* Partitions.make(partitionBy)
  yield* partitions.ahead.pipe(catchStoreErrors(place, "make partitions"))
  const adopted = yield* readAdopted.pipe(catchStoreErrors(place, "look for adopted rows"))
  return { partitions, adopted }
})

class Rehearsed extends Data.TaggedError("Rehearsed") {}

/** What a start does to the tables, in a transaction that is rolled back. Fails as the start would. */
export const rehearse = (place: Place, store: TablesConfig): Effect.Effect<void, ResultStoreError, SqlClient> =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    return yield* sql.withTransaction(Effect.andThen(begin(place, store), Effect.fail(new Rehearsed())))
  }).pipe(
    Effect.catchTag("Rehearsed", () => Effect.void),
    catchStoreErrors(place, "rehearse a start"),
    Effect.provide(Logger.layer([]))
  )

/**
 * The store over a pool that is given: brings the tables up to date (or, under MIGRATE=check, names what is missing), makes this period's and the next's
 * partition, and looks after partitions every hour. Fails as the first connection, the migration or the check fails; retrying is the caller's.
 */
export const layerNoDeps = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError, SqlClient> =>
  Layer.effect(
    ResultStore,
    Effect.gen(function* () {
      const place = Database.placeOf(options)
      const { adopted, partitions } = yield* begin(place, options.store)
      const { bytesPerDay, retentionMs } = options.store.deadLetters ?? DEAD_LETTER_LIMITS
      yield* Effect.forkScoped(maintain(partitions, options.store.retention, retentionMs))
      return yield* make(place, {
        limits: options.limits,
        partitions,
        adopted,
        bytesPerDay,
        ...(yield* Announcer.make)
      })
    })
  )

/** The sessions of the store; building it connects. */
export const pool = (options: PostgresStoreOptions): Layer.Layer<SqlClient, ResultStoreError> =>
  Layer.catch(Database.layer(options), (error) => Layer.effectContext(Effect.fail(toStoreError(error))))

/** The store with a pool of its own. */
export const layer = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError> =>
  Layer.provide(layerNoDeps(options), pool(options))
