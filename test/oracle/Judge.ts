/** Scores and moments of one stream's rows, recounted from docs/SEMANTICS.md, "Anomalies". */

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
}

export interface OracleRow extends OracleWindow {
  readonly zScore: number | null
  readonly isAnomaly: boolean
}

export interface OracleMoment {
  readonly stream: string
  readonly type: string
  readonly timestampMs: number
  readonly endedAtMs: number
  readonly intensity: number
  readonly metadata: {
    readonly window_start: string
    readonly window_end: string
    readonly chat_count: number
    readonly unique_chatters: number
    readonly avg_viewers: number | null
    readonly avg_sentiment: number | null
    readonly score: number
    readonly value: number
    readonly baseline_mean: number
    readonly baseline_deviation: number
    readonly baseline_size: number
    readonly top_emotes: ReadonlyArray<string>
    readonly top_emotes_before: ReadonlyArray<string>
  }
}

export interface JudgeSettings {
  readonly sizeMs: number
  readonly slideMs: number
  readonly threshold: number
  readonly baselineWindows: number
  readonly minBaseline: number
}

interface Detector {
  /** `null`: the window is left out, as a slot and as a window. */
  readonly valueOf: (window: OracleWindow) => number | null
  /** What a slot without row counts as; `null`: it is left out. */
  readonly valueOfNoRow: number | null
  readonly floorOf: (mean: number) => number
  readonly typeOf: (score: number) => string
}

const CHAT: Detector = {
  valueOf: (window) => window.chatCount,
  valueOfNoRow: 0,
  floorOf: (mean) => Math.sqrt(Math.max(mean, 1)),
  typeOf: (score) => (score > 0 ? "chat_spike" : "chat_drop")
}

const VIEWERS: Detector = {
  valueOf: (window) => window.avgViewers,
  valueOfNoRow: null,
  floorOf: (mean) => (mean === 0 ? 1 : Math.max(Math.sqrt(mean), mean / 20)),
  typeOf: (score) => (score > 0 ? "viewer_surge" : "viewer_drop")
}

const SENTIMENT: Detector = {
  valueOf: (window) => (window.chatCount < 20 ? null : window.avgSentiment),
  valueOfNoRow: null,
  floorOf: () => 0.1,
  typeOf: () => "sentiment_shift"
}

/** A window's value against the stream's own past. */
interface Judgement {
  readonly score: number
  readonly value: number
  readonly mean: number
  readonly deviation: number
  readonly size: number
}

/**
 * Judges all windows of one stream, ascending by start. Rows come back in the same order, moments by detector and then by time.
 */
export const judge = (
  windows: ReadonlyArray<OracleWindow>,
  settings: JudgeSettings
): { readonly rows: ReadonlyArray<OracleRow>; readonly moments: ReadonlyArray<OracleMoment> } => {
  const windowAt = new Map<number, OracleWindow>()
  for (const window of windows) windowAt.set(window.startMs, window)

  const rows = windows.map((window): OracleRow => {
    const judgement = judgeWindow(CHAT, window, windowAt, settings)
    return judgement === undefined
      ? { ...window, zScore: null, isAnomaly: false }
      : { ...window, zScore: judgement.score, isAnomaly: Math.abs(judgement.score) >= settings.threshold }
  })
  const moments: Array<OracleMoment> = []
  for (const detector of [CHAT, VIEWERS, SENTIMENT]) {
    moments.push(...findMoments(detector, windows, windowAt, settings))
  }
  return { rows, moments }
}

/** Distance of the slots: the least multiple of the slide that is no less than the size. */
const slotDistance = (settings: JudgeSettings): number =>
  Math.ceil(settings.sizeMs / settings.slideMs) * settings.slideMs

