/**
 * How far back a replay learns what is usual. It has no baseline to start from: the stored ones are
 * as of the end of the tables, which is after its range.
 *
 *     window, slide    half-life    learns from
 *     60 s, 10 s       5 min        6 hours before the range
 *     60 s, 60 s       45 min       54 hours
 *     5 min, 5 min     2 days       14 days
 */
import { tempoOf } from "../anomaly/Tempo.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"

/**
 * A double has 53 bits: after so many half-lives its last one no longer depends on what was usual
 * before.
 */
const HALF_LIVES = 72
/** Bounds what is read if the half-life is days. */
const MOST_SLIDES = 4000

/** Slides that end at most so long before a replay's start are learned (closed bound). */
export const lookBackMs = (window: WindowSettings): number =>
  Math.min(HALF_LIVES * tempoOf(window).memoryMs, MOST_SLIDES * window.slideMs)
