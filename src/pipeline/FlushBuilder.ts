/**
 * Collects results until a flush is due: once per trigger interval, or sooner if the flush is full
 * or if new rows are ready. Each flush carries the checkpoint of exactly its content.
 */
import type { BaselineRow } from "../domain/Baseline.ts"
import { type Broadcast, broadcastKeyText } from "../domain/Broadcast.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import { addCounts, type Flush, type InputCounts, NO_COUNTS } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import { type Moment, momentKeyText, withLatestContent } from "../domain/Moment.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { SensitivityApplied } from "../domain/Sensitivity.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"
import type { Progress } from "../windowing/WindowOutput.ts"
import type { DetectedOutput } from "./Detect.ts"

/** Rows and dead letters that fill a flush: bounds memory and the transaction. */
const MAX_RESULTS = 5_000

/** Bytes of dead letters that fill a flush: they stay in memory until they are published. */
const MAX_DEAD_LETTER_BYTES = 16 * 1024 * 1024

/** Longer gaps between two ticks count as idle time. */
const STANDSTILL_MS = 500

/** Maximum records of one batch: the granularity at which a flush can be bounded. */
const MAX_BATCH_RECORDS = 1000

/** Records per batch that keep a flush within `maxRecordsPerFlush`. */
export const batchRecords = ({ maxRecordsPerFlush = MAX_BATCH_RECORDS }: PipelineSettings): number =>
  Math.min(MAX_BATCH_RECORDS, maxRecordsPerFlush)

export const maxResults = ({ maxResultsPerFlush = MAX_RESULTS }: PipelineSettings): number => maxResultsPerFlush

const addInput = (a: InputCounts, b: InputCounts): InputCounts => {
  const lateExample = b.lateExample ?? a.lateExample
  return { ...addCounts(a, b), ...(lateExample === undefined ? {} : { lateExample }) }
}

const sameProgress = (checkpoint: Checkpoint, progress: Progress): boolean =>
  checkpoint.watermarkMs === progress.watermarkMs &&
  checkpoint.emitted?.endMs === progress.emitted?.endMs &&
  checkpoint.emitted?.stream === progress.emitted?.stream &&
  checkpoint.inputs.every((input, index) => {
    const now = progress.inputs[index]
    return now !== undefined && input.nextOffset === now.nextOffset && input.active === now.active
  })

export interface FlushStart {
  readonly settings: PipelineSettings
  /** The worker that commits, for operators. */
  readonly owner: string
  readonly checkpoint: Checkpoint
  /** Monotonic time of the assignment. */
  readonly monotonicMs: number
}

/** The content of a flush that is being collected. */
class Content {
  readonly rows: Array<SummaryRow> = []
  readonly sensitivity: Array<SensitivityApplied> = []
  readonly deadLetters: Array<DeadLetter> = []
  deadLetterBytes = 0
  counts = NO_COUNTS
  /** By input; inputs of which nothing was read are absent. */
  readonly inputCounts = new Map<number, InputCounts>()
  readonly #moments = new Map<string, Moment>()
  readonly #baselines = new Map<string, BaselineRow>()
  readonly #broadcasts = new Map<string, Broadcast>()
  readonly #gaps = new Map<string, Gap>()
  /** The position that the content covers; `undefined` while there is no content. */
  progress: Progress | undefined

  /** Rows and dead letters. */
  get size(): number {
    return this.rows.length + this.deadLetters.length
  }

