/**
 * Joins the halves of a task's inputs into rows. A row is given once the task's watermark has
 * reached its window's end.
 */
import { outside, present } from "../domain/Invariant.ts"
import { EMPTY_CONTENT, type SampleSettings } from "../domain/ChatContent.ts"
import { contentOf } from "../reaction/Content.ts"
import type { Excerpt } from "../reaction/Transcript.ts"
import { JoinedVoices } from "../reaction/JoinedVoices.ts"
import { Voices } from "../reaction/Voices.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { NAMED_PEOPLE, NO_REACTION } from "../domain/Reaction.ts"
import type { SummaryRow, WindowSummary } from "../domain/SummaryRow.ts"
import { reactionSpanMs } from "../domain/WindowSettings.ts"
import type { ChatHalves, ClosedWindow, HalfChatters, HalfEmotes, ViewerHalves } from "./Half.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"
import { sortedStreams } from "./SortedStreams.ts"
import { NO_EMOTES, topEmotes } from "./TopEmotes.ts"

/** A row whose content is not set yet. */
type Unjudged = { -readonly [Field in keyof SummaryRow]: SummaryRow[Field] }

/** The halves of one stream, joined. */
class Joined {
  chatCount = 0
  chatters: HalfChatters = 0
  scoreMicro = 0
  scored = 0
  positive = 0
  negative = 0
  viewerSum = 0
  viewerSamples = 0
  emotes: HalfEmotes = NO_EMOTES
  reaction = NO_REACTION
  /** Where several inputs have chat. */
  readonly voices: Array<Voices> = []
  /** While moments quote the chat. */
  readonly excerpts: Array<Excerpt> = []
  slideSum = 0
  slideSamples = 0
  slideCount = 0
  slideScored = 0
  slideScoreMicro = 0

  /** Begins another stream. */
  clear(): void {
    this.chatCount = 0
    this.chatters = 0
    this.scoreMicro = 0
    this.scored = 0
    this.positive = 0
    this.negative = 0
    this.viewerSum = 0
    this.viewerSamples = 0
    this.emotes = NO_EMOTES
    this.reaction = NO_REACTION
    this.voices.length = 0
    if (this.excerpts.length > 0) this.excerpts.length = 0
    this.slideSum = 0
    this.slideSamples = 0
    this.slideCount = 0
    this.slideScored = 0
    this.slideScoreMicro = 0
  }
}

export class WindowJoin {
  readonly #windows: SlidingWindows
  readonly #topEmotes: number
  readonly #samples: SampleSettings
  readonly #spanMs: number
  readonly #joinedVoices = new JoinedVoices()
  readonly #pending = new Map<number, Array<ClosedWindow>>()

  constructor(windows: SlidingWindows, topEmotes: number, samples: SampleSettings) {
    this.#windows = windows
    this.#topEmotes = topEmotes
    this.#samples = samples
    this.#spanMs = reactionSpanMs(windows)
  }

  /** Takes an input's window, which belongs to the join from now on. */
  add(window: ClosedWindow): void {
    const others = this.#pending.get(window.endMs)
    if (others === undefined) this.#pending.set(window.endMs, [window])
    else others.push(window)
  }

