/**
 * The windows of one input: takes events, returns halves of closed windows. Other inputs have no
 * effect, so the halves depend on the input's bytes alone. The only exception is the task's
 * watermark when it is ahead because of idleness.
 */
import { Reactions } from "../reaction/Reactions.ts"
import { Transcript } from "../reaction/Transcript.ts"
import {
  CUT_EMOTES,
  type EventColumns,
  SCORE_MICRO as EVENT_SCORE,
  STREAM_END,
  STREAM_HASH,
  STREAM_START,
  VIEWERS
} from "../domain/EventColumns.ts"
import { outside } from "../domain/Invariant.ts"
import { ENTRY_COST } from "../domain/Limits.ts"
import { UNSCORED } from "../domain/Score.ts"
import { Chatters } from "./Chatters.ts"
import { Emotes } from "./Emotes.ts"
import { type ChatHalves, ClosedWindow, type ViewerHalves } from "./Half.ts"
import { Names } from "./Names.ts"
import { PaneBudget } from "./PaneBudget.ts"
import { type PaneLimits, STREAM_SHARE } from "./PaneLimits.ts"
import { PaneSums } from "./PaneSums.ts"
import { isPause } from "./Pauses.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"
import { StreamOrder } from "./StreamOrder.ts"
import { topEmotes } from "./TopEmotes.ts"

/** Sums in `#chat`. */
const CHAT_COUNT = 0
const SCORE_MICRO = 1
const POSITIVE = 2
const NEGATIVE = 3
/** Messages that have a score, 0 included. */
const SCORED = 7
/** Chatters who count in the pane: see Chatters.ts. */
const CHATTERS = 4
/** The stream's spending from a pane's budgets. */
const EMOTE_COST = 5
const CHATTER_COST = 6
const CHAT_SUMS = 8

/** Sums in `#viewers`. */
const VIEWER_SUM = 0
const VIEWER_SAMPLES = 1
const VIEWER_SUMS = 2

