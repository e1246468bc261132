/**
 * Results in memory, by the rules of the tables: the same keys, the same fencing, the same data
 * refused. Dead letters have no limit. For tests and bounded runs.
 */
import { Context, Effect, Equal, Layer } from "effect"
import { baselineEnd, type BaselineRow } from "../../domain/Baseline.ts"
import type { Broadcast } from "../../domain/Broadcast.ts"
import type { Checkpoint, InputCheckpoint } from "../../domain/Checkpoint.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import type { DeadLetter } from "../../domain/DeadLetter.ts"
import type { Flush, FlushStatus } from "../../domain/Flush.ts"
import type { Gap } from "../../domain/Gap.ts"
import type { Moment } from "../../domain/Moment.ts"
import { OffsetRuns } from "../../domain/OffsetRuns.ts"
import { type SensitivityApplied, type SensitivityChange, stepsOf } from "../../domain/Sensitivity.ts"
import { slideOf, slideSums, type StreamSlide } from "../../domain/Slide.ts"
import { type Notification, notificationsOf, type NotifyRule } from "../../domain/Notification.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { RepairTables } from "../RepairTables.ts"
import {
  type CommitOutcome,
  type Recovered,
  type RecoveryBounds,
  ResultStore,
  ResultStoreError
} from "../ResultStore.ts"
import * as Repairs from "./Repairs.ts"
import { momentKey, type StoredBaseline, type StoredSample, Tables, withWriter, type Written } from "./Tables.ts"

/** The present content of the tables. */
export class MemoryTables extends Context.Service<
  MemoryTables,
  {
    /** In order of (end, stream by code unit, source partition). */
    readonly rows: Effect.Effect<ReadonlyArray<SummaryRow & Written>>
    /** In order of (timestamp, stream by code unit, type at first, source partition). */
    readonly moments: Effect.Effect<ReadonlyArray<Moment & Written>>
    /** Quotes of moments, in the order of the moments. */
    readonly samples: Effect.Effect<ReadonlyArray<StoredSample & Written>>
    /** In order of (source partition, stream by code unit). */
    readonly baselines: Effect.Effect<ReadonlyArray<StoredBaseline & Written>>
    /** In order of (start, stream by code unit, source partition). */
    readonly broadcasts: Effect.Effect<ReadonlyArray<Broadcast & Written>>
    /** In order of (topic, partition, offset). */
    readonly deadLetters: Effect.Effect<ReadonlyArray<DeadLetter>>
    /** In order of (topic, partition, first offset). */
    readonly gaps: Effect.Effect<ReadonlyArray<Gap>>
    /** In order of source partition. */
    readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>>
    /** Stores a change under the next version, as an operator's request does. */
    readonly setSensitivity: (change: Omit<SensitivityChange, "version">) => Effect.Effect<SensitivityChange>
    /** Ascending by version. */
    readonly sensitivityChanges: Effect.Effect<ReadonlyArray<SensitivityChange>>
    /** In order of (source partition, version). */
    readonly sensitivityApplied: Effect.Effect<ReadonlyArray<SensitivityApplied & Written>>
    /** The status of every committed flush, in order of commits. */
    readonly statuses: Effect.Effect<ReadonlyArray<FlushStatus & Written>>
    /** In order of (flush in time, target, id). Nothing delivers them. */
    readonly notifications: Effect.Effect<ReadonlyArray<Notification & Written>>
  }
>()("telemetra/sink/memory/MemoryTables") {}

const isOf =
  ({ sourcePartition }: Checkpoint) =>
  ({ written }: { readonly written: Written }): boolean =>
    written.sourcePartition === sourcePartition

const byTarget = (a: Notification, b: Notification): number => byCodeUnit(a.target, b.target) || byCodeUnit(a.id, b.id)

/** The end of the last window whose rows are written. */
const writtenToMs = ({ emitted, watermarkMs }: Checkpoint): number => emitted?.endMs ?? watermarkMs

/** Each method is synchronous, so no reader sees a part of a flush. */
class MemoryStore {
  readonly #tables: Tables
  readonly #notify: ReadonlyArray<NotifyRule>

  constructor(tables: Tables, notify: ReadonlyArray<NotifyRule>) {
    this.#tables = tables
    this.#notify = notify
  }

