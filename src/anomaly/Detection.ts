/**
 * Judges every window's last slide against its stream's baseline, and finds the moments and
 * broadcasts. A pure fold over a task's rows. The stored baselines, the slides since then and the
 * latest moments restore the same state as the whole past.
 */
import { broadcastOf } from "../broadcast/Fold.ts"
import { type BaselineRow, STORE_SLIDES } from "../domain/Baseline.ts"
import { type Broadcast, SESSION_GAP_MS } from "../domain/Broadcast.ts"
import { byCodeUnit } from "../domain/CodeUnits.ts"
import type { Moment } from "../domain/Moment.ts"
import type { Sensitivity, SensitivityApplied, SensitivityStep } from "../domain/Sensitivity.ts"
import type { DetectionSettings } from "../domain/Settings.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import type { StreamSlide } from "../domain/Slide.ts"
import type { SummaryRow, WindowSummary } from "../domain/SummaryRow.ts"
import { BROADCAST, WIDTH } from "./Baselines.ts"
import { DueBaselines } from "./DueBaselines.ts"
import { type Judged, Moments } from "./Moments.ts"

/**
 * How far back before the watermark the slides reach that no stored baseline holds (open bound).
 */
export const unstoredMs = ({ slideMs }: WindowSettings): number => STORE_SLIDES * slideMs

/** Event time between two searches for streams to forget. */
const FORGET_EVERY_MS = 600_000

/** The result of judging rows. */
export interface Detected {
  readonly rows: ReadonlyArray<SummaryRow>
  /** As after each of their slides: the last of a key counts. */
  readonly moments: ReadonlyArray<Moment>
  /** Due to be stored, of each slide in order of the streams; the last of a stream counts. */
  readonly baselines: ReadonlyArray<BaselineRow>
  /**
   * Broadcasts that begin, those of the streams whose baselines are due, and those that were not
   * stored when the next one began. The last of a key counts.
   */
  readonly broadcasts: ReadonlyArray<Broadcast>
}

export class Detection {
  readonly #slideMs: number
  readonly #moments: Moments
  readonly #due: DueBaselines
  /** Rows of windows that end at or before it (closed bound) may have been judged. */
  #reachedMs: number
  #forgottenToMs = Number.NEGATIVE_INFINITY

  /** Continues at a watermark. `moments`: those that may continue or be joined. */
  constructor(
    window: WindowSettings,
    detection: DetectionSettings,
    watermarkMs: number,
    moments: ReadonlyArray<Moment>,
    sessionGapMs = SESSION_GAP_MS
  ) {
    this.#slideMs = window.slideMs
    this.#reachedMs = watermarkMs
    this.#moments = new Moments(window, detection, moments, sessionGapMs)
    this.#due = new DueBaselines(window, watermarkMs)
  }

  /**
   * Takes the versions of the sensitivity in that the task applied, ascending, before any slide.
   * `reachedMs`: the end of the last window of which a row is written.
   */
  restoreSensitivity(steps: ReadonlyArray<SensitivityStep>, reachedMs: number): void {
    this.#reachedMs = Math.max(this.#reachedMs, reachedMs)
    this.#moments.thresholds.restore(steps)
  }

  /**
   * Applies a version to the windows of which no row has been judged. Returns what to store with
   * the rows that follow; `undefined` if the version is not new.
   */
  adopt(sensitivity: Sensitivity): SensitivityApplied | undefined {
    return this.#moments.thresholds.adopt(sensitivity, this.#reachedMs)
  }

  /** Takes stored baselines in, before any slide. */
  restore(baselines: ReadonlyArray<BaselineRow>): void {
    this.#moments.restore(baselines)
  }

  /**
   * Takes the slides in that the task has judged since its baselines were stored, ascending by end,
   * before the first row. Some may come again.
   */
  remember(slides: ReadonlyArray<StreamSlide>): void {
    for (const slide of slides) {
      const { stream } = slide
      if (this.#moments.learn(slide)) this.#due.add(this.#moments.baselines.placeOf(stream) / WIDTH, stream)
    }
  }

  /**
   * Judges rows, which ascend by end. The windows that end at or before `watermarkMs` (closed
   * bound) have all their rows.
   */
  step(summaries: ReadonlyArray<WindowSummary>, watermarkMs: number): Detected {
    const moments: Array<Moment> = []
    const baselines: Array<BaselineRow> = []
    const broadcasts: Array<Broadcast> = []
    const storeBroadcast = (stream: string, numbers: ArrayLike<number>, at: number): void => {
      const broadcast = broadcastOf(stream, numbers, at)
      if (broadcast !== undefined) broadcasts.push(broadcast)
    }
    const store = (endMs: number): void => {
      const due = this.#due.reach(endMs)
      if (due.length === 0) return
      const rows = due.map((number) => this.#moments.baselines.row(WIDTH * number))
      for (const row of rows.sort((a, b) => byCodeUnit(a.stream, b.stream))) {
        baselines.push(row)
        storeBroadcast(row.stream, row.numbers, BROADCAST)
      }
    }
    const rows: Array<SummaryRow> = []
    for (const summary of summaries) {
      store(summary.endMs - this.#slideMs)
      const { stream } = summary
      const place = this.#moments.baselines.placeOf(stream)
      if (this.#moments.endsBroadcast(place, summary) && this.#due.has(place / WIDTH))
        storeBroadcast(stream, this.#moments.baselines.numbers, place + BROADCAST)
      const judged = this.#moments.step(summary, place)
      if (judged.beginsBroadcast) storeBroadcast(stream, this.#moments.baselines.numbers, place + BROADCAST)
      this.#due.add(place / WIDTH, stream)
      for (const moment of judged.moments) moments.push(moment)
      rows.push(judgedRow(summary, judged))
    }
    store(watermarkMs)
    const last = summaries.at(-1)
    this.#reachedMs = Math.max(this.#reachedMs, watermarkMs, last?.endMs ?? watermarkMs)
    if (last !== undefined) this.#forgetBefore(last.endMs)
    return { rows, moments, baselines, broadcasts }
  }

  #forgetBefore(endMs: number): void {
    if (endMs - this.#forgottenToMs < FORGET_EVERY_MS) return
    this.#forgottenToMs = endMs
    this.#moments.forgetBefore(endMs, (place) => this.#due.has(place / WIDTH))
  }
}

/** Completes the summary itself, which its maker gave away: a copy would double the memory. Hot. */
const judgedRow = (summary: WindowSummary, { isAnomaly, zScore }: Judged): SummaryRow => {
  const row = summary as { -readonly [Field in keyof SummaryRow]: SummaryRow[Field] }
  row.zScore = zScore
  row.isAnomaly = isAnomaly
  if (row.content !== undefined) delete row.content
  return row
}
