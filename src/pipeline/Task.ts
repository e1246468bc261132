/** One task from its assignment to its end: recover, then read, compute and commit in one Stream. */
import { Deferred, Duration, Effect, Equal, Runtime, Schema, Stream } from "effect"
import { unstoredMs } from "../anomaly/Detection.ts"
import { momentsReachMs } from "../domain/Moment.ts"
import { type BaselineRow, REMEMBERED_MS } from "../domain/Baseline.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { BEFORE_ALL, EventTimeMs } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import type { PipelineSettings, ReadSettings } from "../domain/Settings.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import { ALL_PARTITIONS, type TaskDefinition } from "../domain/Task.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import { type CommitOutcome, ResultStore } from "../sink/ResultStore.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { backoff, retryTransient } from "../retry/Retry.ts"
import { DeadLetterTopic } from "../source/DeadLetterTopic.ts"
import { EventLog, EventLogError } from "../source/EventLog.ts"
import { flushes } from "./Flushes.ts"
import { batchRecords } from "./FlushStage.ts"
import { TaskActivity, type TaskMemory } from "./TaskActivity.ts"
import { taskInputs } from "./TaskInputs.ts"
import { monotonicMs } from "../domain/Monotonic.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { TaskStep } from "./TaskStep.ts"

export class TaskError extends Schema.TaggedError<TaskError>()("TaskError", {
  reason: Schema.Literals([
    /** Another worker has taken the task over. */
    "Fenced",
    /** The checkpoint was written under other settings. */
    "Settings",
    /** The checkpoint is of other inputs. */
    "Inputs"
  ]),
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return this.reason === "Fenced" ? ExitCode.unavailable : ExitCode.config
  }
  get isRetryable(): boolean {
    return false
  }
}

/** Rows that a flush left out, and the first one with the reason. */
export type Refused = Pick<
  Extract<CommitOutcome, { readonly _tag: "Committed" }>,
  "refusedRows" | "refusal" | "droppedDeadLetters"
>

export interface TaskOptions {
  readonly settings: PipelineSettings
  readonly model: SentimentModel
  /** Who commits, for people. */
  readonly owner: string
  /** Once done, the task flushes what is finished and ends. */
  readonly stop: Deferred.Deferred<void>
  /** What the process keeps of its tasks between two readings of the log. */
  readonly memory: TaskMemory
  /** How many records the log holds beyond a checkpoint, as far as is known without asking it; `null` = not known. */
  readonly knownLag: (checkpoint: Checkpoint) => number | null
  /** Receives where a task stands once it has been taken over, and where the log of each input ends. */
  readonly onStart: (checkpoint: Checkpoint, ends: ReadonlyArray<bigint>) => Effect.Effect<void>
  /** Receives every flush that is durable, what PostgreSQL refused of it, and how long its transaction took. */
  readonly onCommit: (flush: Flush, refused: Refused, tookMs: number) => Effect.Effect<void>
}

/** Refuses a task of the other TASK_SCOPE than those whose checkpoints stand: every record would count twice. */
const checkScope = Effect.fnUntraced(function* (task: TaskDefinition, standing: ReadonlyArray<number>) {
  const ofScope = (all: boolean) =>
    standing.some((sourcePartition) => (all ? sourcePartition === ALL_PARTITIONS : sourcePartition >= 0))
  const isAll = task.sourcePartition === ALL_PARTITIONS
  if (!ofScope(!isAll)) return
  return yield* new TaskError({
    reason: "Settings",
    detail:
      `The tables hold checkpoints of TASK_SCOPE=${isAll ? "partition" : "all"}: set it back, ` +
      `or choose another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
  })
})

/** The first checkpoint of a task that never ran, durable before anything is read. */
const firstCheckpoint = Effect.fnUntraced(function* (activity: TaskActivity, settings: PipelineSettings) {
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
      const start = starts[index] ?? 0n
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

const names = (inputs: TaskDefinition["inputs"]): string => inputs.map(partitionLabel).join(", ")

/** Refuses a checkpoint of other inputs. */
const checkInputs = Effect.fnUntraced(function* (task: TaskDefinition, checkpoint: Checkpoint) {
  const same =
    checkpoint.inputs.length === task.inputs.length &&
    checkpoint.inputs.every((input, index) => {
      const now = task.inputs[index]
      return input.topic === now?.topic && input.partition === now.partition
    })
  if (!same) {
    const remedy = checkpoint.inputs.every((input) =>
      task.inputs.some(({ partition, topic }) => input.topic === topic && input.partition === partition)
    )
      ? "Partitions were added, which this task can't take in: choose"
      : "Set CHAT_TOPIC and VIEWER_TOPIC back, or choose"
    return yield* new TaskError({
      reason: "Inputs",
      detail:
        `Task ${task.sourcePartition} stands at the inputs ${names(checkpoint.inputs)}, but is to read ${names(task.inputs)}. ` +
        `${remedy} another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
    })
  }
})