const judgeWindow = (
  detector: Detector,
  window: OracleWindow,
  windowAt: ReadonlyMap<number, OracleWindow>,
  settings: JudgeSettings
): Judgement | undefined => {
  const value = detector.valueOf(window)
  if (value === null) return undefined

  // f: every start is a multiple of the slide, so stepping by the slide meets every row of the range.
  const distance = slotDistance(settings)
  let first = window.startMs - settings.baselineWindows * distance
  while (first <= window.startMs - distance && !windowAt.has(first)) first += settings.slideMs
  if (first > window.startMs - distance) return undefined

  const values: Array<number> = []
  for (let k = 1; k <= settings.baselineWindows; k++) {
    const slot = window.startMs - k * distance
    if (slot < first) continue
    const before = windowAt.get(slot)
    const slotValue = before === undefined ? detector.valueOfNoRow : detector.valueOf(before)
    if (slotValue !== null) values.push(slotValue)
  }
  const size = values.length
  // A size of 0 has no mean, whatever MIN_BASELINE says.
  if (size < settings.minBaseline || size === 0) return undefined

  let sum = 0
  for (const v of values) sum += v
  const mean = sum / size

  let squares = 0
  for (const v of values) squares += (v - mean) * (v - mean)
  const deviation = Math.sqrt(squares / size)

  const score = (value - mean) / Math.max(deviation, detector.floorOf(mean))
  return { score, value, mean, deviation, size }
}

interface Episode {
  readonly first: OracleWindow
  last: OracleWindow
  peak: OracleWindow
  peakJudgement: Judgement
}

const findMoments = (
  detector: Detector,
  windows: ReadonlyArray<OracleWindow>,
  windowAt: ReadonlyMap<number, OracleWindow>,
  settings: JudgeSettings
): ReadonlyArray<OracleMoment> => {
  const episodes: Array<Episode> = []
  let open: Episode | undefined
  for (const window of windows) {
    const judgement = judgeWindow(detector, window, windowAt, settings)

    if (
      open !== undefined &&
      judgement !== undefined &&
      window.startMs === open.last.startMs + settings.slideMs &&
      Math.sign(judgement.score) === Math.sign(open.peakJudgement.score) &&
      Math.abs(judgement.score) >= settings.threshold / 2
    ) {
      open.last = window
      if (Math.abs(judgement.score) > Math.abs(open.peakJudgement.score)) {
        open.peak = window
        open.peakJudgement = judgement
      }
      continue
    }

    open = undefined
    if (judgement !== undefined && Math.abs(judgement.score) >= settings.threshold) {
      open = { first: window, last: window, peak: window, peakJudgement: judgement }
      episodes.push(open)
    }
  }
  return episodes.map((episode) => momentOf(detector, episode, windowAt, settings))
}

const momentOf = (
  detector: Detector,
  episode: Episode,
  windowAt: ReadonlyMap<number, OracleWindow>,
  settings: JudgeSettings
): OracleMoment => {
  const { peak, peakJudgement } = episode
  let before: OracleWindow | undefined
  for (let k = 1; k <= settings.baselineWindows && before === undefined; k++) {
    before = windowAt.get(peak.startMs - k * slotDistance(settings))
  }
  return {
    stream: peak.stream,
    type: detector.typeOf(peakJudgement.score),
    timestampMs: episode.first.endMs - settings.slideMs,
    endedAtMs: episode.last.endMs,
    intensity: Math.abs(peakJudgement.score),
    metadata: {
      window_start: new Date(peak.startMs).toISOString(),
      window_end: new Date(peak.endMs).toISOString(),
      chat_count: peak.chatCount,
      unique_chatters: peak.uniqueChatters,
      avg_viewers: peak.avgViewers,
      avg_sentiment: peak.avgSentiment,
      score: peakJudgement.score,
      value: peakJudgement.value,
      baseline_mean: peakJudgement.mean,
      baseline_deviation: peakJudgement.deviation,
      baseline_size: peakJudgement.size,
      top_emotes: peak.topEmotes,
      top_emotes_before: before === undefined ? [] : before.topEmotes
    }
  }
}