  create(checkpoint: Checkpoint): void {
    const { checkpoints } = this.#tables
    if (!checkpoints.has(checkpoint.sourcePartition)) checkpoints.set(checkpoint.sourcePartition, checkpoint)
  }

  takeOver(sourcePartition: number): Effect.Effect<Checkpoint, ResultStoreError> {
    const checkpoint = this.#tables.checkpoints.get(sourcePartition)
    if (checkpoint === undefined) return Effect.fail(Repairs.missingCheckpoint(sourcePartition))
    const taken = { ...checkpoint, epoch: checkpoint.epoch + 1 }
    this.#tables.checkpoints.set(sourcePartition, taken)
    return Effect.succeed(taken)
  }

  baselines(checkpoint: Checkpoint, sinceMs: number): ReadonlyArray<BaselineRow> {
    return this.#tables
      .sortedBaselines()
      .filter(isOf(checkpoint))
      .map(({ value }) => value)
      .filter((baseline) => Equal.equals(baseline.window, checkpoint.window))
      .filter((baseline) => baselineEnd(baseline) >= sinceMs && baselineEnd(baseline) <= writtenToMs(checkpoint))
      .map(({ numbers, stream }) => ({ stream, numbers }))
  }

  slides(checkpoint: Checkpoint, fromMs: number): ReadonlyArray<StreamSlide> {
    const { sizeMs, slideMs } = checkpoint.window
    return this.#tables
      .sortedRows()
      .filter(isOf(checkpoint))
      .map(({ value }) => value)
      .filter(({ endMs, startMs }) => endMs - startMs === sizeMs && startMs % slideMs === 0)
      .filter(({ endMs }) => endMs >= fromMs && endMs <= writtenToMs(checkpoint))
      .filter((row) => slideSums(row).every(Number.isSafeInteger))
      .map((row) => slideOf(row.stream, row.endMs, slideSums(row)))
  }

