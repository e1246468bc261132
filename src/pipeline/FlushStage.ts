/** Gathers results into flushes: one every trigger interval, or sooner: by size, and as soon as rows are there that are new. Each carries the checkpoint that belongs to it. */
import type { Detected } from "../anomaly/Detection.ts"
import type { BaselineRow } from "../domain/Baseline.ts"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import { type Counts, type Flush, type InputCounts, NO_COUNTS } from "../domain/Flush.ts"
import type { Gap } from "../domain/Gap.ts"
import type { Moment } from "../domain/Moment.ts"
import type { PipelineSettings } from "../domain/Settings.ts"
import type { SummaryRow } from "../domain/SummaryRow.ts"
import type { Progress, WindowOutput } from "../windowing/TaskWindows.ts"

/** What the windows and the detectors made of one input. */
export interface DetectedOutput extends WindowOutput, Detected {}

/** Rows and dead letters of one flush, at which it goes before its time: bounds memory and the transaction. */
const MAX_RESULTS = 5_000

/** Bytes of dead letters, likewise: they are kept whole until they are published. */
const MAX_DEAD_LETTER_BYTES = 16 * 1024 * 1024

/** More than this between two ticks is no work. */
const STANDSTILL_MS = 500

/** Records of one batch at most: the grain in which a flush can be bounded. */
export const MAX_BATCH_RECORDS = 1000

/** The grain under an upper bound of records per flush. */
export const batchRecords = (settings: PipelineSettings): number =>
  Math.min(MAX_BATCH_RECORDS, settings.maxRecordsPerFlush ?? MAX_BATCH_RECORDS)

const add = (a: Counts, b: Counts): Counts => ({
  records: a.records + b.records,
  events: a.events + b.events,
  late: a.late + b.late,
  deadLetters: a.deadLetters + b.deadLetters,
  tombstones: a.tombstones + b.tombstones,
  droppedChatPairs: a.droppedChatPairs + b.droppedChatPairs,
  cutEvents: a.cutEvents + b.cutEvents,
  cutEmotes: a.cutEmotes + b.cutEmotes,
  cutChatters: a.cutChatters + b.cutChatters
})

const addInput = (a: InputCounts, b: InputCounts): InputCounts => {
  const lateExample = b.lateExample ?? a.lateExample
  return { ...add(a, b), ...(lateExample === undefined ? {} : { lateExample }) }
}

const sameProgress = (checkpoint: Checkpoint, progress: Progress): boolean =>
  checkpoint.watermarkMs === progress.watermarkMs &&
  checkpoint.emitted?.endMs === progress.emitted?.endMs &&
  checkpoint.emitted?.stream === progress.emitted?.stream &&
  checkpoint.inputs.every((input, index) => {
    const now = progress.inputs[index]
    return now !== undefined && input.nextOffset === now.nextOffset && input.active === now.active
  })

export class FlushStage {
  readonly #settings: PipelineSettings
  readonly #owner: string
  /** As after the last flush. */
  #checkpoint: Checkpoint
  #rows: Array<SummaryRow> = []
  #moments = new Map<string, Moment>()
  #baselines = new Map<string, BaselineRow>()
  #deadLetters: Array<DeadLetter> = []
  #deadLetterBytes = 0
  #gaps = new Map<string, Gap>()
  #counts = NO_COUNTS
  /** By input; those of which nothing was read are left out. */
  #inputCounts = new Map<number, InputCounts>()
  #tickedAtMs: number
  /** Time since the last flush in which inputs were taken. */
  #workedMs = 0

  /** `monotonicMs` is the time of the assignment. */
  constructor(settings: PipelineSettings, owner: string, checkpoint: Checkpoint, monotonicMs: number) {
    this.#settings = settings
    this.#owner = owner
    this.#checkpoint = checkpoint
    this.#tickedAtMs = monotonicMs
  }

