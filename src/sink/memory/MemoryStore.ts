/** Results in memory, by the rules of the tables: the same keys, the same fencing, the same data refused; dead letters without a limit. For tests and bounded runs. */
import { Context, Effect, Equal, Layer } from "effect"
import { baselineEnd, type BaselineRow } from "../../domain/Baseline.ts"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import type { Flush, FlushStatus } from "../../domain/Flush.ts"
import type { Gap } from "../../domain/Gap.ts"
import type { Moment, MomentKey } from "../../domain/Moment.ts"
import { OffsetRuns } from "../../domain/OffsetRuns.ts"
import type { WindowSettings } from "../../domain/WindowSettings.ts"
import { slideOf, slideSums } from "../../domain/Slide.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { FROM_FILES } from "../../domain/Task.ts"
import { lastSlideEnd, type Repair, type SettledWindow } from "../Repair.ts"
import type { RowKey, Sweep, Swept } from "../Sweep.ts"
import { type RepairOutcome, RepairTables } from "../RepairTables.ts"
import { type CommitOutcome, ResultStore, ResultStoreError } from "../ResultStore.ts"

/** Which flush of which task last wrote it. */
export interface Written {
  readonly sourcePartition: number
  readonly flush: number
}

export interface StoredBaseline extends BaselineRow {
  readonly window: WindowSettings
}

/** What stands in the tables now. */
export class MemoryTables extends Context.Service<
  MemoryTables,
  {
    /** In order of (end, stream by code unit, source partition). */
    readonly rows: Effect.Effect<ReadonlyArray<SummaryRow & Written>>
    /** In order of (timestamp, stream by code unit, type at first, source partition). */
    readonly moments: Effect.Effect<ReadonlyArray<Moment & Written>>
    /** In order of (source partition, stream by code unit), each with the size and slide that it was learned under. */
    readonly baselines: Effect.Effect<ReadonlyArray<StoredBaseline & Written>>
    /** In order of (topic, partition, offset). */
    readonly deadLetters: Effect.Effect<ReadonlyArray<DeadLetter>>
    /** In order of (topic, partition, first offset). */
    readonly gaps: Effect.Effect<ReadonlyArray<Gap>>
    /** In order of source partition. */
    readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>>
    /** Of every flush that was committed, in that order. */
    readonly statuses: Effect.Effect<ReadonlyArray<FlushStatus & Written>>
  }
>()("telemetra/sink/memory/MemoryTables") {}

const compare = <A extends string | number | bigint>(a: A, b: A): number => (a < b ? -1 : a > b ? 1 : 0)

const INT_MAX = 2_147_483_647

/** A text column takes everything but U+0000. */
const isText = (text: string): boolean => !text.includes("\u0000")

const isStream = (stream: string): boolean => isText(stream) && [...stream].length <= 255

/** An INTEGER column rounds, and takes what fits then. */
const isInteger = (n: number): boolean => Math.abs(Math.round(n)) <= INT_MAX

const holdsRow = (row: SummaryRow): boolean =>
  isStream(row.stream) &&
  row.topEmotes.every(isText) &&
  [row.chatCount, row.uniqueChatters, row.scoredCount, row.positiveCount, row.negativeCount].every(isInteger)

const holdsMoment = (moment: Moment): boolean =>
  isStream(moment.stream) &&
  isText(moment.description) &&
  [moment.metadata.peak_end, moment.metadata.shared ?? "", moment.metadata.repeated_text].every(isText)

const holdsBaseline = ({ stream }: BaselineRow): boolean => isStream(stream)

const holdsDeadLetter = (letter: DeadLetter): boolean =>
  isText(letter.topic) && (letter.path === null || isText(letter.path))

const missing = (sourcePartition: number): ResultStoreError =>
  new ResultStoreError({
    reason: "Checkpoint",
    detail: `memory: the checkpoint of task ${sourcePartition} does not exist. Restart the worker, which makes it`
  })

const rowKey = ({ endMs, startMs, stream }: RowKey, sourcePartition: number): string =>
  JSON.stringify([stream, startMs, endMs, sourcePartition])

const momentKey = ({ openedAs, stream, timestampMs }: MomentKey, sourcePartition: number): string =>
  JSON.stringify([stream, timestampMs, openedAs, sourcePartition])

const letterKey = ({ offset, partition, topic }: DeadLetter): string =>
  JSON.stringify([topic, partition, String(offset)])

