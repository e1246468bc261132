/**
 * One input's windows: events in, halves of closed windows out. What other inputs do doesn't matter to it, so its halves depend on the input's bytes alone
 * (and on the task's watermark where that is ahead through idleness).
 */
import type { Event } from "../domain/Event.ts"
import { Chatters } from "./Chatters.ts"
import type { Half } from "./Half.ts"
import type { SlidingWindows } from "./SlidingWindows.ts"
import { StreamPanes } from "./StreamPanes.ts"

/** Half a window of one stream, final for its input. */
export interface ClosedHalf {
  readonly stream: string
  readonly endMs: number
  readonly half: Half
}

export class WindowOperator {
  readonly #windows: SlidingWindows
  readonly #topEmotes: number | undefined
  readonly #streams = new Map<string, StreamPanes>()
  readonly #chatters = new Chatters()
  #madeStreams = 0
  /** Windows that end before this are closed. */
  #nextEndMs: number

  /**
   * `closedToMs`: windows that end at or before it (closed bound) are never given. `topEmotes`: how many emotes a half names; `undefined` where other inputs of
   * the task may bring the same users and emotes, so that halves carry them all.
   */
  constructor(windows: SlidingWindows, closedToMs: number, topEmotes: number | undefined) {
    this.#windows = windows
    this.#topEmotes = topEmotes
    this.#nextEndMs = windows.endAfter(closedToMs)
  }

  /** End of the first window that is not closed. */
  get nextEndMs(): number {
    return this.#nextEndMs
  }

  /** How many streams hold state. */
  get streams(): number {
    return this.#streams.size
  }

  /**
   * Counts an event, whose time `pane` holds, in every window that holds it and is not closed. Returns their number; 0 = late for all, nothing was changed.
   * O(1) plus the event's emotes.
   */
  add(pane: number, event: Event, scoreMicro: number): number {
    const counted = this.#windows.openWindowsOfPane(pane, this.#nextEndMs - this.#windows.slideMs)
    if (counted === 0) return 0
    let panes = this.#streams.get(event.stream)
    if (panes === undefined)
      this.#streams.set(event.stream, (panes = new StreamPanes(this.#madeStreams++, this.#chatters)))
    if (event._tag === "chat") panes.addChat(pane, event, scoreMicro)
    else panes.addViewers(pane, event)
    return counted
  }

  /** Closes the windows that end at or before `limitMs` (closed bound), in order of their ends. Costs what the closed windows hold; a gap of years costs nothing. */
  close(limitMs: number): ReadonlyArray<ClosedHalf> {
    if (limitMs < this.#nextEndMs) return []
    const closed: Array<ClosedHalf> = []
    let endMs = Math.max(this.#nextEndMs, this.#firstHeldEnd())
    while (endMs <= limitMs && this.#streams.size > 0) {
      const before = closed.length
      this.#closeOne(endMs, closed)
      endMs += this.#windows.slideMs
      if (closed.length === before) endMs = Math.max(endMs, this.#firstHeldEnd())
    }
    this.#nextEndMs = this.#windows.endAfter(limitMs)
    return closed
  }

  /** End of the last window that holds an event; `-Infinity` when none does. Costs the number of streams. */
  lastHeldEnd(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const panes of this.#streams.values()) last = Math.max(last, this.#windows.lastEndOfPane(panes.lastPane))
    return last
  }

  #firstHeldEnd(): number {
    let first = Number.POSITIVE_INFINITY
    for (const panes of this.#streams.values()) first = Math.min(first, this.#windows.firstEndOfPane(panes.firstPane))
    return first
  }

  #closeOne(endMs: number, closed: Array<ClosedHalf>): void {
    const last = this.#windows.lastPane(endMs)
    const nextFirst = this.#windows.firstPane(endMs + this.#windows.slideMs)
    this.#chatters.reach(last)
    const names = this.#topEmotes === undefined ? this.#chatters.names() : undefined
    for (const [stream, panes] of this.#streams) {
      panes.mergeTo(last)
      const half = panes.current(this.#topEmotes, names === undefined ? undefined : (names.get(panes) ?? new Set()))
      if (half !== undefined) closed.push({ stream, endMs, half })
      panes.evictBefore(nextFirst)
      if (panes.isEmpty) this.#streams.delete(stream)
    }
    this.#chatters.forgetBefore(nextFirst)
  }
}
