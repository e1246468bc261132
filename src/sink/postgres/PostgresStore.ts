/**
 * Results in PostgreSQL: one transaction per flush, whose first statement moves the task's checkpoint on. Where the checkpoint is not where the flush
 * expects it, nothing is written.
 */
import { PgTypes } from "@effect/sql-pg"
import { Duration, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig, StoreConfig } from "../../config/AppConfig.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { BEFORE_ALL } from "../../domain/EventTime.ts"
import { CHECKPOINT_VERSION, type Checkpoint, type InputCheckpoint } from "../../domain/Checkpoint.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import type { Flush } from "../../domain/Flush.ts"
import type { Moment } from "../../domain/Moment.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { ADOPTED } from "../../domain/Task.ts"
import { ResultStore, ResultStoreError } from "../ResultStore.ts"
import { chunked, type Refusal, writeOrBisect } from "./Bisect.ts"
import {
  checkpointColumns,
  type CheckpointRow,
  decodeCheckpoint,
  inputsJson,
  missingCheckpoint,
  settingsJson
} from "./CheckpointRow.ts"
import * as Database from "./Database.ts"
import { catchSqlErrors, isMissingPartition, type Place, textOf } from "./Failure.ts"
import { FLUSH_CHANNEL } from "./FlushChannel.ts"
import { insertDeadLetters, insertGaps, insertMoments, insertRows } from "./Insert.ts"
import { check, migrate } from "./Migrations.ts"
import * as Partitions from "./Partitions.ts"
import { readFutureOffsets, readGaps, readMoments, readRows } from "./Recovery.ts"

export interface PostgresStoreOptions {
  readonly postgres: PostgresConfig
  readonly store: StoreConfig
  readonly limits?: Partial<Database.SessionLimits>
}

/** How long a call may take in all, for a network that swallows packets: the session's own limits act on the server only. */
const CALL_TIMEOUT = Duration.seconds(60)

/** The most that one statement carries. */
const CHUNK = { count: 5_000, weight: 8 * 1024 * 1024 }

const byRowKey = (a: SummaryRow, b: SummaryRow): number => byCodeUnit(a.stream, b.stream) || a.startMs - b.startMs

const byMomentKey = (a: Moment, b: Moment): number =>
  byCodeUnit(a.stream, b.stream) || byCodeUnit(a.type, b.type) || a.timestampMs - b.timestampMs

const byLetterKey = (a: DeadLetter, b: DeadLetter): number =>
  byCodeUnit(a.topic, b.topic) || a.partition - b.partition || (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)

const emotesLength = (emotes: ReadonlyArray<string>): number => emotes.reduce((sum, emote) => sum + emote.length, 0)

const instant = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs)

/** Where the events of a flush came from, at most. */
const offsetsOf = ({ topic, partition, replayOffset, nextOffset }: InputCheckpoint): string =>
  `${topic} partition ${partition} offsets ${replayOffset} to ${nextOffset}`

/** The watermark's column: "no event yet" is NULL. */
const watermarkParameter = (checkpoint: Checkpoint): PgTypes.Parameter =>
  PgTypes.timestamp(checkpoint.watermarkMs === BEFORE_ALL ? null : checkpoint.watermarkMs)

const int8 = (value: number): PgTypes.Parameter => PgTypes.int8(BigInt(value))

/**
 * RETURNING tells in the same round trip whether adopted rows lie where this flush writes, and announces the flush to whoever listens: once it is committed, and only then.
 */
const ADVANCE = `
UPDATE checkpoints SET version = $1, flush = $2, watermark = $3, settings = $4, inputs = $5, status = $6, updated_at = now() AT TIME ZONE 'UTC'
WHERE source_partition = $7 AND epoch = $8 AND flush = $9
RETURNING EXISTS (
  SELECT FROM chat_summary_minute WHERE source_partition = ${ADOPTED} AND window_start >= $10 AND window_start <= $11) AS adopted, pg_notify('${FLUSH_CHANNEL}', '')`

