/** One stream at one slide: what detection judges. */
import type { EventTimeMs } from "./EventTime.ts"
import type { Reaction } from "./Reaction.ts"

export interface StreamSlide {
  readonly stream: string
  /** End of the window, of the reaction span and of the slide. */
  readonly endMs: EventTimeMs
  /** In the reaction span. */
  readonly reaction: Reaction
  /** Samples of viewers in the slide alone, each sample in one slide: their sum, and how many. */
  readonly viewerSum: number
  readonly viewerSamples: number
}
