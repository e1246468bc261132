/**
 * One stream's panes in one input, and the sum of those in the current window. A pane is added to the sum once and taken out once, so the
 * work per event does not depend on size / slide ("General incremental sliding-window aggregation", Tangwongsan et al., PVLDB 8(7), 2015; all sums here can be subtracted
 * exactly, so the simplest of its forms does: subtract on evict).
 */
import type { ChatEvent, ViewerEvent } from "../domain/Event.ts"
import { addEmote, type Half } from "./Half.ts"

interface Pane {
  chatCount: number
  scoreMicro: number
  positive: number
  negative: number
  viewerSum: number
  viewerSamples: number
  readonly users: Set<string>
  readonly emotes: Map<string, number>
}

const emptyPane = (): Pane => ({
  chatCount: 0,
  scoreMicro: 0,
  positive: 0,
  negative: 0,
  viewerSum: 0,
  viewerSamples: 0,
  users: new Set(),
  emotes: new Map()
})

export class StreamPanes {
  readonly #panes = new Map<number, Pane>()
  /** The sum of the panes in [#first, #last] (closed). */
  readonly #sum = emptyPane()
  /** Each user of the current window with the last pane of it that has the user. */
  readonly #lastPane = new Map<string, number>()
  #first = Number.NEGATIVE_INFINITY
  #last = Number.NEGATIVE_INFINITY

  addChat(pane: number, event: ChatEvent, scoreMicro: number): void {
    const target = this.#pane(pane)
    this.#addChatTo(target, event, scoreMicro)
    target.users.add(event.user)
    // An event that is late for a closed window, but not for its successors, belongs to a pane that is in their common sum already.
    if (pane <= this.#last) {
      this.#addChatTo(this.#sum, event, scoreMicro)
      this.#see(event.user, pane)
    }
  }

  addViewers(pane: number, event: ViewerEvent): void {
    const target = this.#pane(pane)
    target.viewerSum += event.viewers
    target.viewerSamples++
    if (pane <= this.#last) {
      this.#sum.viewerSum += event.viewers
      this.#sum.viewerSamples++
    }
  }

  /** Takes the panes up to `last` (closed bound) into the sum. Forward only. */
  mergeTo(last: number): void {
    const from = this.#last + 1
    this.#last = last
    for (const index of this.#panesBetween(from, last)) this.#merge(index)
  }

  /** Drops the panes before `first` (open bound). */
  evictBefore(first: number): void {
    for (const index of this.#panesBetween(this.#first, first - 1)) this.#evict(index)
    this.#first = first
  }

  /** The current window, or `undefined` when it holds no event. `withChatters` copies the set of users instead of its size. */
  current(withChatters: boolean): Half | undefined {
    const { chatCount, scoreMicro, positive, negative, viewerSum, viewerSamples, emotes } = this.#sum
    if (chatCount === 0 && viewerSamples === 0) return undefined
    return {
      chatCount,
      chatters: withChatters ? new Set(this.#lastPane.keys()) : this.#lastPane.size,
      scoreMicro,
      positive,
      negative,
      viewerSum,
      viewerSamples,
      emotes: new Map(emotes)
    }
  }

  /** Whether no pane is left. */
  get isEmpty(): boolean {
    return this.#panes.size === 0
  }

  /** The lowest pane that is left; `+Infinity` when there is none. Costs the number of panes. */
  get firstPane(): number {
    let first = Number.POSITIVE_INFINITY
    for (const pane of this.#panes.keys()) first = Math.min(first, pane)
    return first
  }

  /** The highest pane; `-Infinity` when there is none. Costs the number of panes. */
  get lastPane(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const pane of this.#panes.keys()) last = Math.max(last, pane)
    return last
  }

  #pane(index: number): Pane {
    let pane = this.#panes.get(index)
    if (pane === undefined) this.#panes.set(index, (pane = emptyPane()))
    return pane
  }

  #addChatTo(target: Pane, event: ChatEvent, scoreMicro: number): void {
    target.chatCount++
    target.scoreMicro += scoreMicro
    if (scoreMicro > 0) target.positive++
    else if (scoreMicro < 0) target.negative++
    for (const emote of event.emotes) addEmote(target.emotes, emote, 1)
  }

  #see(user: string, pane: number): void {
    const last = this.#lastPane.get(user)
    if (last === undefined || last < pane) this.#lastPane.set(user, pane)
  }

  /** Indices of the panes in [from, to] (closed): by counting where that is shorter than looking through all, so that a gap of years costs nothing. */
  #panesBetween(from: number, to: number): ReadonlyArray<number> {
    const found: Array<number> = []
    if (to - from < this.#panes.size) {
      for (let pane = from; pane <= to; pane++) if (this.#panes.has(pane)) found.push(pane)
    } else {
      for (const pane of this.#panes.keys()) if (pane >= from && pane <= to) found.push(pane)
    }
    return found
  }

  #merge(index: number): void {
    const pane = this.#pane(index)
    this.#addToSum(pane, 1)
    for (const user of pane.users) this.#see(user, index)
  }

  #evict(index: number): void {
    const pane = this.#pane(index)
    this.#panes.delete(index)
    if (index > this.#last) return
    this.#addToSum(pane, -1)
    for (const user of pane.users) if (this.#lastPane.get(user) === index) this.#lastPane.delete(user)
  }

  #addToSum(pane: Pane, sign: 1 | -1): void {
    const sum = this.#sum
    sum.chatCount += sign * pane.chatCount
    sum.scoreMicro += sign * pane.scoreMicro
    sum.positive += sign * pane.positive
    sum.negative += sign * pane.negative
    sum.viewerSum += sign * pane.viewerSum
    sum.viewerSamples += sign * pane.viewerSamples
    for (const [emote, count] of pane.emotes) addEmote(sum.emotes, emote, sign * count)
  }
}