const make = Effect.fnUntraced(function* (place: Place, partitions: Partitions.Partitions) {
  const sql = yield* SqlClient

  /** Runs a call under its time limit and turns every failure into the store's own. */
  const call =
    (doing: string) =>
    <A, E>(self: Effect.Effect<A, E, SqlClient>) =>
      self.pipe(
        Effect.provideService(SqlClient, sql),
        catchSqlErrors(place, doing),
        Effect.timeoutOrElse({
          duration: CALL_TIMEOUT,
          orElse: () =>
            Effect.fail(
              new ResultStoreError({
                reason: "Unreachable",
                detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}: could not ${doing} within ${Duration.format(CALL_TIMEOUT)}`
              })
            )
        })
      )

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
        PgTypes.int4(CHECKPOINT_VERSION),
        int8(checkpoint.epoch),
        int8(checkpoint.flush),
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
        let fromMs = Number.POSITIVE_INFINITY
        let toMs = Number.NEGATIVE_INFINITY
        for (const row of flush.rows) {
          if (row.startMs < fromMs) fromMs = row.startMs
          if (row.startMs > toMs) toMs = row.startMs
        }
        const [moved] = yield* sql.unsafe<{ adopted: boolean }>(ADVANCE, [
          PgTypes.int4(CHECKPOINT_VERSION),
          int8(checkpoint.flush),
          watermarkParameter(checkpoint),
          PgTypes.jsonb(settingsJson(checkpoint)),
          PgTypes.jsonb(inputsJson(checkpoint.inputs)),
          PgTypes.jsonb(flush.status),
          PgTypes.int4(checkpoint.sourcePartition),
          int8(checkpoint.epoch),
          int8(checkpoint.flush - 1),
          PgTypes.timestamp(fromMs),
          PgTypes.timestamp(toMs)
        ])
        if (moved === undefined) return undefined

        const writer = { sourcePartition: checkpoint.sourcePartition, flush: checkpoint.flush }
        const refused: Array<string> = []
        const note = <A>(refusals: ReadonlyArray<Refusal<A>>, name: (item: A) => string) => {
          for (const { item, error } of refusals) refused.push(`${name(item)}: ${textOf(error)}`)
        }
        // in the order of the keys, so that no two transactions wait for each other
        for (const rows of chunked(flush.rows.toSorted(byRowKey), CHUNK, (row) => emotesLength(row.topEmotes))) {
          note(
            yield* writeOrBisect(rows, insertRows(writer, moved.adopted)),
            (row) =>
              `row of stream ${JSON.stringify(row.stream)}, window ${instant(row.startMs)} to ${instant(row.endMs)}`
          )
        }
        for (const moments of chunked(
          flush.moments.toSorted(byMomentKey),
          CHUNK,
          (moment) =>
            moment.description.length +
            emotesLength(moment.metadata.top_emotes) +
            emotesLength(moment.metadata.top_emotes_before)
        )) {
          note(
            yield* writeOrBisect(moments, insertMoments(writer)),
            (moment) => `${moment.type} of stream ${JSON.stringify(moment.stream)} at ${instant(moment.timestampMs)}`
          )
        }
        for (const letters of chunked(flush.deadLetters.toSorted(byLetterKey), CHUNK, (letter) =>
          Math.min(letter.payload.length, PAYLOAD_LIMIT_BYTES)
        )) {
          note(
            yield* writeOrBisect(letters, insertDeadLetters),
            (letter) => `dead letter of ${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`
          )
        }
        if (flush.gaps.length > 0) yield* insertGaps(flush.gaps)
        return refused
      })
    )

  const commit = Effect.fnUntraced(function* (flush: Flush) {
    const { sourcePartition, epoch, flush: number } = flush.checkpoint
    yield* partitions.ensure(flush.rows.map((row) => row.startMs))
    const refused = yield* write(flush)
    if (refused !== undefined) {
      for (const what of refused) {
        yield* Effect.logError(
          `PostgreSQL can't hold this data, so it was left out of flush ${number} of task ${sourcePartition}: ${what}. It came from ${flush.checkpoint.inputs.map(offsetsOf).join(", ")} or before`
        )
      }
      return { _tag: "Committed", refusedRows: refused.length } as const
    }
    const [now] = yield* sql<{
      epoch: bigint
      flush: bigint
    }>`SELECT epoch, flush FROM checkpoints WHERE source_partition = ${sourcePartition}`
    if (now === undefined) return yield* missingCheckpoint(place, sourcePartition)
    if (now.epoch !== BigInt(epoch)) return { _tag: "Fenced", epoch: Number(now.epoch) } as const
    if (now.flush === BigInt(number)) return { _tag: "AlreadyCommitted" } as const
    return yield* new ResultStoreError({
      reason: "Checkpoint",
      detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}: task ${sourcePartition} stands at flush ${now.flush} of epoch ${epoch}, and flush ${number} does not follow it. Restart the worker`
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
        rows: readRows(checkpoint, bounds.historyFromMs),
        moments: readMoments(place, checkpoint.sourcePartition, bounds.openSinceMs),
        futureOffsets: readFutureOffsets(checkpoint),
        gaps: readGaps(checkpoint)
      }).pipe(call(`read the history of task ${checkpoint.sourcePartition}`)),
    commit: (flush) =>
      commit(flush).pipe(
        // somebody dropped a partition that this process knew: look again, once
        Effect.catchIf(isMissingPartition, () => Effect.andThen(partitions.forget, commit(flush))),
        call(`commit flush ${flush.checkpoint.flush} of task ${flush.checkpoint.sourcePartition}`)
      )
  })
})

/**
 * The store over a pool that is given: brings the tables up to date (or, under MIGRATE=check, names what is missing), makes this period's and the next's
 * partition, and looks after partitions every hour. Fails as the first connection, the migration or the check fails; retrying is the caller's.
 */
export const layerNoDeps = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError, SqlClient> =>
  Layer.effect(
    ResultStore,
    Effect.gen(function* () {
      const place = Database.placeOf(options)
      if (options.store.migrate === "auto") {
        for (const name of yield* migrate(place)) {
          yield* Effect.logInfo(`Migration ${name} applied to schema ${place.schema}`)
        }
      }
      // after a migration too: it would not notice an index that somebody dropped
      yield* check(place)
      const partitions = yield* Partitions.make(options.store.partitionBy)
      yield* partitions.ahead.pipe(catchSqlErrors(place, "make partitions"))
      yield* Effect.forkScoped(partitions.maintain(options.store.retention))
      return yield* make(place, partitions)
    })
  )

/** The store with a pool of its own. */
export const layer = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError> =>
  Layer.provide(layerNoDeps(options), Database.layer(options))
