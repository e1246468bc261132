/**
 * The half of a row that one input contributes, for one stream in one window. A row joins the
 * halves of all inputs.
 *
 * The halves of a window are columns, with a place for each stream. They wait for the other inputs,
 * for as many windows as one input may be ahead of another.
 */

import type { Excerpt } from "../reaction/Transcript.ts"
import type { Voices } from "../reaction/Voices.ts"
import type { Reaction } from "../domain/Reaction.ts"
import type { TopEmotes } from "./TopEmotes.ts"

/** Distinct users; only their number if no other input has chat. */
export type HalfChatters = number | Set<string>

/** Number of occurrences; only those of the most frequent if no other input has chat. */
export type HalfEmotes = Map<string, number> | TopEmotes

/**
 * The reaction in the reaction span; the messages themselves if other inputs have chat. `undefined`
 * = nothing.
 */
export type HalfReaction = Reaction | Voices | undefined

/**
 * The streams that have chat, in order of their code units. Every value is an integer or a set, so
 * joining depends on no order.
 */
export class ChatHalves {
  readonly streams: Array<string> = []
  readonly chatCount: Array<number> = []
  readonly chatters: Array<HalfChatters> = []
  /** Sum of the scores in millionths. */
  readonly scoreMicro: Array<number> = []
  readonly scored: Array<number> = []
  readonly positive: Array<number> = []
  readonly negative: Array<number> = []
  /** Messages, scored messages and the sum of their scores in the window's last slide alone. */
  readonly slideCount: Array<number> = []
  readonly slideScored: Array<number> = []
  readonly slideScoreMicro: Array<number> = []
  readonly emotes: Array<HalfEmotes> = []
  readonly reactions: Array<HalfReaction> = []
  /** The messages as they were written; empty unless moments quote them. */
  readonly excerpts: Array<Excerpt> = []
}

/** The streams that have viewer samples, in order of their code units. */
export class ViewerHalves {
  readonly streams: Array<string> = []
  /** Sum and number of the samples. The sum is exact: PaneLimits.ts keeps it below 2^53. */
  readonly viewerSum: Array<number> = []
  readonly viewerSamples: Array<number> = []
  /** The same for the window's last slide alone. */
  readonly slideSum: Array<number> = []
  readonly slideSamples: Array<number> = []
}

/** The halves of one window, final for their input. */
export class ClosedWindow {
  readonly endMs: number
  readonly chat = new ChatHalves()
  readonly viewers = new ViewerHalves()

  constructor(endMs: number) {
    this.endMs = endMs
  }

  get isEmpty(): boolean {
    return this.chat.streams.length === 0 && this.viewers.streams.length === 0
  }
}