  /** How many rows more the flush takes, together with those of an output and its dead letters; at least one. */
  roomFor({ deadLetters }: Pick<DetectedOutput, "deadLetters">): number {
    const { maxResultsPerFlush = MAX_RESULTS } = this.#settings
    return Math.max(1, maxResultsPerFlush - this.#rows.length - this.#deadLetters.length - deadLetters.length)
  }

  /** Takes results in; gives the flush that is due, if any. */
  step(output: DetectedOutput): ReadonlyArray<Flush> {
    this.#take(output)
    return this.#isDue(output) ? this.#flush(output) : []
  }

  /** Takes the first results of an output in and gives them, since there is no room for the rest. */
  cut(output: DetectedOutput): ReadonlyArray<Flush> {
    this.#take(output)
    return this.#flush(output)
  }

  #take(output: DetectedOutput): void {
    for (const row of output.rows) this.#rows.push(row)
    for (const letter of output.deadLetters) {
      this.#deadLetters.push(letter)
      this.#deadLetterBytes += letter.payload.length
    }
    for (const moment of output.moments) {
      this.#moments.set(JSON.stringify([moment.stream, moment.openedAs, moment.timestampMs]), moment)
    }
    for (const baseline of output.baselines) this.#baselines.set(baseline.stream, baseline)
    for (const gap of output.gaps)
      this.#gaps.set(JSON.stringify([gap.topic, gap.partition, String(gap.fromOffset)]), gap)
    this.#counts = add(this.#counts, output.counts)
    if (output.input !== undefined) {
      this.#inputCounts.set(output.input, addInput(this.#inputCounts.get(output.input) ?? NO_COUNTS, output.counts))
    }
    if (output.tick !== undefined) this.#pass(output.tick.monotonicMs)
  }

  /** Ticks come far apart where the sink is behind and holds the inputs back: a backlog is then written in flushes of a whole interval's work. */
  #pass(monotonicMs: number): void {
    this.#workedMs += Math.min(monotonicMs - this.#tickedAtMs, STANDSTILL_MS)
    this.#tickedAtMs = monotonicMs
  }

  #isDue(output: DetectedOutput): boolean {
    const { maxRecordsPerFlush, maxResultsPerFlush = MAX_RESULTS, triggerIntervalMs } = this.#settings
    switch (output.cause) {
      case "EndOfInput":
      case "Stop":
        return true
      case "Gap":
        return false
      case "Tick":
        return this.#workedMs >= triggerIntervalMs || this.#isAwaited(output)
      case "Decoded":
        return (
          this.#rows.length + this.#deadLetters.length >= maxResultsPerFlush ||
          this.#deadLetterBytes >= MAX_DEAD_LETTER_BYTES ||
          (maxRecordsPerFlush !== undefined && this.#counts.records + batchRecords(this.#settings) > maxRecordsPerFlush)
        )
    }
  }

  /**
   * Whether somebody may be waiting for the rows: their windows have ended just now, and not in a backlog. Those of a slide come all at once, so that this makes one flush more a slide at
   * most; none where the interval is as long as a slide, by which the user wants fewer.
   */
  #isAwaited({ progress, tick }: DetectedOutput): boolean {
    const { read, triggerIntervalMs, window } = this.#settings
    if (tick === undefined || this.#rows.length === 0 || triggerIntervalMs >= window.slideMs) return false
    return tick.clockMs - progress().watermarkMs <= read.watermarkDelayMs + triggerIntervalMs
  }

  #flush({ progress }: DetectedOutput): ReadonlyArray<Flush> {
    this.#workedMs = 0
    const now = progress()
    if (this.#counts.records === 0 && this.#rows.length === 0 && sameProgress(this.#checkpoint, now)) return []
    const { emitted: _, ...before } = this.#checkpoint
    const watermarkBeforeMs = before.watermarkMs
    this.#checkpoint = {
      ...before,
      window: this.#settings.window,
      read: this.#settings.read,
      flushNumber: this.#checkpoint.flushNumber + 1,
      watermarkMs: now.watermarkMs,
      ...(now.emitted === undefined ? {} : { emitted: now.emitted }),
      inputs: now.inputs
    }
    const flush: Flush = {
      checkpoint: this.#checkpoint,
      watermarkBeforeMs,
      rows: this.#rows,
      moments: [...this.#moments.values()],
      baselines: [...this.#baselines.values()],
      deadLetters: this.#deadLetters,
      gaps: [...this.#gaps.values()],
      status: { owner: this.#owner, ...this.#counts, lagRecords: null, recordsPerSecond: null },
      inputCounts: this.#checkpoint.inputs.map((_, input) => this.#inputCounts.get(input) ?? NO_COUNTS)
    }
    this.#rows = []
    this.#moments = new Map()
    this.#baselines = new Map()
    this.#deadLetters = []
    this.#deadLetterBytes = 0
    this.#gaps = new Map()
    this.#counts = NO_COUNTS
    this.#inputCounts = new Map()
    return [flush]
  }
}