/**
 * The checkpoint under the size and slide that are configured. Where they have changed, only windows count that start after every event read before the re-read offsets, since those are whole, and after the start of a window that is written in part.
 */
const underWindow = (checkpoint: Checkpoint, window: WindowSettings): Checkpoint => {
  if (checkpoint.window.sizeMs === window.sizeMs && checkpoint.window.slideMs === window.slideMs) return checkpoint
  const { emitted, ...whole } = checkpoint
  const latestMs = Math.max(
    whole.partialToMs,
    ...whole.inputs.map(({ maxTimeBeforeRereadMs }) => maxTimeBeforeRereadMs),
    // some rows of it are written: under its size it must not come again, also if that is set back
    emitted === undefined ? BEFORE_ALL : emitted.endMs - whole.window.sizeMs
  )
  const sinceMs = Math.max(
    whole.watermarkMs,
    latestMs + window.sizeMs // no window is written that ends there or before
  )
  return {
    ...whole,
    window,
    partialToMs: EventTimeMs(latestMs),
    ...(!Number.isFinite(sinceMs) ? {} : { windowSinceMs: EventTimeMs(sinceMs) })
  }
}

/** The checkpoint under the settings by which records are read from now on; those that have been read are judged as they were. */
const underRead = (checkpoint: Checkpoint, read: ReadSettings): Checkpoint =>
  Equal.equals(checkpoint.read, read)
    ? checkpoint
    : {
        ...checkpoint,
        read,
        inputs: checkpoint.inputs.map((input) => ({
          ...input,
          earlier: [...input.earlier, { untilOffset: input.nextOffset, settings: checkpoint.read }].filter(
            ({ untilOffset }) => untilOffset > input.rereadOffset
          )
        }))
      }

