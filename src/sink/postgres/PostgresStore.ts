/** The store in PostgreSQL: its calls, its start and its maintenance. */
import { Data, type Duration, Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig, TablesConfig } from "../../config/AppConfig.ts"
import { DEAD_LETTER_LIMITS } from "../../domain/DeadLetter.ts"
import type { Flush } from "../../domain/Flush.ts"
import * as Database from "../../postgres/Database.ts"
import type { Place } from "../../postgres/Place.ts"
import { isMissingPartition } from "../../postgres/SqlErrors.ts"
import { ResultStore, type ResultStoreError } from "../ResultStore.ts"
import { readAdopted } from "./Adopted.ts"
import * as Announcer from "./Announcer.ts"
import { readBaselines } from "./Baselines.ts"
import { calling } from "./Call.ts"
import * as Checkpoints from "./Checkpoints.ts"
import { commit, commitTogether, type CommitOptions, isSmall } from "./Commit.ts"
import * as GroupCommit from "./GroupCommit.ts"
import { maintain } from "./Maintenance.ts"
import { check, migrate } from "./Migrations.ts"
import * as Partitions from "./Partitions.ts"
import { readFutureOffsets, readGaps, readMoments, readSlides } from "./Recovery.ts"
import { readChanges, readSteps } from "./Sensitivity.ts"
import { catchStoreErrors, toStoreError } from "./StoreErrors.ts"

export interface PostgresStoreOptions {
  readonly postgres: PostgresConfig
  readonly store: TablesConfig
  /** As in {@link Database.DatabaseOptions}. */
  readonly sessionTimeout?: Duration.Duration
  readonly limits?: Partial<Database.SessionLimits>
}

/** `limits`: those of the sessions; `undefined` = the defaults. */
const make = Effect.fnUntraced(function* (options: CommitOptions, limits: Partial<Database.SessionLimits> | undefined) {
  const { partitions, place } = options
  const call = calling(place, yield* SqlClient, limits)
  const alone = (flush: Flush) =>
    commit(flush, options).pipe(
      // A partition that this process knew was dropped: read the partitions again, once.
      Effect.catchIf(isMissingPartition, () => Effect.andThen(partitions.forget, commit(flush, options))),
      call(`commit flush ${flush.checkpoint.flushNumber} of task ${flush.checkpoint.sourcePartition}`)
    )
  const grouped = yield* GroupCommit.make({
    together: (flushes) => commitTogether(flushes, options).pipe(call(`commit flushes of ${flushes.length} tasks`)),
    alone
  })
  return ResultStore.of({
    tasks: Checkpoints.readTasks.pipe(call("list the tasks")),
    load: (sourcePartition) =>
      Checkpoints.readCheckpoint(place, sourcePartition).pipe(call(`read the checkpoint of task ${sourcePartition}`)),
    create: (checkpoint) =>
      Checkpoints.createCheckpoint(checkpoint).pipe(
        call(`write the first checkpoint of task ${checkpoint.sourcePartition}`)
      ),
    takeOver: (sourcePartition, owner) =>
      Checkpoints.takeOver(place, sourcePartition, owner).pipe(call(`take over task ${sourcePartition}`)),
    recover: (checkpoint, bounds) =>
      Effect.all({
        moments: readMoments(place, checkpoint.sourcePartition, bounds.openSinceMs),
        futureOffsets: readFutureOffsets(checkpoint),
        gaps: readGaps(checkpoint),
        sensitivity: readSteps(checkpoint.sourcePartition, bounds.slidesSinceMs)
      }).pipe(call(`read the open moments, gaps and sensitivity of task ${checkpoint.sourcePartition}`)),
    baselines: (checkpoint, sinceMs, take) =>
      readBaselines(checkpoint, sinceMs, take).pipe(call(`read the baselines of task ${checkpoint.sourcePartition}`)),
    slides: (checkpoint, fromMs, take) =>
      readSlides(checkpoint, fromMs, take).pipe(call(`read the last slides of task ${checkpoint.sourcePartition}`)),
    sensitivityChanges: (afterVersion) => readChanges(afterVersion).pipe(call("read the sensitivity")),
    commit: (flush) => (isSmall(flush, options) ? grouped(flush) : alone(flush))
  })
})

/**
 * Migrates the tables, or checks them under MIGRATE=check; then creates the partitions of this
 * period and the next.
 */
const begin = Effect.fnUntraced(function* (place: Place, { migrate: mode, partitionBy }: TablesConfig) {
  if (mode === "auto") {
    for (const name of yield* migrate(place)) {
      yield* Effect.logInfo(`Migration ${name} applied to schema ${place.schema}`)
    }
  } else {
    yield* check(place)
  }
  const partitions = yield* Partitions.make(partitionBy)
  yield* partitions.ahead.pipe(catchStoreErrors(place, "create partitions"))
  const adopted = yield* readAdopted.pipe(catchStoreErrors(place, "search for adopted rows"))
  return { partitions, adopted }
})

class Rehearsed extends Data.TaggedError("Rehearsed") {}

/** Does the work of a start in a transaction that is rolled back. Fails as the start would. */
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
 * The store over a given pool. Its start migrates the tables, or checks them under MIGRATE=check,
 * and creates the partitions of this period and the next. Maintenance runs every hour. The start
 * fails if the first connection, the migration or the check fails; the caller retries.
 */
export const layerNoDeps = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError, SqlClient> =>
  Layer.effect(
    ResultStore,
    Effect.gen(function* () {
      const place = Database.placeOf(options)
      const { adopted, partitions } = yield* begin(place, options.store)
      const { notify = [] } = options.store
      const { bytesPerDay, retentionMs } = options.store.deadLetters ?? DEAD_LETTER_LIMITS
      yield* Effect.forkScoped(
        maintain(partitions, options.store.retention, retentionMs, options.store.sampleRetentionMs)
      )
      const { announce } = yield* Announcer.make
      return yield* make({ place, partitions, adopted, bytesPerDay, notify, announce }, options.limits)
    })
  )

/** Sessions of the store, or of a reader of its tables. Building it connects. */
export const pool = (options: Database.DatabaseOptions): Layer.Layer<SqlClient, ResultStoreError> =>
  Layer.catch(Database.layer(options), (error) => Layer.effectContext(Effect.fail(toStoreError(error))))

/** The store with its own pool. */
export const layer = (options: PostgresStoreOptions): Layer.Layer<ResultStore, ResultStoreError> =>
  Layer.provide(layerNoDeps(options), pool(options))
