/** One stream at one slide: what detection judges. */
import type { EventTimeMs } from "./EventTime.ts"
import { NO_REACTION, type Reaction } from "./Reaction.ts"

export interface StreamSlide {
  readonly stream: string
  /** End of the window, of the reaction span and of the slide. */
  readonly endMs: EventTimeMs
  /** In the reaction span. */
  readonly reaction: Reaction
  /** Sum and number of the viewer samples in the slide alone: each sample is in one slide. */
  readonly viewerSum: number
  readonly viewerSamples: number
}

/**
 * The sums that a baseline learns from a slide, in their order in the tables. Every number is an
 * integer.
 */
export const SLIDE_SUMS = [
  "people",
  "messages",
  "unison",
  "mood_texts",
  "mood_micro",
  "viewer_sum",
  "viewer_samples"
] as const

/** Column `slide_sums` of table `chat_summary_minute`. */
export const slideSums = ({ reaction, viewerSamples, viewerSum }: StreamSlide): ReadonlyArray<number> => [
  reaction.people,
  reaction.messages,
  reaction.unison,
  reaction.moodTexts,
  reaction.moodMicro,
  viewerSum,
  viewerSamples
]

/** A slide as a baseline learns it, from what {@link slideSums} keeps of it. */
export const slideOf = (stream: string, endMs: EventTimeMs, sums: ReadonlyArray<number>): StreamSlide => {
  const [people, messages, unison, moodTexts, moodMicro, viewerSum, viewerSamples] = sums
  if (
    people === undefined ||
    messages === undefined ||
    unison === undefined ||
    moodTexts === undefined ||
    moodMicro === undefined ||
    viewerSum === undefined ||
    viewerSamples === undefined
  )
    throw new RangeError(`a slide has ${SLIDE_SUMS.length} sums, not ${sums.length}`)
  return {
    stream,
    endMs,
    reaction: { ...NO_REACTION, people, messages, unison, moodTexts, moodMicro },
    viewerSum,
    viewerSamples
  }
}
