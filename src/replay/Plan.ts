/**
 * Plans a replay: the records to read and the range to write, for each task. A replay starts like a
 * recovery: from a watermark, with the rows and open moments before it as the history of the
 * detectors. So scores depend on the rows before the range, exactly as the worker's scores did.
 * Windows before the range are not recomputed, because not all of their events are read.
 *
 * The records that are read suffice. An event more than MAX_FUTURE_SKEW ahead of its record's
 * timestamp is a dead letter. So events of the range are in records at most that much older than
 * its start. Earlier records hold earlier events, which close no window of the range and make no
 * event late for one.
 */
import { Clock, Effect, Option, Result, Stream } from "effect"
import { decodeRecord } from "../decode/Decoder.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../domain/EventTime.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import { ALL_PARTITIONS, FROM_FILES, type Input, type TaskDefinition } from "../domain/Task.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import type { RepairRange } from "../sink/Repair.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import * as BoundedLog from "./BoundedLog.ts"
import { EventLog, EventLogError } from "../source/EventLog.ts"

export interface Plan {
  /** The checkpoint from which the task starts. */
  readonly start: Checkpoint
  readonly range: RepairRange
  readonly stretch: BoundedLog.Stretch
  /** Per input: the likely end of reading, for the progress only. */
  readonly likelyEnds: ReadonlyArray<bigint>
}

export interface Planned {
  readonly plans: ReadonlyArray<Plan>
  /** Parts of the range that stay unchanged, with the reason; one line each. */
  readonly notices: ReadonlyArray<string>
}

export interface PlanSettings {
  readonly window: WindowSettings
  readonly read: ReadSettings
}

const startOf = (
  { read, window }: PlanSettings,
  { inputs, sourcePartition }: TaskDefinition,
  starts: ReadonlyArray<bigint>,
  watermarkMs: number
): Checkpoint => ({
  sourcePartition,
  epoch: 0,
  flushNumber: 0,
  watermarkMs: EventTimeMs(watermarkMs),
  window,
  read,
  partialToMs: BEFORE_ALL,
  inputs: inputs.map(({ kind, partition, topic }, index) => ({
    kind,
    topic,
    partition,
    nextOffset: starts[index] ?? 0n,
    rereadOffset: starts[index] ?? 0n,
    maxTimeBeforeRereadMs: BEFORE_ALL,
    active: true,
    earlier: []
  }))
})

/**
 * The time of the first accepted event of one input from its start (closed) to its end (open);
 * `undefined` if it has none. Lost records are skipped, as in a task.
 */
const firstEventMs = Effect.fnUntraced(function* (
  stretch: Pick<BoundedLog.Stretch, "task" | "starts" | "ends">,
  index: number,
  read: ReadSettings
): Effect.fn.Return<number | undefined, EventLogError, EventLog> {
  const { ends, starts, task } = stretch
  const [input, start] = [task.inputs[index], starts[index]]
  if (input === undefined || start === undefined) throw new RangeError(`the task has no input ${index}`)
  const log = yield* EventLog
  const clockMs = yield* Clock.currentTimeMillis
  const firstFrom = (offset: bigint): Effect.Effect<number | undefined, EventLogError> => {
    // The other inputs are at their ends.
    const from = ends.with(index, offset)
    return BoundedLog.make(log, { task, starts: from, ends, leftOut: [] })
      .read(task, from, () => [index])
      .pipe(
        Stream.flatMap(({ records }) => Stream.fromIterable(records)),
        Stream.map(({ timestampMs, value }) =>
          value === null ? undefined : decodeRecord(input.kind, { timestampMs, value }, read, clockMs)
        ),
        Stream.filter((decoded) => decoded !== undefined && Result.isSuccess(decoded)),
        Stream.map((decoded) => decoded.success.timeMs),
        Stream.runHead,
        Effect.map(Option.getOrUndefined),
        Effect.catch((error) => (error.loss === undefined ? Effect.fail(error) : firstFrom(error.loss.start)))
      )
  }
  return yield* firstFrom(start)
})

