/**
 * Takes a task over and restores its state from the tables. The log is then read again from the
 * re-read offsets.
 */
import { Effect } from "effect"
import { type Detection, unstoredMs } from "../anomaly/Detection.ts"
import { type BaselineRow, REMEMBERED_MS } from "../domain/Baseline.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { BEFORE_ALL, EventTimeMs } from "../domain/EventTime.ts"
import { present } from "../domain/Invariant.ts"
import { momentsReachMs } from "../domain/Moment.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import { retryTransient } from "../retry/Retry.ts"
import { Sentiment } from "../sentiment/Sentiment.ts"
import { ResultStore } from "../sink/ResultStore.ts"
import { EventLog } from "../source/EventLog.ts"
import { checkEnds, checkInputs, checkScope, ONE_PER_INPUT } from "./CheckpointChecks.ts"
import { underRead, underWindow, withBacklog } from "./CheckpointUpdate.ts"
import type { TaskOptions } from "./Task.ts"
import type { TaskActivity } from "./TaskActivity.ts"
import { TaskObserver } from "./TaskObserver.ts"
import { taskState } from "./TaskState.ts"

/** Stores the first checkpoint of a task that never ran, before anything is read. */
const createFirstCheckpoint = Effect.fnUntraced(function* (activity: TaskActivity, settings: PipelineSettings) {
  const { task } = activity
  const log = yield* EventLog
  const store = yield* ResultStore
  yield* checkScope(task, yield* store.tasks)
  const starts = yield* activity.awaitingLog(log.startOffsets(task))
  const ends = yield* activity.awaitingLog(log.endOffsets(task))
  const checkpoint: Checkpoint = {
    sourcePartition: task.sourcePartition,
    epoch: 0,
    flushNumber: 0,
    watermarkMs: BEFORE_ALL,
    window: settings.window,
    read: settings.read,
    partialToMs: BEFORE_ALL,
    inputs: task.inputs.map((input, index) => {
      const start = present(starts[index], ONE_PER_INPUT)
      return {
        ...input,
        nextOffset: start,
        rereadOffset: start,
        maxTimeBeforeRereadMs: BEFORE_ALL,
        active: start !== ends[index],
        earlier: []
      }
    })
  }
  yield* store.create(checkpoint)
})

/** Offsets between the re-read offsets and the position of the checkpoint. */
const rereadOffsets = ({ inputs }: Checkpoint): bigint =>
  inputs.reduce((sum, { nextOffset, rereadOffset }) => sum + nextOffset - rereadOffset, 0n)

/** The end of the first slide that no stored baseline may hold (closed bound). */
const slidesSince = ({ watermarkMs, window }: Checkpoint, judgedFromMs: number): EventTimeMs =>
  EventTimeMs(Math.max(watermarkMs - unstoredMs(window), judgedFromMs))

/**
 * Restores the detection: the stored baselines, then the slides since, as far as they end at or
 * after `judgedFromMs` (closed bound). A retry continues after the last page of slides, so that a
 * long past is read to its end even on an unreliable server. Returns the number of each.
 */
const readPast = Effect.fnUntraced(function* (detection: Detection, checkpoint: Checkpoint, judgedFromMs: number) {
  const store = yield* ResultStore
  const { sourcePartition } = checkpoint
  const failing =
    (what: string) =>
    (attempt: number, { message }: { readonly message: string }) =>
      `Reading the ${what} of task ${sourcePartition} failed, attempt ${attempt}: ${message}`
  const past = { baselines: 0, slides: 0 }
  const restore = (page: ReadonlyArray<BaselineRow>) => {
    detection.restore(page)
    past.baselines += page.length
  }
  const sinceMs = EventTimeMs(Math.max(checkpoint.watermarkMs - REMEMBERED_MS, judgedFromMs))
  yield* retryTransient(store.baselines(checkpoint, sinceMs, restore), failing("baselines"))
  let nextMs = slidesSince(checkpoint, judgedFromMs)
  const remember = (page: ReadonlyArray<StreamSlide>) => {
    detection.remember(page)
    past.slides += page.length
    nextMs = page.at(-1)?.endMs ?? nextMs
  }
  yield* retryTransient(
    Effect.suspend(() => store.slides(checkpoint, nextMs, remember)),
    failing("slides")
  )
  return past
})

/** Takes the task over and restores the state of its stages. */
export const recover = Effect.fn("Task.recover")(function* (
  activity: TaskActivity,
  { memory, owner, settings }: TaskOptions
) {
  const { task } = activity
  const store = yield* ResultStore
  const log = yield* EventLog
  const stored = yield* store.load(task.sourcePartition)
  if (stored === undefined) yield* createFirstCheckpoint(activity, settings)
  else yield* checkInputs(task, stored)
  const taken = yield* store.takeOver(task.sourcePartition, owner)
  const ends = yield* activity.awaitingLog(log.endOffsets(task))
  yield* checkEnds(taken, ends)
  const checkpoint = withBacklog(underRead(underWindow(taken, settings.window), settings.read), ends)
  const { watermarkMs, windowSinceMs = BEFORE_ALL } = checkpoint
  const judgedFromMs = windowSinceMs + 1
  const recovered = yield* store.recover(checkpoint, {
    openSinceMs: EventTimeMs(Math.max(watermarkMs - momentsReachMs(settings.window), judgedFromMs)),
    slidesSinceMs: slidesSince(checkpoint, judgedFromMs)
  })
  const nowMs = yield* monotonicMs
  const idleClocks = checkpoint.inputs.map((input) => memory.idleClocks.of(input, input.maxTimeBeforeRereadMs, nowMs))
  const model = yield* Sentiment
  const state = taskState({ settings, model, owner, checkpoint, idleClocks, recovered, monotonicMs: nowMs })
  const past = yield* readPast(state.detection, checkpoint, judgedFromMs)
  yield* (yield* TaskObserver).onStart(checkpoint, ends)
  yield* Effect.logInfo(
    `Task ${task.sourcePartition} taken over (epoch ${checkpoint.epoch}): ` +
      `${past.baselines} baselines, ${past.slides} slides since, ${rereadOffsets(checkpoint)} records to be read again`
  )
  activity.reads(state.windows, nowMs)
  return state
})
