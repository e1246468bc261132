/** All rows of one stream, judged one after the other as docs/detection.md has it. */
import { type Baseline, isKnown, learnSlide, newBaseline, NUMBERS, passTime, type SlideSums } from "./Baseline.ts"
import { broadcastAfter, numbersOf as broadcastNumbersOf, type OracleBroadcast, type SlideAlone } from "./Broadcasts.ts"
import { fallsAt, type OracleMoment, riseAt } from "./Moments.ts"
import type { OracleQuotes } from "./Quotes.ts"
import type { OracleReaction } from "./Reaction.ts"
import { NO_SENSITIVITY, type OracleSensitivity, thresholdsAt } from "./Sensitivity.ts"
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
  /** In the order of `topEmotes`. */
  readonly emoteCounts: ReadonlyArray<number>
  readonly complete: boolean
  /** In the reaction span. */
  readonly reaction: OracleReaction
  /** Those of a moment with its peak in this window; `undefined` if moments quote nothing. */
  readonly quotes: () => OracleQuotes | undefined
  /** Start of the pane with most messages in the reaction span. */
  readonly busiestPaneMs: number
  /** In the slide. */
  readonly viewerSum: number
  readonly viewerSamples: number
  readonly slideMessages: number
  readonly slideScored: number
  readonly slideScoreMicro: number
}

export interface OracleRow extends OracleWindow {
  readonly zScore: number | null
  readonly isAnomaly: boolean
}

export interface JudgeSettings extends TempoSettings {
  /** ANOMALY_THRESHOLD. */
  readonly threshold: number
  /** Absent = it was never changed. */
  readonly sensitivity?: OracleSensitivity
  readonly sessionGapMs: number
}

/** The 43 numbers of a stream, baseline and broadcast, after a row; `endMs` ends its window. */
export interface Learned {
  readonly stream: string
  readonly endMs: number
  readonly numbers: ReadonlyArray<number>
  readonly broadcast: OracleBroadcast | undefined
}

export interface Detected {
  readonly rows: ReadonlyArray<OracleRow>
  /** Each as it is after the last row, in the order in which they were reported first. */
  readonly moments: ReadonlyArray<OracleMoment>
  /** One for each row. */
  readonly learned: ReadonlyArray<Learned>
}

/** The state that detection carries from one row of a stream to the next. */
export interface StreamState {
  readonly baseline: Baseline
  /** The moment that the baseline's numbers are about. */
  latest: OracleMoment | undefined
  broadcast: OracleBroadcast | undefined
}

export const newState = (): StreamState => ({ baseline: newBaseline(), latest: undefined, broadcast: undefined })

/** Judges one row; the moments are those that it reports, each as it is now. */
export const judgeRow = (
  state: StreamState,
  window: OracleWindow,
  { sensitivity = NO_SENSITIVITY, sessionGapMs, threshold, ...settings }: JudgeSettings
): { readonly row: OracleRow; readonly moments: ReadonlyArray<OracleMoment> } => {
  const { baseline } = state
  const { busiestPaneMs, endMs, quotes, reaction, stream } = window
  const former = state.broadcast
  state.broadcast = broadcastAfter(former, aloneOf(window), { sessionGapMs, slideMs: settings.slideMs })
  const tempo = tempoOf(settings)
  passTime(baseline, endMs, tempo)
  const known = isKnown(baseline, tempo)
  const scores = learnSlide(baseline, endMs, slideOf(window), tempo, { followsLulls: known && !tempo.isCounts })
  const thresholds = thresholdsAt(sensitivity, threshold, { stream, endMs })
  const isAnomaly = known && scores.chat >= thresholds.chat_spike
  const row = { ...window, zScore: known ? scores.chat : null, isAnomaly }
  if (!known) return { row, moments: [] }

  const broadcastMs = state.broadcast?.startedAtMs
  const slide = {
    stream,
    endMs,
    reaction,
    quotes,
    busiestPaneMs,
    scores,
    broadcastMs,
    formerBroadcastMs: former?.startedAtMs
  }
  const falls = fallsAt(baseline, slide, { tempo, thresholds })
  const rise = riseAt(baseline, slide, state.latest, { tempo, thresholds })
  if (rise !== undefined) state.latest = rise
  return { row, moments: rise === undefined ? falls : [...falls, rise] }
}

/** Judges all windows of one stream, ascending by end. Rows come back in the same order. */
export const detect = (windows: ReadonlyArray<OracleWindow>, settings: JudgeSettings): Detected => {
  const state: StreamState = newState()
  const rows: Array<OracleRow> = []
  const learned: Array<Learned> = []
  const moments = new Map<string, OracleMoment>()
  for (const window of windows) {
    const judged = judgeRow(state, window, settings)
    rows.push(judged.row)
    for (const moment of judged.moments) moments.set(keyOf(moment), moment)
    const { baseline, broadcast } = state
    const numbers = [...numbersOf(baseline), ...broadcastNumbersOf(broadcast)]
    learned.push({ stream: window.stream, endMs: window.endMs, numbers, broadcast })
  }
  return { rows, moments: [...moments.values()], learned }
}

const slideOf = ({ reaction, viewerSamples, viewerSum }: OracleWindow): SlideSums => {
  const { messages, moodMicro, moodTexts, people, unison } = reaction
  return { people, messages, unison, moodTexts, moodMicro, viewerSum, viewerSamples }
}

const aloneOf = (window: OracleWindow): SlideAlone => ({
  stream: window.stream,
  endMs: window.endMs,
  people: window.reaction.people,
  messages: window.slideMessages,
  scored: window.slideScored,
  scoreMicro: window.slideScoreMicro,
  viewerSum: window.viewerSum,
  viewerSamples: window.viewerSamples
})

const numbersOf = (baseline: Baseline): ReadonlyArray<number> => NUMBERS.map((name) => baseline[name])

const keyOf = ({ openedAs, timestampMs }: OracleMoment): string => `${timestampMs} ${openedAs}`
