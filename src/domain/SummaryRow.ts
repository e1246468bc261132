/** One row of `chat_summary_minute`: what happened in one stream during one window. */
import type { EventTimeMs } from "./EventTime.ts"

/** What later windows are compared with. */
export interface WindowValues {
  readonly chatCount: number
  /** Mean score over the messages, -1 to 1; `null` when there are none. */
  readonly avgSentiment: number | null
  /** Mean of the viewer samples; `null` when there are none. */
  readonly avgViewers: number | null
  /** By frequency, ties by code unit. */
  readonly topEmotes: ReadonlyArray<string>
}

/** A window of one stream's past. */
export interface PastWindow extends WindowValues {
  readonly stream: string
  /** First instant of the window (closed bound). */
  readonly startMs: EventTimeMs
  /** First instant after the window (open bound). */
  readonly endMs: EventTimeMs
}

/** A closed window of one stream, before it is judged against the stream's past. */
export interface WindowSummary extends PastWindow {
  /** Distinct users, exact. */
  readonly uniqueChatters: number
  /** Messages in which the model knows something. */
  readonly scoredCount: number
  readonly positiveCount: number
  readonly negativeCount: number
  /** Messages per second of window. */
  readonly chatRate: number
  /** `false` when the window may lack events that the log lost. */
  readonly complete: boolean
}

export interface SummaryRow extends WindowSummary {
  /** Deviation of `chatCount` from the stream's own past, `null` without enough of it. */
  readonly zScore: number | null
  readonly isAnomaly: boolean
}
