/** Joins unusual windows that follow each other into one moment: one spike is one row. */
import { EventTimeMs } from "../domain/EventTime.ts"
import type { Moment } from "../domain/Moment.ts"
import type { WindowSummary, WindowValues } from "../domain/SummaryRow.ts"
import type { Verdict } from "./Baseline.ts"
import type { Detector } from "./Detector.ts"

/** What an episode needs to know of a window. */
export interface Observation {
  readonly row: WindowSummary
  /** `undefined` where the window has no score. */
  readonly verdict: Verdict | undefined
  /** The latest baseline window that has a row. */
  readonly latest: WindowValues | undefined
}

const iso = (ms: number): string => new Date(ms).toISOString()

const peak = (
  detector: Detector,
  { row, latest }: Observation,
  verdict: Verdict
): Pick<Moment, "intensity" | "description" | "metadata"> => ({
  intensity: Math.abs(verdict.score),
  description: detector.describe(row, verdict),
  metadata: {
    window_start: iso(row.startMs),
    window_end: iso(row.endMs),
    chat_count: row.chatCount,
    unique_chatters: row.uniqueChatters,
    avg_viewers: row.avgViewers,
    avg_sentiment: row.avgSentiment,
    score: verdict.score,
    value: verdict.value,
    baseline_mean: verdict.mean,
    baseline_deviation: verdict.deviation,
    baseline_size: verdict.size,
    top_emotes: row.topEmotes,
    top_emotes_before: latest?.topEmotes ?? []
  }
})

/**
 * The open moment of one detector in one stream after one more window; `undefined` = none is open.
 *
 * Opens at |score| >= threshold (closed bound). Goes on with the very next window while its score has the same sign and is at least half the threshold (closed bound): the lower bound for
 * going on keeps a spike that hovers around the threshold in one piece. The peak is the first of the greatest |score|.
 */
export const advance = (
  open: Moment | undefined,
  detector: Detector,
  observation: Observation,
  options: { readonly threshold: number; readonly slideMs: number }
): Moment | undefined => {
  const { row, verdict } = observation
  if (verdict === undefined) return undefined
  const strength = Math.abs(verdict.score)
  const goesOn =
    open !== undefined &&
    row.endMs === open.endedAtMs + options.slideMs &&
    Math.sign(verdict.score) === Math.sign(open.metadata.score) &&
    strength >= options.threshold / 2
  if (goesOn) {
    return { ...open, endedAtMs: row.endMs, ...(strength > open.intensity ? peak(detector, observation, verdict) : {}) }
  }
  if (strength < options.threshold) return undefined
  return {
    stream: row.stream,
    type: verdict.score > 0 ? detector.rise : detector.fall,
    timestampMs: EventTimeMs(row.endMs - options.slideMs),
    endedAtMs: row.endMs,
    ...peak(detector, observation, verdict)
  }
}