/** Refuses a log that ends before where the task stands: what is read again from it would be something else. */
const checkEnds = Effect.fnUntraced(function* ({ inputs }: Checkpoint, ends: ReadonlyArray<bigint>) {
  for (const [index, { nextOffset, partition, topic }] of inputs.entries()) {
    const end = ends[index] ?? nextOffset
    if (nextOffset <= end) continue
    return yield* new EventLogError({
      reason: "OffsetOutOfRange",
      detail:
        `Topic ${partitionLabel({ topic, partition })}: offset ${nextOffset} is beyond the log's end ${end}: the topic was recreated or lost records; ` +
        `start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
    })
  }
})

/**
 * An input with unread records is not idle, whatever it was: else what its neighbours read first would make its backlog late.
 */
const withBacklog = (checkpoint: Checkpoint, ends: ReadonlyArray<bigint>): Checkpoint => ({
  ...checkpoint,
  inputs: checkpoint.inputs.map((input, index) => ({
    ...input,
    active: input.active || input.nextOffset < (ends[index] ?? 0n)
  }))
})

/** How many offsets lie between where the task reads from and where it stood. */
const unread = ({ inputs }: Checkpoint): bigint =>
  inputs.reduce((sum, { nextOffset, rereadOffset }) => sum + nextOffset - rereadOffset, 0n)

/**
 * Brings back what detection knows: the stored baselines, then the slides since, those that end at or after `judgedFromMs` (closed bound). A retry continues with the slides that were read last, so a long past ends on a
 * server that fails now and then. Returns how many there were of each.
 */
const readPast = Effect.fnUntraced(function* (step: TaskStep, checkpoint: Checkpoint, judgedFromMs: number) {
  const store = yield* ResultStore
  const { sourcePartition } = checkpoint
  const failing =
    (what: string) =>
    (attempt: number, { message }: { readonly message: string }) =>
      `Reading the ${what} of task ${sourcePartition} failed, attempt ${attempt}: ${message}`
  const past = { baselines: 0, slides: 0 }
  const restore = (page: ReadonlyArray<BaselineRow>) => {
    step.restore(page)
    past.baselines += page.length
  }
  const sinceMs = EventTimeMs(Math.max(checkpoint.watermarkMs - REMEMBERED_MS, judgedFromMs))
  yield* retryTransient(store.baselines(checkpoint, sinceMs, restore), failing("baselines"))
  let nextMs = EventTimeMs(Math.max(checkpoint.watermarkMs - unstoredMs(checkpoint.window), judgedFromMs))
  const remember = (page: ReadonlyArray<StreamSlide>) => {
    step.remember(page)
    past.slides += page.length
    nextMs = page.at(-1)?.endMs ?? nextMs
  }
  yield* retryTransient(
    Effect.suspend(() => store.slides(checkpoint, nextMs, remember)),
    failing("slides")
  )
  return past
})

/** Takes the task over and brings its state back. */
const recover = Effect.fnUntraced(function* (activity: TaskActivity, options: TaskOptions) {
  const { memory, model, owner, settings } = options
  const { task } = activity
  const store = yield* ResultStore
  const standing = yield* store.load(task.sourcePartition)
  if (standing === undefined) yield* firstCheckpoint(activity, settings)
  else yield* checkInputs(task, standing)
  const log = yield* EventLog
  const taken = yield* store.takeOver(task.sourcePartition, owner)
  const ends = yield* activity.awaitingLog(log.endOffsets(task))
  yield* checkEnds(taken, ends)
  const checkpoint = withBacklog(underRead(underWindow(taken, settings.window), settings.read), ends)
  const { watermarkMs, windowSinceMs = BEFORE_ALL } = checkpoint
  const judgedFromMs = windowSinceMs + 1
  const recovered = yield* store.recover(checkpoint, {
    openSinceMs: EventTimeMs(Math.max(watermarkMs - momentsReachMs(settings.window), judgedFromMs))
  })
  const nowMs = yield* monotonicMs
  const idleClocks = checkpoint.inputs.map((input) => memory.idleClocks.of(input, input.maxTimeBeforeRereadMs, nowMs))
  const step = new TaskStep({ settings, model, owner, checkpoint, idleClocks, recovered, monotonicMs: nowMs })
  const past = yield* readPast(step, checkpoint, judgedFromMs)
  yield* options.onStart(checkpoint, ends)
  yield* Effect.logInfo(
    `Task ${task.sourcePartition} taken over (epoch ${checkpoint.epoch}): ` +
      `${past.baselines} baselines, ${past.slides} slides since, ${unread(checkpoint)} records to be read again`
  )
  activity.reads(step.windows, nowMs)
  return step
})

/** The flush as it is committed now, with what is known only now. */
const committedNow = (flush: Flush, sinceMs: number, nowMs: number, { knownLag }: TaskOptions): Flush => ({
  ...flush,
  status: {
    ...flush.status,
    lagRecords: knownLag(flush.checkpoint),
    recordsPerSecond: nowMs > sinceMs ? (flush.status.records / (nowMs - sinceMs)) * 1000 : null
  }
})

/** Commits a flush, as often as it takes. */
const commit = Effect.fnUntraced(function* (activity: TaskActivity, flush: Flush, options: TaskOptions) {
  const { task } = activity
  const store = yield* ResultStore
  const log = yield* EventLog
  // Before the commit: a crash between the two publishes again, and loses nothing.
  if (flush.deadLetters.length > 0) {
    const topic = yield* DeadLetterTopic
    yield* topic.publish(flush.deadLetters).pipe(
      Effect.tapError((error) => Effect.logError(error.message)),
      Effect.retry(backoff),
      (published) => activity.awaitingLog(published)
    )
  }
  const [took, outcome] = yield* retryTransient(
    Effect.timed(store.commit(flush)),
    (attempt, { message }) =>
      `Commit of flush ${flush.checkpoint.flushNumber} of task ${task.sourcePartition} failed, attempt ${attempt}: ${message}`
  )
  if (outcome._tag === "Fenced") {
    return yield* new TaskError({
      reason: "Fenced",
      detail: `Task ${task.sourcePartition} is owned by another worker (epoch ${outcome.epoch}, ours ${flush.checkpoint.epoch}): flush ${flush.checkpoint.flushNumber} was not written`
    })
  }
  yield* log.commit(
    task,
    flush.checkpoint.inputs.map(({ nextOffset }) => nextOffset)
  )
  yield* Effect.logDebug(
    `Task ${task.sourcePartition} committed flush ${flush.checkpoint.flushNumber}: ${flush.rows.length} rows`
  )
  yield* options.onCommit(flush, outcome._tag === "Committed" ? outcome : { refusedRows: 0 }, Duration.toMillis(took))
})

/** Runs a task until it is stopped, its log ends, or it fails. The next flush is built while the last one commits. */
export const runTask = Effect.fn("Task.run")(function* (task: TaskDefinition, options: TaskOptions) {
  const activity = new TaskActivity(task)
  const { activities } = options.memory
  activities.set(task.sourcePartition, activity)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      if (activities.get(task.sourcePartition) === activity) activities.delete(task.sourcePartition)
    })
  )
  const state = yield* retryTransient(
    recover(activity, options),
    (attempt, { message }) => `Recovery of task ${task.sourcePartition} failed, attempt ${attempt}: ${message}`
  ).pipe(Effect.raceFirst(Effect.as(Deferred.await(options.stop), undefined)))
  if (state === undefined) return
  let flushedMs = yield* monotonicMs
  yield* taskInputs({
    task,
    windows: state.windows,
    activity,
    batchRecords: batchRecords(options.settings),
    rereadEnds: state.rereadEnds,
    stop: options.stop
  }).pipe(
    flushes(state, options.stop),
    Stream.buffer({ capacity: 1 }),
    Stream.mapEffect(
      Effect.fnUntraced(function* (flush) {
        const sinceMs = flushedMs
        flushedMs = yield* monotonicMs
        yield* commit(activity, committedNow(flush, sinceMs, flushedMs, options), options)
      })
    ),
    Stream.runDrain
  )
}, Effect.scoped)