/**
 * Plans all events of files as one task. It starts at the earliest first event of its inputs, less
 * the watermark delay. Older events that follow later are late for all windows that end before.
 */
export const planFiles = Effect.fn("replay.planFiles")(function* (settings: PlanSettings) {
  const log = yield* EventLog
  const task = yield* Effect.map(Stream.runHead(log.assignments), (assignment) =>
    Option.getOrThrow(Option.flatMap(assignment, ({ tasks }) => Option.fromNullishOr(tasks[0])))
  )
  const starts = yield* log.startOffsets(task)
  const ends = yield* log.endOffsets(task)
  const firsts = yield* Effect.forEach(task.inputs, (_, index) =>
    firstEventMs({ task, starts, ends }, index, settings.read)
  )
  const firstMs = Math.min(...firsts.map((timeMs) => timeMs ?? Number.POSITIVE_INFINITY))
  // Without events the files hold at most dead letters, which belong to no window.
  const watermarkMs = Number.isFinite(firstMs) ? firstMs - settings.read.watermarkDelayMs : BEFORE_ALL
  const plan: Plan = {
    start: startOf(settings, { ...task, sourcePartition: FROM_FILES }, starts, watermarkMs),
    range: { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY },
    stretch: { task, starts, ends, leftOut: [] },
    likelyEnds: ends
  }
  return plan
})

export interface TopicsOptions extends PlanSettings {
  readonly range: RepairRange
  /** First offset of each input whose record has that timestamp or a later one. */
  readonly offsetsAt: (
    inputs: ReadonlyArray<Input>,
    timeMs: number
  ) => Effect.Effect<ReadonlyArray<bigint>, EventLogError>
}

const iso = (timeMs: number): string => new Date(timeMs).toISOString()

/**
 * The offsets at which reading starts. The timestamps of records bound their events. If they are
 * not trusted (FUTURE_REFERENCE=clock), reading starts at the log's start.
 */
const startsOf = Effect.fnUntraced(function* (
  inputs: ReadonlyArray<Input>,
  options: TopicsOptions,
  logStarts: ReadonlyArray<bigint>,
  ends: ReadonlyArray<bigint>
) {
  const { offsetsAt, range, read } = options
  if (read.futureReference === "clock") return logStarts
  const starts = yield* offsetsAt(inputs, Math.max(0, range.fromMs - read.maxFutureSkewMs))
  return starts.map((start, index) => {
    const [logStart = 0n, end = start] = [logStarts[index], ends[index]]
    // The offset of a time may be inside an open transaction, which is not readable.
    const readable = start < end ? start : end
    return readable > logStart ? readable : logStart
  })
})

/**
 * The start of the part of the range for which the log still has all events. If retention may have
 * deleted some, it is after the first remaining event, plus the watermark delay for disorder.
 */
const wholeFrom = Effect.fnUntraced(function* (
  task: TaskDefinition,
  options: TopicsOptions,
  starts: ReadonlyArray<bigint>,
  ends: ReadonlyArray<bigint>,
  logStarts: ReadonlyArray<bigint>
) {
  const notices: Array<string> = []
  let fromMs = options.range.fromMs
  for (const [index, input] of task.inputs.entries()) {
    const logStart = logStarts[index] ?? 0n
    if (logStart === 0n || (starts[index] ?? 0n) > logStart) continue
    const firstMs = yield* firstEventMs({ task, starts, ends }, index, options.read)
    const wholeMs = firstMs === undefined ? Number.POSITIVE_INFINITY : firstMs + options.read.watermarkDelayMs + 1
    if (wholeMs <= options.range.fromMs) continue
    notices.push(
      `The log of ${partitionLabel(input)} starts at offset ${logStart}; earlier records were deleted. ${Number.isFinite(wholeMs) ? `Windows that start before ${iso(wholeMs)}` : "All its windows"} stay unchanged`
    )
    fromMs = Math.max(fromMs, wholeMs)
  }
  return { fromMs, notices }
})

