/** One row of `chat_summary_minute`: what happened in one stream during one window. */
import type { EventTimeMs } from "./EventTime.ts"
import type { StreamSlide } from "./Slide.ts"

/**
 * A closed window of one stream with its last slide, before detection judges it. `endMs` is the
 * first instant after the window (open bound).
 */
export interface WindowSummary extends StreamSlide {
  /** First instant of the window (closed bound). */
  readonly startMs: EventTimeMs
  readonly chatCount: number
  /** Distinct users, exact. */
  readonly uniqueChatters: number
  /** Mean score over the messages, -1 to 1; `null` when there are none. */
  readonly avgSentiment: number | null
  /** Messages in which the model knows something. */
  readonly scoredCount: number
  readonly positiveCount: number
  readonly negativeCount: number
  /** Messages per second of window. */
  readonly chatRate: number
  /** Mean of the viewer samples; `null` when there are none. */
  readonly avgViewers: number | null
  /** By frequency, ties by code unit. */
  readonly topEmotes: ReadonlyArray<string>
  /** How often each of `topEmotes` occurs, in their order. */
  readonly emoteCounts: ReadonlyArray<number>
  /** `false` when the window may lack events that the log lost. */
  readonly complete: boolean
}

export interface SummaryRow extends WindowSummary {
  /**
   * Score of the chat in the reaction span against the stream's baseline; `null` until the stream
   * is known.
   */
  readonly zScore: number | null
  /** Whether `zScore` is at least the threshold. */
  readonly isAnomaly: boolean
}
