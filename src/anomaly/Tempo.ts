/**
 * The speed of detection, which follows from the windows' settings.
 *
 *     window, slide    reaction span    half-life of the baseline
 *     60 s, 10 s       20 s             5 min
 *     60 s, 60 s       60 s             45 min
 *     5 min, 5 min     5 min            2 days
 *
 * Counts over spans of minutes follow the day rather than the moment, so their baseline remembers
 * days.
 */
import { paneSizeMs, reactionSpanMs, type WindowSettings } from "../domain/WindowSettings.ts"
import { CHAT_UNIT, UNIT } from "./Usual.ts"

export interface Tempo {
  readonly slideMs: number
  /** Length of the reaction span that ends with each window, a whole number of panes. */
  readonly spanMs: number
  /** Length of the panes that the span consists of. */
  readonly paneMs: number
  /** Share of the way that a mean goes towards each new value. */
  readonly gain: number
  /** The unit of the deviations of people and unison. */
  readonly chatUnit: number
  /**
   * How fast two levels of people move: that of about the last minute, and that of before a lull.
   * `undefined` = what is usual follows in its own time.
   */
  readonly lull: { readonly recentGain: number; readonly formerGain: number } | undefined
  /** The share of the held peak that remains after a slide. */
  readonly heldDecay: number
  /**
   * The share of the count of recent moments that remains after a slide. `undefined` = moments hold
   * later ones back only by their peak.
   */
  readonly restraintDecay: number | undefined
  /** Slides without row that still belong to the same broadcast: they count as silence. */
  readonly silentSlides: number
  /** Half-life of what the usual remembers. */
  readonly memoryMs: number
}

/** The span for which {@link MEMORY_MS} was chosen. */
const REFERENCE_SPAN_MS = 20_000
const MEMORY_MS = 300_000
/** From this span on values are counts over time rather than reactions. */
const COUNTS_MS = 120_000
const MEMORY_SPANS = 576
const RESTRAINT_SPANS = 2016
const HELD_SHARE = 0.6
/** Into the memory: the half-life of recent people. */
const RECENTS = 6
const FORMER_SHARE = 2

/**
 * The gain of an exponentially weighted mean with this half-life. One division: no power that
 * engines could round differently.
 */
export const gainOf = (stepMs: number, halfLifeMs: number): number => stepMs / (stepMs + halfLifeMs / Math.LN2)

export const tempoOf = (window: WindowSettings): Tempo => {
  const { slideMs } = window
  const spanMs = reactionSpanMs(window)
  const times = Math.max(1, spanMs / REFERENCE_SPAN_MS)
  const isCounts = spanMs >= COUNTS_MS
  const memoryMs = isCounts ? MEMORY_SPANS * spanMs : MEMORY_MS * times * times
  return {
    slideMs,
    spanMs,
    paneMs: paneSizeMs(window),
    memoryMs,
    gain: gainOf(slideMs, memoryMs),
    chatUnit: isCounts ? UNIT : CHAT_UNIT,
    lull: isCounts
      ? undefined
      : {
          recentGain: gainOf(slideMs, memoryMs / RECENTS),
          formerGain: gainOf(slideMs, FORMER_SHARE * memoryMs)
        },
    heldDecay: 1 - gainOf(slideMs, HELD_SHARE * memoryMs),
    restraintDecay: isCounts ? 1 - gainOf(slideMs, RESTRAINT_SPANS * spanMs) : undefined,
    silentSlides: Math.min(4000, Math.ceil((2 * memoryMs) / slideMs))
  }
}
