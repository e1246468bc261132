/** Repairs of the tables in memory, by the rules of {@link RepairTables}. */
import { Effect, Equal } from "effect"
import { present } from "../../domain/Invariant.ts"
import type { Moment } from "../../domain/Moment.ts"
import { FROM_FILES } from "../../domain/Task.ts"
import { lastSlideEnd, type Repair, type SettledWindow } from "../Repair.ts"
import { type BroadcastsQuery, type BroadcastSpan, type RepairOutcome, RepairTables } from "../RepairTables.ts"
import { ResultStoreError } from "../ResultStore.ts"
import type { Sweep, Swept } from "../Sweep.ts"
import { broadcastKey, momentKey, rowKey, type Tables } from "./Tables.ts"

/** The error for a task whose checkpoint must exist and does not. */
export const missingCheckpoint = (sourcePartition: number): ResultStoreError =>
  new ResultStoreError({
    reason: "Checkpoint",
    detail: `memory: the checkpoint of task ${sourcePartition} does not exist. Restart the worker, which creates it`
  })

/** Why the task's tables cannot be repaired. */
const obstacleOf = (tables: Tables, { range, sourcePartition }: Repair): ResultStoreError | undefined => {
  if (sourcePartition === FROM_FILES) return undefined
  const checkpoint = tables.checkpoints.get(sourcePartition)
  if (checkpoint === undefined) return missingCheckpoint(sourcePartition)
  if (checkpoint.watermarkMs >= range.toMs) return undefined
  const detail = `memory: the checkpoint of task ${sourcePartition} was rewound below the replay range`
  return new ResultStoreError({ reason: "Checkpoint", detail })
}

/**
 * Deletes moments whose last slide is one of the repair's settled windows and that it did not find.
 * Returns their number.
 */
const removeMoments = (tables: Tables, { found, momentsFromMs, settled, slideMs, sourcePartition }: Repair): number => {
  const isFound = new Set(found.map((moment) => momentKey(moment, sourcePartition)))
  const isSettled = new Set(settled.map(({ endMs, stream }) => JSON.stringify([stream, endMs])))
  let removed = 0
  for (const [key, { value, written }] of tables.moments) {
    const isObsolete =
      written.sourcePartition === sourcePartition &&
      value.timestampMs >= momentsFromMs &&
      isSettled.has(JSON.stringify([value.stream, lastSlideEnd(value, slideMs)])) &&
      !isFound.has(key)
    if (isObsolete && tables.removeMoment(key)) removed++
  }
  return removed
}

/** Deletes broadcasts that end with one of the windows that are over and that it did not find. */
const removeBroadcasts = (
  { broadcasts }: Tables,
  { foundBroadcasts, momentsFromMs, over, sourcePartition }: Repair
): number => {
  const isFound = new Set(foundBroadcasts.map((broadcast) => broadcastKey(broadcast, sourcePartition)))
  const isOver = new Set(over.map(({ endMs, stream }) => JSON.stringify([stream, endMs])))
  let removed = 0
  for (const [key, { value, written }] of broadcasts) {
    const isObsolete =
      written.sourcePartition === sourcePartition &&
      value.startedAtMs >= momentsFromMs &&
      isOver.has(JSON.stringify([value.stream, value.endedAtMs])) &&
      !isFound.has(key)
    if (isObsolete && broadcasts.delete(key)) removed++
  }
  return removed
}

