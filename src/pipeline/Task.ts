/**
 * One task from its assignment to its end, as one Stream: log → decode → windows → detect → flushes
 * → commit.
 */
import { Deferred, Effect, Stream } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import { retryTransient } from "../retry/Retry.ts"
import { commit } from "./Commit.ts"
import { decode } from "./Decode.ts"
import { detect } from "./Detect.ts"
import { FlushBuilder } from "./FlushBuilder.ts"
import { flushes } from "./Flushes.ts"
import type { ReadControl } from "./ReadControl.ts"
import { readLog } from "./ReadLog.ts"
import { recover } from "./Recovery.ts"
import { TaskActivity, type TaskMemory } from "./TaskActivity.ts"
import { windows } from "./Windows.ts"

export interface TaskOptions {
  readonly settings: PipelineSettings
  /** The worker that commits, for operators. */
  readonly owner: string
  /** Once done, the task flushes the finished rows and ends. */
  readonly stop: Deferred.Deferred<void>
  /** State that the process keeps of its tasks between two readings of the log. */
  readonly memory: TaskMemory
  /**
   * Records that the log holds beyond a checkpoint, from memory, without a request; `null` =
   * unknown.
   */
  readonly knownLag: (checkpoint: Checkpoint) => number | null
}

/** Runs a task until it is stopped, its log ends, or it fails. */
export const runTask = Effect.fn("Task.run")(function* (task: TaskDefinition, options: TaskOptions) {
  const { knownLag, memory, settings, stop } = options
  const activity = new TaskActivity(task)
  yield* memory.register(activity)
  const state = yield* retryTransient(
    recover(activity, options),
    (attempt, { message }) => `Recovery of task ${task.sourcePartition} failed, attempt ${attempt}: ${message}`
  ).pipe(Effect.raceFirst(Effect.as(Deferred.await(stop), undefined)))
  if (state === undefined) return

  const builder = new FlushBuilder(state)
  const control: ReadControl = {
    demand: () => state.windows.demand(),
    positions: () => state.windows.positions(),
    wantsEnds: (nowMs) => state.windows.wantsEnds(nowMs),
    wantsTime: () => builder.hasContent || state.windows.followsClock
  }
  yield* readLog({ activity, checkpoint: state.checkpoint, control, settings, stop }).pipe(
    decode(state),
    windows({ settings, stop, windows: state.windows }),
    detect(state.detection),
    flushes(builder),
    Stream.buffer({ capacity: 1 }), // The next flush is built while the last one commits.
    commit({ activity, knownLag }),
    Stream.runDrain
  )
}, Effect.scoped)
