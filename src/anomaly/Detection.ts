/**
 * Judges every window against its stream's past and finds the moments. A pure fold over a task's rows: the rows of the look-back and the moments that are open give the same state as
 * the whole past.
 */
import type { Moment, MomentType } from "../domain/Moment.ts"
import type { DetectionSettings, WindowSettings } from "../domain/Settings.ts"
import type { PastWindow, SummaryRow, WindowSummary } from "../domain/SummaryRow.ts"
import { judge } from "./Baseline.ts"
import { baselineValues, type Detector } from "./Detector.ts"
import { ChatVolume } from "./detectors/ChatVolume.ts"
import { SentimentShift } from "./detectors/SentimentShift.ts"
import { ViewerCount } from "./detectors/ViewerCount.ts"
import { advance } from "./Episode.ts"
import { History } from "./History.ts"

/** All detectors. The first one's score is the row's `z_score`. */
export const DETECTORS: readonly [Detector, ...ReadonlyArray<Detector>] = [ChatVolume, ViewerCount, SentimentShift]

/** The least distance in whole slides at which two windows don't overlap. */
export const strideMs = ({ sizeMs, slideMs }: WindowSettings): number => Math.ceil(sizeMs / slideMs) * slideMs

/** How far before a window's start the rows reach that decide on it. */
export const lookBackMs = (window: WindowSettings, detection: DetectionSettings): number =>
  detection.baselineWindows * strideMs(window)

export class Detection {
  readonly #window: WindowSettings
  readonly #settings: DetectionSettings
  readonly #strideMs: number
  readonly #lookBackMs: number
  readonly #history: History
  /** The moments that may go on, by stream: one place a detector. */
  readonly #open = new Map<string, Array<Moment | undefined>>()
  #sweptToMs = Number.NEGATIVE_INFINITY

  /** `rows`: those of the look-back, ascending by end. `moments`: those that may go on; of several of a stream and detector the latest counts. */
  constructor(
    window: WindowSettings,
    settings: DetectionSettings,
    past: { readonly rows: ReadonlyArray<PastWindow>; readonly moments: ReadonlyArray<Moment> }
  ) {
    this.#window = window
    this.#settings = settings
    this.#strideMs = strideMs(window)
    this.#lookBackMs = lookBackMs(window, settings)
    this.#history = new History(window.slideMs)
    this.remember(past.rows)
    for (const moment of past.moments) {
      const open = this.#openOf(moment.stream)
      const index = detectorOf(moment.type)
      if (moment.endedAtMs > (open[index]?.endedAtMs ?? Number.NEGATIVE_INFINITY)) open[index] = moment
    }
  }

  /** Takes more rows of the look-back in, ascending by end. Those of the last start may come again. */
  remember(rows: ReadonlyArray<PastWindow>): void {
    for (const row of rows) this.#history.push(row)
  }

  /** Judges rows, which ascend by end. Moments come as they are after each of their windows: the last of a key counts. */
  step(summaries: ReadonlyArray<WindowSummary>): {
    readonly rows: ReadonlyArray<SummaryRow>
    readonly moments: ReadonlyArray<Moment>
  } {
    const moments: Array<Moment> = []
    const first = summaries[0]
    if (first !== undefined) this.#forgetBefore(first.startMs - this.#lookBackMs)
    const rows = summaries.map((row) => this.#judge(row, moments))
    return { rows, moments }
  }

  #judge(row: WindowSummary, moments: Array<Moment>): SummaryRow {
    const open = this.#openOf(row.stream)
    const { baselineWindows, minBaseline, threshold } = this.#settings
    const past = this.#history.before(row.stream, row.startMs, this.#strideMs, baselineWindows)
    const latest = past.find((slot) => slot !== undefined)
    let zScore: number | null = null
    for (const [index, detector] of DETECTORS.entries()) {
      const value = detector.value(row)
      const verdict =
        value === undefined ? undefined : judge(value, baselineValues(detector, past), minBaseline, detector.floor)
      if (index === 0) zScore = verdict?.score ?? null
      const moment = advance(
        open[index],
        detector,
        { row, verdict, latest },
        { threshold, slideMs: this.#window.slideMs }
      )
      open[index] = moment
      if (moment !== undefined) moments.push(moment)
    }
    this.#history.push(row)
    return judged(row, zScore, threshold)
  }

  #openOf(stream: string): Array<Moment | undefined> {
    let open = this.#open.get(stream)
    if (open === undefined) this.#open.set(stream, (open = DETECTORS.map(() => undefined)))
    return open
  }

  /** Nobody asks for rows that start before `startMs` (open bound). Streams are looked at once a look-back, so that it costs next to nothing. */
  #forgetBefore(startMs: number): void {
    this.#history.dropBefore(startMs)
    if (startMs - this.#sweptToMs < this.#lookBackMs) return
    this.#sweptToMs = startMs
    this.#history.sweep(startMs)
    for (const stream of this.#open.keys()) if (!this.#history.has(stream)) this.#open.delete(stream)
  }
}

/** Field by field: a copy by spreading takes twice the memory. */
const judged = (row: WindowSummary, zScore: number | null, threshold: number): SummaryRow => ({
  stream: row.stream,
  startMs: row.startMs,
  endMs: row.endMs,
  chatCount: row.chatCount,
  uniqueChatters: row.uniqueChatters,
  avgSentiment: row.avgSentiment,
  scoredCount: row.scoredCount,
  positiveCount: row.positiveCount,
  negativeCount: row.negativeCount,
  chatRate: row.chatRate,
  avgViewers: row.avgViewers,
  topEmotes: row.topEmotes,
  zScore,
  isAnomaly: zScore !== null && Math.abs(zScore) >= threshold,
  complete: row.complete
})

const detectorOf = (type: MomentType): number =>
  DETECTORS.findIndex((detector) => detector.rise === type || detector.fall === type)