export class WindowOperator {
  readonly #windows: SlidingWindows
  readonly #topEmotes: number | undefined
  /** Numbers of the streams that hold state. All sums are indexed by them. */
  readonly #streams = new Names()
  readonly #order = new StreamOrder((stream) => this.#streams.textOf(stream))
  readonly #chat = new PaneSums(CHAT_SUMS)
  readonly #emotes = new Emotes((stream, pane, length) =>
    this.#spend(this.#emoteBudget, EMOTE_COST, stream, pane, length)
  )
  readonly #viewers = new PaneSums(VIEWER_SUMS)
  readonly #chatters = new Chatters(
    (stream, pane, before) => {
      if (this.#chat.select(stream, before)) this.#chat.add(CHATTERS, -1)
      this.#chat.name(stream, pane)
      this.#chat.add(CHATTERS, 1)
    },
    (stream, pane, bytes) => this.#spend(this.#chatterBudget, CHATTER_COST, stream, pane, bytes)
  )
  /** The messages in the panes that a reaction span may still reach. */
  readonly #reactions = new Reactions()
  /** The messages of the windows as they were written, if moments quote them. */
  readonly #transcript: Transcript | undefined
  readonly #spanMs: number
  readonly #limits: PaneLimits
  readonly #emoteBudget: PaneBudget
  readonly #chatterBudget: PaneBudget
  /** Emotes that were cut, and events whose user was cut, since the start. */
  cutEmotes = 0
  cutChatters = 0
  /** Windows that end before this are closed. */
  #nextEndMs: number

  /**
   * `closedToMs`: windows that end at or before it (closed bound) are never yielded. `topEmotes`:
   * how many emotes a half names. It is `undefined` if other inputs of the task may have the same
   * users and emotes; halves then carry all of them. `spanMs`: length of the reaction spans.
   * `quotes`: whether halves have excerpts.
   */
  constructor(
    windows: SlidingWindows,
    closedToMs: number,
    topEmotes: number | undefined,
    spanMs: number,
    limits: PaneLimits,
    quotes = false
  ) {
    this.#windows = windows
    this.#spanMs = spanMs
    this.#limits = limits
    this.#emoteBudget = new PaneBudget(limits.emoteCost)
    this.#chatterBudget = new PaneBudget(limits.chatterCost)
    this.#topEmotes = topEmotes
    if (quotes) this.#transcript = new Transcript({ pane: limits.textCost, stream: limits.textCost * STREAM_SHARE })
    this.#nextEndMs = windows.endAfter(closedToMs)
  }

  /** End of the first window that is not closed. */
  get nextEndMs(): number {
    return this.#nextEndMs
  }

  /**
   * End of the first window that is not closed and may hold an event; `+Infinity` when none does.
   */
  nextHeldEnd(): number {
    return this.#streams.size === 0 ? Number.POSITIVE_INFINITY : Math.max(this.#nextEndMs, this.#firstHeldEnd())
  }

  /** How many streams hold state. */
  get streams(): number {
    return this.#streams.size
  }

  /** How many windows hold the pane and are not closed; 0 = its events are late for all. */
  openWindows(pane: number): number {
    return this.#windows.openWindowsOfPane(pane, this.#nextEndMs - this.#windows.slideMs)
  }

  /**
   * Counts a message, an event of the columns whose time `pane` holds. It counts in every window
   * that holds it and is not closed; there must be one. Returns `false` if the pane has no room for
   * it: then nothing was changed. O(1) plus the event's emotes.
   */
  addChat(columns: EventColumns, event: number, pane: number): boolean {
    const stream = this.#select(this.#chat, CHAT_COUNT, this.#limits.messages, columns, event, pane)
    if (stream < 0) return false
    const scoreMicro = columns.of(event, EVENT_SCORE)
    this.#chat.add(CHAT_COUNT, 1)
    if (scoreMicro !== UNSCORED) this.#chat.add(SCORED, 1)
    if (scoreMicro !== UNSCORED && scoreMicro !== 0) {
      this.#chat.add(SCORE_MICRO, scoreMicro)
      this.#chat.add(scoreMicro > 0 ? POSITIVE : NEGATIVE, 1)
    }
    this.cutEmotes += columns.of(event, CUT_EMOTES) + this.#emotes.add(stream, pane, columns, event)
    if (!this.#chatters.name(stream, pane, columns, event)) this.cutChatters++
    this.#reactions.add(stream, pane, columns, event)
    this.#transcript?.add(stream, pane, columns, event)
    return true
  }

  /** Counts a viewer sample, as {@link addChat} does a message. */
  addViewers(columns: EventColumns, event: number, pane: number): boolean {
    const stream = this.#select(this.#viewers, VIEWER_SAMPLES, this.#limits.samples, columns, event, pane)
    if (stream < 0) return false
    this.#viewers.add(VIEWER_SUM, columns.of(event, VIEWERS))
    this.#viewers.add(VIEWER_SAMPLES, 1)
    return true
  }

  /**
   * Closes the windows that end at or before `limitMs` (closed bound), in order of their ends.
   * Costs what the closed windows hold; a gap of years costs nothing. `undefined` among them =
   * other fibers may run. All must be taken before the next event.
   */
  *close(limitMs: number): Generator<ClosedWindow | undefined, void> {
    if (limitMs < this.#nextEndMs) return
    for (let endMs = this.nextHeldEnd(); endMs <= limitMs; endMs = this.nextHeldEnd()) {
      const window = yield* this.#closeOne(endMs)
      this.#nextEndMs = endMs + this.#windows.slideMs
      if (!window.isEmpty) yield window
    }
    this.#nextEndMs = this.#windows.endAfter(limitMs)
  }

  /**
   * End of the last window that holds an event; `-Infinity` when none does. Costs the number of
   * panes.
   */
  lastHeldEnd(): number {
    return this.#windows.lastEndOfPane(Math.max(this.#chat.lastPane, this.#viewers.lastPane))
  }

  #firstHeldEnd(): number {
    return this.#windows.firstEndOfPane(Math.min(this.#chat.firstPane, this.#viewers.firstPane))
  }

  #spend(budget: PaneBudget, sum: number, stream: number, pane: number, length: number): boolean {
    const cost = ENTRY_COST + length
    if (!budget.spend(pane, cost, this.#chat.inPane(stream, pane, sum))) return false
    this.#chat.name(stream, pane)
    this.#chat.add(sum, cost)
    return true
  }

  /**
   * Selects the sums of an event's stream in a pane, and returns the stream's number. It is -1 if
   * the pane has no room: it names too many streams, or the stream's sum `count` is at `most`.
   */
  #select(sums: PaneSums, count: number, most: number, columns: EventColumns, event: number, pane: number): number {
    const { bytes } = columns
    const start = columns.of(event, STREAM_START)
    const end = columns.of(event, STREAM_END)
    const hash = columns.of(event, STREAM_HASH)
    const known = this.#streams.find(bytes, start, end, hash)
    if (known >= 0 && sums.select(known, pane)) return sums.get(count) < most ? known : -1
    if (sums.namedIn(pane) >= this.#limits.streams) return -1
    const stream = known >= 0 ? known : this.#addStream(bytes, start, end, hash)
    sums.name(stream, pane)
    return stream
  }

  #addStream(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const stream = this.#streams.add(bytes, start, end, hash)
    this.#order.add(stream)
    return stream
  }

  *#closeOne(endMs: number): Generator<undefined, ClosedWindow> {
    const last = this.#windows.lastPane(endMs)
    yield* this.#chatters.reach(last)
    for (const part of [this.#chat, this.#emotes, this.#viewers]) yield* part.mergeTo(last)
    this.#reactions.open(this.#windows.firstPane(endMs, this.#spanMs), last)
    const window = yield* this.#window(endMs)
    const nextEndMs = endMs + this.#windows.slideMs
    yield* this.#evictBefore(this.#windows.firstPane(nextEndMs))
    this.#reactions.evictBefore(this.#windows.firstPane(nextEndMs, this.#spanMs))
    this.#transcript?.evictBefore(this.#windows.firstPane(nextEndMs))
    return window
  }

  /** The content of the panes that are merged. */
  *#window(endMs: number): Generator<undefined, ClosedWindow> {
    const window = new ClosedWindow(endMs)
    const { chat, viewers } = window
    const slideFirst = this.#windows.firstPane(endMs, this.#windows.slideMs)
    const first = this.#windows.firstPane(endMs)
    const last = this.#windows.lastPane(endMs)
    const emotesOf = yield* this.#emotes.window(this.#streams.end)
    const isAlone = this.#topEmotes !== undefined
    const names = this.#topEmotes === undefined ? yield* this.#chatters.names() : undefined
    const order = yield* this.#order.numbers()
    for (let index = 0; index < order.length; index++) {
      if (isPause(index)) yield undefined
      const stream = order[index] ?? outside()
      const chatCount = this.#chat.of(stream, CHAT_COUNT)
      if (chatCount > 0) {
        const emotes = emotesOf(stream)
        chat.streams.push(this.#streams.textOf(stream))
        chat.chatCount.push(chatCount)
        chat.chatters.push(names === undefined ? this.#chat.of(stream, CHATTERS) : (names.get(stream) ?? new Set()))
        chat.scoreMicro.push(this.#chat.of(stream, SCORE_MICRO))
        chat.scored.push(this.#chat.of(stream, SCORED))
        chat.positive.push(this.#chat.of(stream, POSITIVE))
        chat.negative.push(this.#chat.of(stream, NEGATIVE))
        this.#pushSlideOfChat(chat, stream, slideFirst, last)
        chat.reactions.push(isAlone ? this.#reactions.of(stream) : this.#reactions.voices(stream))
        if (this.#transcript !== undefined) chat.excerpts.push(this.#transcript.excerpt(stream, first, last))
        chat.emotes.push(this.#topEmotes === undefined ? new Map(emotes) : topEmotes(emotes, this.#topEmotes))
      }
      const viewerSamples = this.#viewers.of(stream, VIEWER_SAMPLES)
      if (viewerSamples > 0) {
        viewers.streams.push(this.#streams.textOf(stream))
        viewers.viewerSum.push(this.#viewers.of(stream, VIEWER_SUM))
        viewers.viewerSamples.push(viewerSamples)
        this.#pushSlideOfViewers(viewers, stream, slideFirst, last)
      }
    }
    return window
  }

  /** Adds a stream's sums over the panes of the window's last slide. Selects each once: hot. */
  #pushSlideOfChat(chat: ChatHalves, stream: number, first: number, last: number): void {
    let count = 0
    let scored = 0
    let scoreMicro = 0
    for (let pane = first; pane <= last; pane++) {
      if (!this.#chat.select(stream, pane)) continue
      count += this.#chat.get(CHAT_COUNT)
      scored += this.#chat.get(SCORED)
      scoreMicro += this.#chat.get(SCORE_MICRO)
    }
    chat.slideCount.push(count)
    chat.slideScored.push(scored)
    chat.slideScoreMicro.push(scoreMicro)
  }

  #pushSlideOfViewers(viewers: ViewerHalves, stream: number, first: number, last: number): void {
    let sum = 0
    let samples = 0
    for (let pane = first; pane <= last; pane++) {
      if (!this.#viewers.select(stream, pane)) continue
      sum += this.#viewers.get(VIEWER_SUM)
      samples += this.#viewers.get(VIEWER_SAMPLES)
    }
    viewers.slideSum.push(sum)
    viewers.slideSamples.push(samples)
  }

  /** Drops the panes before `first` (open bound), and the streams that no pane is left of. */
  *#evictBefore(first: number): Generator<undefined, void> {
    yield* this.#emotes.evictBefore(first)
    const isHeld = (stream: number): boolean => this.#chat.isHeld(stream) || this.#viewers.isHeld(stream)
    const before = this.#streams.size
    const forget = (stream: number): void => {
      if (!isHeld(stream)) this.#streams.drop(stream)
    }
    yield* this.#chat.evictBefore(first, forget)
    yield* this.#viewers.evictBefore(first, forget)
    if (this.#streams.size < before) this.#order.keep(isHeld)
    yield* this.#chatters.forgetBefore(first)
    this.#emoteBudget.evictBefore(first)
    this.#chatterBudget.evictBefore(first)
  }
}
