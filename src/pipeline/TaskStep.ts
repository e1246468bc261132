/**
 * All that a task computes, as one step: an input in, the flushes that are due out. No I/O, no clock, no randomness; the output depends on the inputs alone.
 * The step changes the state that it owns: one fiber feeds it, in order.
 */
import { type Detected, Detection } from "../anomaly/Detection.ts"
import type { BaselineRow } from "../domain/Baseline.ts"
import type { Batch } from "../domain/Batch.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { type Flush, NO_COUNTS } from "../domain/Flush.ts"
import { OffsetRuns } from "../domain/OffsetRuns.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import type { WindowSummary } from "../domain/SummaryRow.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import type { Recovered } from "../sink/ResultStore.ts"
import type { IdleClock } from "../windowing/IdleClock.ts"
import { decodeBatch, type Reread } from "../decode/BatchDecoder.ts"
import { FlushStage } from "./FlushStage.ts"
import type { TaskInput } from "../domain/TaskInput.ts"
import { type WindowInput, WindowStage } from "../windowing/TaskWindows.ts"

export interface TaskStart {
  readonly settings: PipelineSettings
  readonly model: SentimentModel
  /** Who commits, for people. */
  readonly owner: string
  readonly checkpoint: Checkpoint
  readonly recovered: Recovered
  /** Monotonic time of the assignment. */
  readonly monotonicMs: number
  /** One for each input; new ones by default. */
  readonly idleClocks?: ReadonlyArray<IdleClock>
}

/** The batch without the records below `position`. */
const dropBefore = (batch: Batch, position: bigint): Batch => {
  const first = batch.records[0]
  if (first === undefined || first.offset >= position) return batch
  const records = batch.records.filter(({ offset }) => offset >= position)
  return { ...batch, records, nextOffset: batch.nextOffset > position ? batch.nextOffset : position }
}

/** A store that names no offsets for an input has none. */
const NO_OFFSETS = new OffsetRuns()

export class TaskStep {
  readonly #start: TaskStart
  readonly #rereads: ReadonlyArray<Reread>
  readonly #detection: Detection
  readonly #flushes: FlushStage
  /** The windows, open to the source for what it may read and to observers. */
  readonly windows: WindowStage

  constructor(start: TaskStart) {
    const { settings, model, owner, checkpoint, idleClocks, recovered, monotonicMs } = start
    this.#start = start
    this.#rereads = checkpoint.inputs.map(({ earlier, nextOffset }, input) => ({
      earlier,
      untilOffset: nextOffset,
      futureOffsets: recovered.futureOffsets[input] ?? NO_OFFSETS
    }))
    this.windows = new WindowStage(settings, model, checkpoint, recovered.gaps, monotonicMs, idleClocks)
    this.#detection = new Detection(settings.window, settings.detection, checkpoint.watermarkMs, recovered.moments)
    this.#flushes = new FlushStage(settings, owner, checkpoint, monotonicMs)
  }

  /** Per input, where the re-read ends (open bound): no batch may reach across it. */
  get rereadEnds(): ReadonlyArray<bigint> {
    return this.#rereads.map(({ untilOffset }) => untilOffset)
  }

  /**
   * Takes an input in and gives the flushes that are due. They are made as they are taken, each with the checkpoint that goes with it: all must be taken before the next input, unless a flush is
   * the last before `Stop`. `undefined` among them = other fibers may run.
   */
  *results(input: TaskInput): Generator<Flush | undefined, void> {
    let output = yield* this.windows.step(this.#decode(input))
    let summaries: Array<WindowSummary> = []
    // what was not given before a stop comes after the restart
    for (const summary of input._tag === "Stop" ? [] : this.windows.emit()) {
      if (summary === undefined) {
        yield undefined
        continue
      }
      summaries.push(summary)
      if (summaries.length < this.#flushes.roomFor(output)) continue
      yield* this.#flushes.cut({ ...output, ...this.#detect(summaries) })
      summaries = []
      output = { ...output, counts: NO_COUNTS, deadLetters: [], gaps: [] }
    }
    yield* this.#flushes.step({ ...output, ...this.#detect(summaries) })
  }

  /** Takes the baselines in that the task has stored, before anything else. */
  restore(baselines: ReadonlyArray<BaselineRow>): void {
    this.#detection.restore(baselines)
  }

  /** Takes the slides in that the task has judged since then, ascending by end, before the first input. Some may come again. */
  remember(slides: ReadonlyArray<StreamSlide>): void {
    this.#detection.remember(slides)
  }

  /** Takes an input in and makes all its flushes at once. */
  step(input: TaskInput): ReadonlyArray<Flush> {
    return [...this.results(input)].filter((flush) => flush !== undefined)
  }

  #detect(summaries: ReadonlyArray<WindowSummary>): Detected {
    return this.#detection.step(summaries, this.windows.givenToMs)
  }

  #decode(input: TaskInput): WindowInput {
    if (input._tag !== "Batch") return input
    const { batch, clockMs } = input
    const source = this.#start.checkpoint.inputs[batch.input]
    const reread = this.#rereads[batch.input]
    if (source === undefined || reread === undefined) throw new RangeError(`the task has no input ${batch.input}`)
    // What the log hands out twice counts once.
    const position = this.windows.positions()[batch.input] ?? 0n
    return decodeBatch(source, dropBefore(batch, position), clockMs, this.#start.settings.read, reread)
  }
}