  get moments(): ReadonlyArray<Moment> {
    return [...this.#moments.values()]
  }

  get baselines(): ReadonlyArray<BaselineRow> {
    return [...this.#baselines.values()]
  }

  get broadcasts(): ReadonlyArray<Broadcast> {
    return [...this.#broadcasts.values()]
  }

  get gaps(): ReadonlyArray<Gap> {
    return [...this.#gaps.values()]
  }

  add(output: DetectedOutput): void {
    for (const row of output.rows) this.rows.push(row)
    if (output.sensitivity !== undefined) this.sensitivity.push(output.sensitivity)
    for (const letter of output.deadLetters) {
      this.deadLetters.push(letter)
      this.deadLetterBytes += letter.payload.length
    }
    for (const moment of output.moments) {
      const key = momentKeyText(moment)
      this.#moments.set(key, withLatestContent(moment, this.#moments.get(key)))
    }
    for (const baseline of output.baselines) this.#baselines.set(baseline.stream, baseline)
    for (const broadcast of output.broadcasts) this.#broadcasts.set(broadcastKeyText(broadcast), broadcast)
    for (const gap of output.gaps) {
      this.#gaps.set(JSON.stringify([gap.topic, gap.partition, String(gap.fromOffset)]), gap)
    }
    this.counts = addCounts(this.counts, output.counts)
    if (output.input !== undefined) {
      this.inputCounts.set(output.input, addInput(this.inputCounts.get(output.input) ?? NO_COUNTS, output.counts))
    }
    this.progress = output.progress
  }
}

export class FlushBuilder {
  readonly #settings: PipelineSettings
  readonly #owner: string
  /** As of the last flush. */
  #checkpoint: Checkpoint
  #content = new Content()
  #lastFlushWithRows: number | null = null
  #tickedAtMs: number
  /** The wall clock at the last tick. */
  #clockMs = Number.POSITIVE_INFINITY
  /** Time since the last flush in which inputs were processed. */
  #workedMs = 0

  constructor({ checkpoint, monotonicMs, owner, settings }: FlushStart) {
    this.#settings = settings
    this.#owner = owner
    this.#checkpoint = checkpoint
    this.#tickedAtMs = monotonicMs
  }

  /** Whether content waits for its flush. */
  get hasContent(): boolean {
    const { counts, progress, rows, sensitivity } = this.#content
    if (progress === undefined) return false
    return counts.records > 0 || rows.length > 0 || sensitivity.length > 0 || !sameProgress(this.#checkpoint, progress)
  }

  /**
   * Adds results and returns the flushes that are due. If the results do not fit, the content
   * before them is due.
   */
  add(output: DetectedOutput): ReadonlyArray<Flush> {
    const content = this.#content
    const fits = content.size + output.rows.length + output.deadLetters.length <= maxResults(this.#settings)
    const before = content.size === 0 || fits ? [] : this.#flush()
    this.#content.add(output)
    if (output.tick !== undefined) this.#pass(output.tick)
    return this.#isFull() || (output.isLast && this.#isDue(output)) ? [...before, ...this.#flush()] : before
  }

  /**
   * A slow sink spaces the ticks out. The backlog is then written in flushes of a whole interval's
   * work.
   */
  #pass({ clockMs, monotonicMs }: NonNullable<DetectedOutput["tick"]>): void {
    this.#clockMs = clockMs
    this.#workedMs += Math.min(monotonicMs - this.#tickedAtMs, STANDSTILL_MS)
    this.#tickedAtMs = monotonicMs
  }

  #isFull(): boolean {
    const { deadLetterBytes, size } = this.#content
    return size >= maxResults(this.#settings) || deadLetterBytes >= MAX_DEAD_LETTER_BYTES
  }

  #isDue({ cause, progress }: DetectedOutput): boolean {
    const { maxRecordsPerFlush, triggerIntervalMs } = this.#settings
    switch (cause) {
      case "EndOfInput":
      case "Stop":
        return true
      case "Gap":
        return false
      case "Tick":
        return this.#workedMs >= triggerIntervalMs || this.#isAwaited(progress)
      case "Decoded":
        return this.#isAwaited(progress) || this.#isBeyond(maxRecordsPerFlush)
    }
  }

  /** Whether the records of another batch would exceed the limit. */
  #isBeyond(maxRecords = Number.POSITIVE_INFINITY): boolean {
    return this.#content.counts.records + batchRecords(this.#settings) > maxRecords
  }

  /**
   * Whether readers may wait for the rows: their windows have just ended, and there is no backlog.
   * All rows of a slide come at once, so this makes at most one more flush per slide. If the
   * interval is at least a slide, the user wants fewer flushes.
   */
  #isAwaited(progress: Progress): boolean {
    const { read, triggerIntervalMs, window } = this.#settings
    if (this.#content.rows.length === 0 || triggerIntervalMs >= window.slideMs) return false
    return this.#clockMs - progress.watermarkMs <= read.watermarkDelayMs + triggerIntervalMs
  }

  /** Returns the content as a flush, unless it is empty and the position is unchanged. */
  #flush(): ReadonlyArray<Flush> {
    this.#workedMs = 0
    const { baselines, broadcasts, counts, deadLetters, gaps, inputCounts, moments, progress, rows, sensitivity } =
      this.#content
    if (progress === undefined || !this.hasContent) return []
    const { emitted: _, ...before } = this.#checkpoint
    this.#checkpoint = {
      ...before,
      window: this.#settings.window,
      read: this.#settings.read,
      flushNumber: before.flushNumber + 1,
      ...progress
    }
    this.#content = new Content()
    if (rows.length > 0) this.#lastFlushWithRows = this.#checkpoint.flushNumber
    return [
      {
        checkpoint: this.#checkpoint,
        watermarkBeforeMs: before.watermarkMs,
        rows,
        moments,
        baselines,
        broadcasts,
        ...(sensitivity.length === 0 ? {} : { sensitivity }),
        deadLetters,
        gaps,
        status: {
          owner: this.#owner,
          lastFlushWithRows: this.#lastFlushWithRows,
          ...counts,
          lagRecords: null,
          recordsPerSecond: null
        },
        inputCounts: progress.inputs.map((_, input) => inputCounts.get(input) ?? NO_COUNTS)
      }
    ]
  }
}
