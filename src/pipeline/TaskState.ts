/** The state of a task's stages, as a checkpoint and the tables restore it. No I/O. */
import { Detection } from "../anomaly/Detection.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { Recovered } from "../sink/ResultStore.ts"
import type { IdleClock } from "../windowing/IdleClock.ts"
import { TaskWindows } from "../windowing/TaskWindows.ts"

export interface TaskStart {
  readonly settings: PipelineSettings
  readonly model: SentimentModel
  /** The worker that commits, for operators. */
  readonly owner: string
  readonly checkpoint: Checkpoint
  readonly recovered: Recovered
  /** Monotonic time of the assignment. */
  readonly monotonicMs: number
  /** One for each input; new ones by default. */
  readonly idleClocks?: ReadonlyArray<IdleClock>
}

export interface TaskState extends Pick<TaskStart, "checkpoint" | "monotonicMs" | "owner" | "settings"> {
  readonly futureOffsets: ReadonlyArray<OffsetRuns>
  readonly model: SentimentModel
  readonly windows: TaskWindows
  /** Still without the stored baselines and slides. */
  readonly detection: Detection
}

export const taskState = (start: TaskStart): TaskState => {
  const { checkpoint, idleClocks, model, monotonicMs, owner, recovered, settings } = start
  const { emitted, watermarkMs } = checkpoint
  const { detection: judging, sessionGapMs, window } = settings
  const detection = new Detection(window, judging, watermarkMs, recovered.moments, sessionGapMs)
  detection.restoreSensitivity(recovered.sensitivity, emitted?.endMs ?? watermarkMs)
  return {
    checkpoint,
    monotonicMs,
    owner,
    settings,
    futureOffsets: recovered.futureOffsets,
    model,
    windows: new TaskWindows(settings, checkpoint, recovered.gaps, monotonicMs, idleClocks),
    detection
  }
}