  /** End of the first window that waits for the task's watermark; `+Infinity` when none does. */
  firstPendingEnd(): number {
    let first = Number.POSITIVE_INFINITY
    for (const endMs of this.#pending.keys()) first = Math.min(first, endMs)
    return first
  }

  /**
   * Gives the window that ends at `endMs` away: a function that returns its next row, and
   * `undefined` at the end. Rows come in order of the streams by code unit, those after `after`
   * (open bound, `undefined` = all). Every input must have closed the window.
   */
  rows(endMs: number, after: string | undefined, complete: boolean): () => WindowSummary | undefined {
    const windows = this.#pending.get(endMs) ?? []
    this.#pending.delete(endMs)
    const halves = windows.flatMap(({ chat, viewers }) => [
      { streams: chat.streams, addTo: (to: Joined, place: number) => addChat(to, chat, place) },
      { streams: viewers.streams, addTo: (to: Joined, place: number) => addViewers(to, viewers, place) }
    ])
    const merge = sortedStreams(
      halves.map(({ streams }) => streams),
      after
    )
    // One object for all streams: hot.
    const joined = new Joined()
    return () => {
      if (!merge.advance()) return undefined
      joined.clear()
      for (let half = 0; half < halves.length; half++) {
        const place = merge.places[half] ?? outside()
        if (place >= 0) halves[half]?.addTo(joined, place)
      }
      const row = this.#summarise(merge.stream, endMs, joined, complete)
      if (this.#samples.most > 0) this.#quote(row, [...joined.excerpts])
      return row
    }
  }

  /** Lets the row select what a moment quotes, if a moment has its peak there. */
  #quote(row: Unjudged, excerpts: ReadonlyArray<Excerpt>): void {
    const { endMs, reaction, stream } = row
    const { sizeMs } = this.#windows
    const spanMs = this.#spanMs
    row.content =
      reaction.people < NAMED_PEOPLE
        ? () => EMPTY_CONTENT
        : () => {
            const messages = excerpts.flatMap((excerpt) => excerpt.messages())
            return contentOf({ stream, messages, endMs, sizeMs, spanMs, reaction }, this.#samples)
          }
  }

  /** End of the last window that waits for the task's watermark; `-Infinity` when none does. */
  lastPendingEnd(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const endMs of this.#pending.keys()) last = Math.max(last, endMs)
    return last
  }

  /**
   * Each quotient is one division of two exact integers. The row is not judged, but has room for
   * the verdict, so that detection completes it in place.
   */
  #summarise(stream: string, endMs: number, joined: Joined, complete: boolean): Unjudged {
    const { chatCount, chatters, emotes, negative, positive, scored, scoreMicro, viewerSamples, viewerSum } = joined
    const top = emotes instanceof Map ? topEmotes([...emotes], this.#topEmotes) : emotes
    return {
      stream,
      startMs: EventTimeMs(endMs - this.#windows.sizeMs),
      endMs: EventTimeMs(endMs),
      chatCount,
      uniqueChatters: typeof chatters === "number" ? chatters : chatters.size,
      avgSentiment: chatCount === 0 ? null : scoreMicro / (chatCount * 1_000_000),
      scoredCount: scored,
      positiveCount: positive,
      negativeCount: negative,
      chatRate: (chatCount * 1000) / this.#windows.sizeMs,
      avgViewers: viewerSamples === 0 ? null : viewerSum / viewerSamples,
      topEmotes: top.names,
      emoteCounts: top.counts,
      reaction: joined.voices.length === 0 ? joined.reaction : this.#joinedVoices.of(joined.voices),
      viewerSum: joined.slideSum,
      viewerSamples: joined.slideSamples,
      slideMessages: joined.slideCount,
      slideScored: joined.slideScored,
      slideScoreMicro: joined.slideScoreMicro,
      zScore: null,
      isAnomaly: false,
      complete
    }
  }
}

const addChat = (to: Joined, chat: ChatHalves, place: number): void => {
  to.chatCount += chat.chatCount[place] ?? outside()
  to.scoreMicro += chat.scoreMicro[place] ?? outside()
  to.scored += chat.scored[place] ?? outside()
  to.positive += chat.positive[place] ?? outside()
  to.negative += chat.negative[place] ?? outside()
  to.slideCount += chat.slideCount[place] ?? outside()
  to.slideScored += chat.slideScored[place] ?? outside()
  to.slideScoreMicro += chat.slideScoreMicro[place] ?? outside()
  to.chatters = unite(to.chatters, present(chat.chatters[place], "every stream of a half has chatters"))
  to.emotes = addUp(to.emotes, present(chat.emotes[place], "every stream of a half has emotes"))
  const reaction = chat.reactions[place]
  const excerpt = chat.excerpts[place]
  if (excerpt !== undefined) to.excerpts.push(excerpt)
  if (reaction instanceof Voices) to.voices.push(reaction)
  else if (reaction !== undefined) to.reaction = reaction
}

const addViewers = (to: Joined, viewers: ViewerHalves, place: number): void => {
  to.viewerSum += viewers.viewerSum[place] ?? outside()
  to.viewerSamples += viewers.viewerSamples[place] ?? outside()
  to.slideSum += viewers.slideSum[place] ?? outside()
  to.slideSamples += viewers.slideSamples[place] ?? outside()
}

/** A number means that no other input has chat. */
const unite = (some: HalfChatters, others: HalfChatters): HalfChatters => {
  if (typeof some === "number" || typeof others === "number") return others
  for (const user of others) some.add(user)
  return some
}

/** The most frequent alone mean that no other input has chat. */
const addUp = (some: HalfEmotes, others: HalfEmotes): HalfEmotes => {
  if (!(some instanceof Map && others instanceof Map)) return others
  for (const [emote, count] of others) some.set(emote, (some.get(emote) ?? 0) + count)
  return some
}