const sweepRows = (tables: Tables, { afterMs, deletes, repair, rows, toMs, window }: Sweep): Swept => {
  const computed = new Set(rows.map((row) => rowKey(row, repair.sourcePartition)))
  const removed: Array<SettledWindow> = []
  let rowsLeft = 0
  for (const [key, { value, written }] of tables.rows) {
    const { endMs, startMs, stream } = value
    const isOther =
      written.sourcePartition === repair.sourcePartition &&
      startMs > afterMs &&
      startMs <= toMs &&
      endMs <= repair.range.toMs &&
      !computed.has(key)
    if (!isOther) continue
    if (deletes && endMs - startMs === window.sizeMs && startMs % window.slideMs === 0) {
      tables.rows.delete(key)
      removed.push({ stream, endMs })
    } else rowsLeft++
  }
  return {
    rowsRemoved: removed.length,
    momentsRemoved: removeMoments(tables, { ...repair, settled: removed }),
    broadcastsRemoved: removeBroadcasts(tables, {
      ...repair,
      over: removed.filter(({ endMs }) => endMs <= repair.overToMs)
    }),
    rowsLeft
  }
}

/** Whether the tables hold the moment as it is, with its content if it brings one. */
const isStored = ({ moments, samples }: Tables, { content, ...moment }: Moment, sourcePartition: number): boolean => {
  const key = momentKey(moment, sourcePartition)
  const quoted = samples.get(key)?.value
  return (
    Equal.equals(moments.get(key)?.value, moment) &&
    (content === undefined || (quoted?.peakEnd === moment.metadata.peak_end && Equal.equals(quoted.content, content)))
  )
}

const repairRows = (tables: Tables, repair: Repair): RepairOutcome => {
  const { sourcePartition } = repair
  const flush =
    sourcePartition === FROM_FILES
      ? 0
      : present(tables.checkpoints.get(sourcePartition), "a repaired task has a checkpoint").flushNumber
  const written = { sourcePartition, flush }
  const rows = repair.rows.filter((row) => !Equal.equals(tables.rows.get(rowKey(row, sourcePartition))?.value, row))
  const rowsWritten = rows.filter((row) => tables.putRow(row, written)).length
  const moments = repair.moments.filter((moment) => !isStored(tables, moment, sourcePartition))
  const momentsWritten = moments.filter((moment) => tables.putMoment(moment, written)).length
  const broadcasts = repair.broadcasts.filter(
    (broadcast) => !Equal.equals(tables.broadcasts.get(broadcastKey(broadcast, sourcePartition))?.value, broadcast)
  )
  const broadcastsWritten = broadcasts.filter((broadcast) => tables.putBroadcast(broadcast, written)).length
  for (const letter of repair.deadLetters) tables.putFileLetter(letter)
  return {
    rowsWritten,
    momentsWritten,
    momentsRemoved: removeMoments(tables, repair),
    broadcastsWritten,
    broadcastsRemoved: removeBroadcasts(tables, repair),
    refusedRows: rows.length + moments.length + broadcasts.length - rowsWritten - momentsWritten - broadcastsWritten
  }
}

const broadcastsOf = (
  tables: Tables,
  { beforeMs, sinceMs, sourcePartition }: BroadcastsQuery
): ReadonlyArray<BroadcastSpan> =>
  tables
    .sortedBroadcasts()
    .filter(({ written }) => written.sourcePartition === sourcePartition)
    .filter(({ value: { endedAtMs, startedAtMs } }) => startedAtMs < beforeMs && endedAtMs >= sinceMs)
    .map(({ value: { endedAtMs, startedAtMs, stream } }) => ({ stream, startedAtMs, endedAtMs }))

/** Each call is synchronous, so no reader sees a part of it. */
export const make = (tables: Tables): RepairTables["Service"] => {
  const unless = <A>(repair: Repair, change: () => A): Effect.Effect<A, ResultStoreError> =>
    Effect.suspend(() => {
      const obstacle = obstacleOf(tables, repair)
      return obstacle === undefined ? Effect.sync(change) : Effect.fail(obstacle)
    })
  return RepairTables.of({
    broadcasts: (query) => Effect.sync(() => broadcastsOf(tables, query)),
    repair: (repair) => unless(repair, () => repairRows(tables, repair)),
    sweep: (sweep) => unless(sweep.repair, () => sweepRows(tables, sweep))
  })
}
