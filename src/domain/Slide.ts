/** One stream at one slide: what detection judges. */
import type { ChatContent } from "./ChatContent.ts"
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
  /**
   * The messages in the slide alone, those with a score among them, and the sum of their scores in
   * millionths.
   */
  readonly slideMessages: number
  readonly slideScored: number
  readonly slideScoreMicro: number
  /**
   * Computes what a moment with its peak here quotes. Detection removes it, because it holds all
   * messages of the window. Absent if moments quote nothing.
   */
  readonly content?: () => ChatContent
}

/**
 * The sums that a baseline and a broadcast learn from a slide, in their order in the tables. Every
 * number is an integer.
 */
export const SLIDE_SUMS = [
  "people",
  "messages",
  "unison",
  "mood_texts",
  "mood_micro",
  "viewer_sum",
  "viewer_samples",
  "slide_messages",
  "slide_scored",
  "slide_score_micro"
] as const

/** Column `slide_sums` of table `chat_summary_minute`. */
export const slideSums = (slide: StreamSlide): ReadonlyArray<number> => {
  const { reaction } = slide
  return [
    reaction.people,
    reaction.messages,
    reaction.unison,
    reaction.moodTexts,
    reaction.moodMicro,
    slide.viewerSum,
    slide.viewerSamples,
    slide.slideMessages,
    slide.slideScored,
    slide.slideScoreMicro
  ]
}

/** A slide as a baseline and a broadcast learn it, from what {@link slideSums} keeps of it. */
export const slideOf = (stream: string, endMs: EventTimeMs, sums: ReadonlyArray<number>): StreamSlide => {
  const [people, messages, unison, moodTexts, moodMicro, viewerSum, viewerSamples, ...alone] = sums
  const [slideMessages, slideScored, slideScoreMicro] = alone
  if (
    people === undefined ||
    messages === undefined ||
    unison === undefined ||
    moodTexts === undefined ||
    moodMicro === undefined ||
    viewerSum === undefined ||
    viewerSamples === undefined ||
    slideMessages === undefined ||
    slideScored === undefined ||
    slideScoreMicro === undefined
  )
    throw new RangeError(`a slide has ${SLIDE_SUMS.length} sums, not ${sums.length}`)
  return {
    stream,
    endMs,
    reaction: { ...NO_REACTION, people, messages, unison, moodTexts, moodMicro },
    viewerSum,
    viewerSamples,
    slideMessages,
    slideScored,
    slideScoreMicro
  }
}