/** Fails if the log ends before the worker's position: a replay of the rest would delete rows. */
const refuseShorter = ({ inputs }: Checkpoint, ends: ReadonlyArray<bigint>): Effect.Effect<void, EventLogError> => {
  const shorter = inputs.find(({ nextOffset }, index) => (ends[index] ?? 0n) < nextOffset)
  return shorter === undefined
    ? Effect.void
    : new EventLogError({
        reason: "OffsetOutOfRange",
        detail: `The log of ${partitionLabel(shorter)} ends before offset ${shorter.nextOffset}, up to which the worker has read it: the topic was recreated or lost records. Nothing was replayed, because rows would be lost`
      })
}

const planTask = Effect.fnUntraced(function* (checkpoint: Checkpoint, options: TopicsOptions) {
  const log = yield* EventLog
  const store = yield* ResultStore
  const { sizeMs, slideMs } = options.window
  const { inputs, sourcePartition, watermarkMs } = checkpoint
  const task: TaskDefinition = {
    sourcePartition,
    inputs: inputs.map(({ kind, partition, topic }) => ({ kind, topic, partition }))
  }
  const logStarts = yield* log.startOffsets(task)
  const ends = yield* log.readableEnds(task)
  yield* refuseShorter(checkpoint, ends)
  const starts = yield* startsOf(task.inputs, options, logStarts, ends)
  const { fromMs, notices } = yield* wholeFrom(task, options, starts, ends, logStarts)
  const range: RepairRange = { fromMs, toMs: Math.min(options.range.toMs, watermarkMs) }
  const firstEndMs = Math.ceil(fromMs / slideMs) * slideMs + sizeMs
  if (!(firstEndMs <= range.toMs)) {
    const upTo = Number.isFinite(watermarkMs) ? `is written up to ${iso(watermarkMs)}` : "has not written any window"
    const planned: Planned = {
      plans: [],
      notices: [...notices, `Task ${sourcePartition} ${upTo}: none of its windows is entirely inside the range`]
    }
    return planned
  }
  const start = startOf(options, task, starts, firstEndMs - slideMs)
  // Events that the worker found too far in the future are skipped: the clock is later now.
  const { futureOffsets } = yield* store.recover(
    { ...start, inputs: start.inputs.map((input, index) => ({ ...input, nextOffset: ends[index] ?? 0n })) },
    { openSinceMs: AFTER_ALL, slidesSinceMs: AFTER_ALL }
  )
  const plan: Plan = {
    start,
    range,
    stretch: { task, starts, ends, leftOut: futureOffsets },
    likelyEnds: yield* options.offsetsAt(task.inputs, range.toMs + options.read.watermarkDelayMs)
  }
  const planned: Planned = { plans: [plan], notices }
  return planned
})

/**
 * Plans a time range of the topics for every task with a checkpoint. Reads at most up to the first
 * open transaction; a task is done once its watermark has passed the range. The `startOffsets` of
 * the log must be the starts of its partitions.
 */
export const planTopics = Effect.fn("replay.planTopics")(function* (options: TopicsOptions) {
  const store = yield* ResultStore
  const tasks = (yield* store.tasks).filter(
    (sourcePartition) => sourcePartition >= 0 || sourcePartition === ALL_PARTITIONS
  )
  const planned = yield* Effect.forEach(
    tasks,
    Effect.fnUntraced(function* (sourcePartition) {
      const checkpoint = yield* store.load(sourcePartition)
      return checkpoint === undefined ? { plans: [], notices: [] } : yield* planTask(checkpoint, options)
    })
  )
  const all: Planned = {
    plans: planned.flatMap(({ plans }) => plans),
    notices:
      tasks.length === 0
        ? ["The tables hold no checkpoint of a task that reads topics: run `telemetra run` before a replay"]
        : planned.flatMap(({ notices }) => notices)
  }
  return all
})