  recover(checkpoint: Checkpoint, { openSinceMs, slidesSinceMs }: RecoveryBounds): Recovered {
    const letters = this.#tables.sortedDeadLetters().filter(({ reason }) => reason === "future-timestamp")
    const sinceMs = checkpoint.watermarkMs - checkpoint.window.sizeMs
    const isOwnGap = (gap: Gap): boolean =>
      checkpoint.inputs.some(({ partition, topic }) => gap.topic === topic && gap.partition === partition)
    return {
      moments: this.#tables
        .sortedMoments()
        .filter(isOf(checkpoint))
        .map(({ value }) => value)
        .filter((moment) => moment.endedAtMs >= openSinceMs),
      futureOffsets: checkpoint.inputs.map((input) => this.#offsetsOf(letters, input)),
      gaps: this.#tables.sortedGaps().filter((gap) => gap.eventsToMs >= sinceMs && isOwnGap(gap)),
      sensitivity: stepsOf(this.#tables.sensitivity, this.#tables.applied(checkpoint.sourcePartition), slidesSinceMs)
    }
  }

  #offsetsOf(letters: ReadonlyArray<DeadLetter>, input: InputCheckpoint): OffsetRuns {
    const runs = new OffsetRuns()
    for (const { offset, partition, topic } of letters) {
      if (topic !== input.topic || partition !== input.partition) continue
      if (offset >= input.rereadOffset && offset < input.nextOffset) runs.append(offset, offset + 1n)
    }
    return runs
  }

  commit(flush: Flush): Effect.Effect<CommitOutcome, ResultStoreError> {
    const { epoch, flushNumber, sourcePartition } = flush.checkpoint
    const before = this.#tables.checkpoints.get(sourcePartition)
    if (before === undefined) return Effect.fail(Repairs.missingCheckpoint(sourcePartition))
    if (before.epoch !== epoch) return Effect.succeed({ _tag: "Fenced", epoch: before.epoch })
    if (before.flushNumber === flushNumber) return Effect.succeed({ _tag: "AlreadyCommitted" })
    return before.flushNumber === flushNumber - 1
      ? Effect.succeed({ _tag: "Committed", refusedRows: this.#write(flush) })
      : Effect.fail(
          new ResultStoreError({
            reason: "Checkpoint",
            detail: `memory: the checkpoint of task ${sourcePartition} is at flush ${before.flushNumber} of epoch ${epoch}, so flush ${flushNumber} cannot be committed. Restart the worker`
          })
        )
  }

  /** Returns the number of refused items. */
  #write({
    baselines,
    broadcasts,
    checkpoint,
    deadLetters,
    gaps,
    moments,
    rows,
    sensitivity = [],
    status
  }: Flush): number {
    const tables = this.#tables
    const written: Written = { sourcePartition: checkpoint.sourcePartition, flush: checkpoint.flushNumber }
    tables.checkpoints.set(checkpoint.sourcePartition, checkpoint)
    tables.statuses.push({ ...status, ...written })
    for (const gap of gaps) tables.putGap(gap)
    for (const applied of sensitivity) tables.putApplied(applied, written)
    const { sourcePartition } = checkpoint
    const notifications = notificationsOf(
      this.#notify,
      sourcePartition,
      moments,
      (moment) => tables.moments.get(momentKey(moment, sourcePartition))?.value
    )
    const kept = new Set(moments.filter((moment) => tables.putMoment(moment, written)))
    const stored = [
      ...rows.map((row) => tables.putRow(row, written)),
      ...moments.map((moment) => kept.has(moment)),
      ...baselines.map((baseline) => tables.putBaseline(baseline, checkpoint.window, written)),
      ...broadcasts.map((broadcast) => tables.putBroadcast(broadcast, written)),
      ...deadLetters.map((letter) => tables.putLetter(letter))
    ]
    for (const notification of notifications.toSorted(byTarget)) {
      if (kept.has(notification.moment)) tables.putNotification(notification, written)
    }
    return stored.filter((isStored) => !isStored).length
  }
}

const storeOf = (tables: Tables, notify: ReadonlyArray<NotifyRule>) => {
  const store = new MemoryStore(tables, notify)
  return ResultStore.of({
    tasks: Effect.sync(() => tables.sortedCheckpoints().map(({ sourcePartition }) => sourcePartition)),
    load: (sourcePartition) => Effect.sync(() => tables.checkpoints.get(sourcePartition)),
    create: (checkpoint) => Effect.sync(() => store.create(checkpoint)),
    takeOver: (sourcePartition) => Effect.suspend(() => store.takeOver(sourcePartition)),
    baselines: (checkpoint, sinceMs, take) => Effect.sync(() => take(store.baselines(checkpoint, sinceMs))),
    slides: (checkpoint, fromMs, take) => Effect.sync(() => take(store.slides(checkpoint, fromMs))),
    recover: (checkpoint, bounds) => Effect.sync(() => store.recover(checkpoint, bounds)),
    sensitivityChanges: (afterVersion) =>
      Effect.sync(() => tables.sensitivity.filter(({ version }) => version > afterVersion)),
    commit: (flush) => Effect.suspend(() => store.commit(flush))
  })
}

const contentOf = (tables: Tables) =>
  MemoryTables.of({
    rows: Effect.sync(() => tables.sortedRows().map(withWriter)),
    moments: Effect.sync(() => tables.sortedMoments().map(withWriter)),
    samples: Effect.sync(() => tables.sortedSamples().map(withWriter)),
    baselines: Effect.sync(() => tables.sortedBaselines().map(withWriter)),
    broadcasts: Effect.sync(() => tables.sortedBroadcasts().map(withWriter)),
    deadLetters: Effect.sync(() => tables.sortedDeadLetters()),
    gaps: Effect.sync(() => tables.sortedGaps()),
    checkpoints: Effect.sync(() => tables.sortedCheckpoints()),
    statuses: Effect.sync(() => [...tables.statuses]),
    notifications: Effect.sync(() => [...tables.notifications]),
    sensitivityChanges: Effect.sync(() => [...tables.sensitivity]),
    setSensitivity: (change) => Effect.sync(() => tables.addChange(change)),
    sensitivityApplied: Effect.sync(() => tables.sortedApplied().map(withWriter))
  })

/** A store with empty tables that notifies these targets; each build is a new one. */
export const notifying = (notify: ReadonlyArray<NotifyRule>): Layer.Layer<ResultStore | RepairTables | MemoryTables> =>
  Layer.effectContext(
    Effect.sync(() => {
      const tables = new Tables()
      return Context.make(ResultStore, storeOf(tables, notify)).pipe(
        Context.add(MemoryTables, contentOf(tables)),
        Context.add(RepairTables, Repairs.make(tables))
      )
    })
  )

/** A store with empty tables; each build is a new one. */
export const layer = notifying([])