const baselineKey = ({ stream }: BaselineRow, sourcePartition: number): string =>
  JSON.stringify([sourcePartition, stream])

/** A table's row: what was written, and by whom. */
interface Stored<A> {
  readonly value: A
  readonly written: Written
}

const isOf =
  ({ sourcePartition }: Checkpoint) =>
  ({ written }: Stored<unknown>): boolean =>
    written.sourcePartition === sourcePartition

const merged = <A extends object>({ value, written }: Stored<A>): A & Written => ({ ...value, ...written })

const make = () => {
  const checkpoints = new Map<number, Checkpoint>()
  const rows = new Map<string, Stored<SummaryRow>>()
  const moments = new Map<string, Stored<Moment>>()
  const baselines = new Map<string, Stored<StoredBaseline>>()
  const deadLetters = new Map<string, DeadLetter>()
  const gaps = new Map<string, Gap>()
  const statuses: Array<FlushStatus & Written> = []

  const keepLetter = (letter: DeadLetter): void => {
    const key = letterKey(letter)
    if (deadLetters.has(key)) return
    deadLetters.set(key, { ...letter, payload: letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES) })
  }

  /** The names of files do not identify them: a letter whose key another one has goes to the next partition. */
  const keepFileLetter = (letter: DeadLetter): void => {
    const kept = { ...letter, payload: letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES) }
    const there = deadLetters.get(letterKey(letter))
    if (there === undefined || Equal.equals(there, kept)) return keepLetter(letter)
    keepFileLetter({ ...letter, partition: letter.partition + 1 })
  }

  // synchronous, so that nobody sees half a flush
  const commit = (flush: Flush): Effect.Effect<CommitOutcome, ResultStoreError> => {
    const { checkpoint } = flush
    const { sourcePartition, epoch } = checkpoint
    const standing = checkpoints.get(sourcePartition)
    if (standing === undefined) return Effect.fail(missing(sourcePartition))
    if (standing.epoch !== epoch) return Effect.succeed({ _tag: "Fenced", epoch: standing.epoch })
    if (standing.flushNumber === checkpoint.flushNumber) return Effect.succeed({ _tag: "AlreadyCommitted" })
    if (standing.flushNumber !== checkpoint.flushNumber - 1) {
      return Effect.fail(
        new ResultStoreError({
          reason: "Checkpoint",
          detail: `memory: task ${sourcePartition} stands at flush ${standing.flushNumber} of epoch ${epoch}, and flush ${checkpoint.flushNumber} does not follow it. Restart the worker`
        })
      )
    }
    const written: Written = { sourcePartition, flush: checkpoint.flushNumber }
    checkpoints.set(sourcePartition, checkpoint)
    statuses.push({ ...flush.status, ...written })
    let refusedRows = 0
    const keep = <A>(items: ReadonlyArray<A>, holds: (item: A) => boolean, write: (item: A) => void) => {
      for (const item of items) {
        if (holds(item)) write(item)
        else refusedRows++
      }
    }
    keep(flush.rows, holdsRow, (row) => rows.set(rowKey(row, sourcePartition), { value: row, written }))
    keep(flush.moments, holdsMoment, (moment) =>
      moments.set(momentKey(moment, sourcePartition), { value: moment, written })
    )
    keep(flush.baselines, holdsBaseline, (baseline) =>
      baselines.set(baselineKey(baseline, sourcePartition), {
        value: { ...baseline, window: checkpoint.window },
        written
      })
    )
    keep(flush.deadLetters, holdsDeadLetter, keepLetter)
    for (const gap of flush.gaps) gaps.set(JSON.stringify([gap.topic, gap.partition, String(gap.fromOffset)]), gap)
    return Effect.succeed({ _tag: "Committed", refusedRows })
  }

  /** Why the task's tables can't be repaired. */
  const obstacle = ({ range, sourcePartition }: Repair): ResultStoreError | undefined => {
    const standing = checkpoints.get(sourcePartition)
    if (sourcePartition === FROM_FILES) return undefined
    if (standing === undefined) return missing(sourcePartition)
    if (standing.watermarkMs >= range.toMs) return undefined
    const detail = `memory: the checkpoint of task ${sourcePartition} has gone back behind the range`
    return new ResultStoreError({ reason: "Checkpoint", detail })
  }

  /** Deletes moments of which the last slide is one of the repair's settled windows, and that it has not found. */
  const removeMoments = ({ found, momentsFromMs, settled, slideMs, sourcePartition }: Repair): number => {
    const isFound = new Set(found.map((moment) => momentKey(moment, sourcePartition)))
    const isSettled = new Set(settled.map(({ endMs, stream }) => JSON.stringify([stream, endMs])))
    let removed = 0
    for (const [key, { value, written }] of moments) {
      const isNoMore =
        written.sourcePartition === sourcePartition &&
        value.timestampMs >= momentsFromMs &&
        isSettled.has(JSON.stringify([value.stream, lastSlideEnd(value, slideMs)])) &&
        !isFound.has(key)
      if (isNoMore && moments.delete(key)) removed++
    }
    return removed
  }

  const sweep = (one: Sweep): Effect.Effect<Swept, ResultStoreError> => {
    const { repair, window } = one
    const wrong = obstacle(repair)
    if (wrong !== undefined) return Effect.fail(wrong)
    const computed = new Set(one.rows.map((row) => rowKey(row, repair.sourcePartition)))
    const removed: Array<SettledWindow> = []
    let rowsLeft = 0
    for (const [key, { value, written }] of rows) {
      const { endMs, startMs, stream } = value
      const isOther =
        written.sourcePartition === repair.sourcePartition &&
        startMs > one.afterMs &&
        startMs <= one.toMs &&
        endMs <= repair.range.toMs &&
        !computed.has(key)
      if (!isOther) continue
      if (one.deletes && endMs - startMs === window.sizeMs && startMs % window.slideMs === 0) {
        rows.delete(key)
        removed.push({ stream, endMs })
      } else rowsLeft++
    }
    const momentsRemoved = removeMoments({ ...repair, settled: removed })
    return Effect.succeed({ rowsRemoved: removed.length, momentsRemoved, rowsLeft })
  }

  const repair = (one: Repair): Effect.Effect<RepairOutcome, ResultStoreError> => {
    const { sourcePartition } = one
    const wrong = obstacle(one)
    if (wrong !== undefined) return Effect.fail(wrong)
    const standing = checkpoints.get(sourcePartition)
    const written: Written = { sourcePartition, flush: standing?.flushNumber ?? 0 }
    const outcome = { rowsWritten: 0, momentsWritten: 0, momentsRemoved: 0, refusedRows: 0 }
    for (const row of one.rows) {
      const key = rowKey(row, sourcePartition)
      if (Equal.equals(rows.get(key)?.value, row)) continue
      if (holdsRow(row)) rows.set(key, { value: row, written })
      outcome[holdsRow(row) ? "rowsWritten" : "refusedRows"]++
    }
    for (const moment of one.moments) {
      const key = momentKey(moment, sourcePartition)
      if (Equal.equals(moments.get(key)?.value, moment)) continue
      if (holdsMoment(moment)) moments.set(key, { value: moment, written })
      outcome[holdsMoment(moment) ? "momentsWritten" : "refusedRows"]++
    }
    one.deadLetters.filter(holdsDeadLetter).forEach(keepFileLetter)
    outcome.momentsRemoved = removeMoments(one)
    return Effect.succeed(outcome)
  }

  const sortedGaps = () =>
    [...gaps.values()].sort(
      (a, b) => compare(a.topic, b.topic) || a.partition - b.partition || compare(a.fromOffset, b.fromOffset)
    )

  const sortedRows = () =>
    [...rows.values()].sort(
      ({ value: a, written: { sourcePartition: p } }, { value: b, written: { sourcePartition: q } }) =>
        a.endMs - b.endMs || compare(a.stream, b.stream) || a.startMs - b.startMs || p - q
    )

  const sortedMoments = () =>
    [...moments.values()].sort(
      ({ value: a, written: { sourcePartition: p } }, { value: b, written: { sourcePartition: q } }) =>
        a.timestampMs - b.timestampMs || compare(a.stream, b.stream) || compare(a.openedAs, b.openedAs) || p - q
    )

  const sortedBaselines = () =>
    [...baselines.values()].sort(
      ({ value: a, written: { sourcePartition: p } }, { value: b, written: { sourcePartition: q } }) =>
        p - q || compare(a.stream, b.stream)
    )

  const sortedDeadLetters = () =>
    [...deadLetters.values()].sort(
      (a, b) => compare(a.topic, b.topic) || a.partition - b.partition || compare(a.offset, b.offset)
    )

  const store = ResultStore.of({
    tasks: Effect.sync(() => [...checkpoints.keys()].sort((a, b) => a - b)),
    load: (sourcePartition) => Effect.sync(() => checkpoints.get(sourcePartition)),
    create: (checkpoint) =>
      Effect.sync(() => {
        if (!checkpoints.has(checkpoint.sourcePartition)) checkpoints.set(checkpoint.sourcePartition, checkpoint)
      }),
    takeOver: (sourcePartition) =>
      Effect.suspend(() => {
        const standing = checkpoints.get(sourcePartition)
        if (standing === undefined) return Effect.fail(missing(sourcePartition))
        const taken = { ...standing, epoch: standing.epoch + 1 }
        checkpoints.set(sourcePartition, taken)
        return Effect.succeed(taken)
      }),
    baselines: (checkpoint, sinceMs, take) =>
      Effect.sync(() => {
        const writtenToMs = checkpoint.emitted?.endMs ?? checkpoint.watermarkMs
        take(
          sortedBaselines()
            .filter(isOf(checkpoint))
            .map(({ value }) => value)
            .filter((baseline) => Equal.equals(baseline.window, checkpoint.window))
            .filter((baseline) => baselineEnd(baseline) >= sinceMs && baselineEnd(baseline) <= writtenToMs)
            .map(({ numbers, stream }) => ({ stream, numbers }))
        )
      }),
    slides: (checkpoint, fromMs, take) =>
      Effect.sync(() => {
        const { sizeMs, slideMs } = checkpoint.window
        const writtenToMs = checkpoint.emitted?.endMs ?? checkpoint.watermarkMs
        take(
          sortedRows()
            .filter(isOf(checkpoint))
            .map(({ value }) => value)
            .filter(({ endMs, startMs }) => endMs - startMs === sizeMs && startMs % slideMs === 0)
            .filter(({ endMs }) => endMs >= fromMs && endMs <= writtenToMs)
            .filter((row) => slideSums(row).every(Number.isSafeInteger))
            .map((row) => slideOf(row.stream, row.endMs, slideSums(row)))
        )
      }),
    recover: (checkpoint, bounds) =>
      Effect.sync(() => {
        const { sizeMs } = checkpoint.window
        const letters = sortedDeadLetters()
        return {
          moments: sortedMoments()
            .filter(isOf(checkpoint))
            .map(({ value }) => value)
            .filter((moment) => moment.endedAtMs >= bounds.openSinceMs),
          futureOffsets: checkpoint.inputs.map((input) => {
            const runs = new OffsetRuns()
            for (const { offset, partition, reason, topic } of letters) {
              if (topic !== input.topic || partition !== input.partition || reason !== "future-timestamp") continue
              if (offset >= input.rereadOffset && offset < input.nextOffset) runs.append(offset, offset + 1n)
            }
            return runs
          }),
          gaps: sortedGaps().filter(
            (gap) =>
              gap.eventsToMs >= checkpoint.watermarkMs - sizeMs &&
              checkpoint.inputs.some(({ partition, topic }) => gap.topic === topic && gap.partition === partition)
          )
        }
      }),
    commit: (flush) => Effect.suspend(() => commit(flush))
  })

  const tables = MemoryTables.of({
    rows: Effect.sync(() => sortedRows().map(merged)),
    moments: Effect.sync(() => sortedMoments().map(merged)),
    baselines: Effect.sync(() => sortedBaselines().map(merged)),
    deadLetters: Effect.sync(sortedDeadLetters),
    gaps: Effect.sync(sortedGaps),
    checkpoints: Effect.sync(() => [...checkpoints.values()].sort((a, b) => a.sourcePartition - b.sourcePartition)),
    statuses: Effect.sync(() => [...statuses])
  })

  return Context.make(ResultStore, store).pipe(
    Context.add(MemoryTables, tables),
    Context.add(RepairTables, {
      repair: (one) => Effect.suspend(() => repair(one)),
      sweep: (one) => Effect.suspend(() => sweep(one))
    })
  )
}

/** A store with empty tables, new with every build. */
export const layer: Layer.Layer<ResultStore | RepairTables | MemoryTables> = Layer.effectContext(Effect.sync(make))
