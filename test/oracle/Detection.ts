/** All rows of one stream, judged one after the other as docs/SEMANTICS.md, "Detection", has it. */
import { type Baseline, isKnown, learnSlide, newBaseline, NUMBERS, passTime, type SlideSums } from "./Baseline.ts"
import { fallsAt, type OracleMoment, riseAt } from "./Moments.ts"
import type { OracleReaction } from "./Reaction.ts"
import { tempoOf, type TempoSettings } from "./Tempo.ts"

/** One window of one stream. */
export interface OracleWindow {
  readonly stream: string
  readonly startMs: number
  readonly endMs: number
  readonly chatCount: number
  readonly uniqueChatters: number
  readonly avgSentiment: number | null
  readonly positiveCount: number
  readonly scoredCount: number
  readonly negativeCount: number
  readonly chatRate: number
  readonly avgViewers: number | null
  readonly topEmotes: ReadonlyArray<string>
  readonly complete: boolean
  /** In the reaction span. */
  readonly reaction: OracleReaction
  /** In the slide. */
  readonly viewerSum: number
  readonly viewerSamples: number
}

export interface OracleRow extends OracleWindow {
  readonly zScore: number | null
  readonly isAnomaly: boolean
}

export interface JudgeSettings extends TempoSettings {
  readonly threshold: number
}

/** The 27 numbers of a stream after the row of the window that ends at `endMs`. */
export interface Learned {
  readonly stream: string
  readonly endMs: number
  readonly numbers: ReadonlyArray<number>
}

export interface Detected {
  readonly rows: ReadonlyArray<OracleRow>
  /** Each as it is after the last row, in the order in which they were reported first. */
  readonly moments: ReadonlyArray<OracleMoment>
  /** One for each row. */
  readonly learned: ReadonlyArray<Learned>
}

/** Judges all windows of one stream, ascending by end. Rows come back in the same order. */
export const detect = (windows: ReadonlyArray<OracleWindow>, settings: JudgeSettings): Detected => {
  const judging = { tempo: tempoOf(settings), threshold: settings.threshold }
  const { tempo, threshold } = judging
  const baseline = newBaseline()
  const rows: Array<OracleRow> = []
  const learned: Array<Learned> = []
  const moments = new Map<string, OracleMoment>()
  let latest: OracleMoment | undefined
  for (const window of windows) {
    const { endMs, reaction, stream } = window
    const sums: SlideSums = { ...reaction, viewerSum: window.viewerSum, viewerSamples: window.viewerSamples }
    passTime(baseline, endMs, tempo)
    const known = isKnown(baseline, tempo)
    const scores = learnSlide(baseline, endMs, sums, tempo)
    rows.push({
      ...window,
      zScore: known ? scores.chat : null,
      isAnomaly: known && scores.chat >= threshold
    })
    if (known) {
      const slide = { stream, endMs, sums, reaction, scores }
      for (const fall of fallsAt(baseline, slide, judging)) moments.set(keyOf(fall), fall)
      const rise = riseAt(baseline, slide, latest, judging)
      if (rise !== undefined) {
        latest = rise
        moments.set(keyOf(rise), rise)
      }
    }
    learned.push({ stream, endMs, numbers: numbersOf(baseline) })
  }
  return { rows, moments: [...moments.values()], learned }
}

const numbersOf = (baseline: Baseline): ReadonlyArray<number> => NUMBERS.map((name) => baseline[name])

const keyOf = ({ openedAs, timestampMs }: OracleMoment): string => `${timestampMs} ${openedAs}`
