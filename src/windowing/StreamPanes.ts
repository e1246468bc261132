/**
 * One stream's panes in one input, and the sum of those in the current window. A pane is added to the sum once and taken out once, so the
 * work per event does not depend on size / slide ("General incremental sliding-window aggregation", Tangwongsan et al., PVLDB 8(7), 2015; all sums here can be subtracted
 * exactly, so the simplest of its forms does: subtract on evict).
 */
import type { ChatEvent, ViewerEvent } from "../domain/Event.ts"
import type { Chatters, StreamOfChatters } from "./Chatters.ts"
import { addEmote, type Half, topEmotes } from "./Half.ts"

class Sums {
  chatCount = 0
  scoreMicro = 0
  positive = 0
  negative = 0
  viewerSum = 0
  viewerSamples = 0
  /** `undefined` = none so far: most panes of most streams have none. */
  emotes: Map<string, number> | undefined = undefined
}

class Pane extends Sums {
  readonly index: number
  /** How many count for it: see Chatters.ts. */
  chatters = 0

  constructor(index: number) {
    super()
    this.index = index
  }
}

const NO_EMOTES: ReadonlyMap<string, number> = new Map()

export class StreamPanes implements StreamOfChatters {
  readonly id: number
  readonly #chatters: Chatters
  /** Ascending by index. */
  readonly #panes: Array<Pane> = []
  /** The one that was used last: mostly that of the next event. */
  #recent: Pane | undefined
  /** The sum of the panes up to #last (closed bound), and how many chat in them. */
  readonly #sum = new Sums()
  #distinct = 0
  #last = Number.NEGATIVE_INFINITY

  /** `id` tells the stream apart from the others of `chatters`, which must have reached and forgotten the same panes whenever a window is asked for. */
  constructor(id: number, chatters: Chatters) {
    this.id = id
    this.#chatters = chatters
  }

  addChat(pane: number, event: ChatEvent, scoreMicro: number): void {
    const target = this.#pane(pane)
    addChatTo(target, event, scoreMicro)
    // An event that is late for a closed window, but not for its successors, belongs to a pane that is in their common sum already.
    if (pane <= this.#last) addChatTo(this.#sum, event, scoreMicro)
    this.#chatters.name(this, pane, event.user)
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
    const from = this.#place(this.#last + 1)
    this.#last = last
    for (let place = from; place < this.#panes.length; place++) {
      const pane = this.#panes[place]
      if (pane === undefined || pane.index > last) return
      this.#addToSum(pane, 1)
    }
  }

  /** Drops the panes before `first` (open bound). */
  evictBefore(first: number): void {
    const gone = this.#place(first)
    if (gone === 0) return
    for (const pane of this.#panes.splice(0, gone)) {
      if (pane.index <= this.#last) this.#addToSum(pane, -1)
      this.#distinct -= pane.chatters
    }
    this.#recent = undefined
  }

  count(pane: number, before: number): void {
    const counted = this.#panes[this.#place(before)]
    if (counted?.index !== before) this.#distinct++
    else counted.chatters--
    this.#pane(pane).chatters++
  }

  /**
   * The current window, or `undefined` when it holds no event. `limit`: how many emotes to name; `undefined` gives all that other inputs may add to: emotes with their counts, and `names` for
   * the chatters' number.
   */
  current(limit: number | undefined, names: Set<string> | undefined): Half | undefined {
    const { chatCount, scoreMicro, positive, negative, viewerSum, viewerSamples, emotes } = this.#sum
    if (chatCount === 0 && viewerSamples === 0) return undefined
    return {
      chatCount,
      chatters: names ?? this.#distinct,
      scoreMicro,
      positive,
      negative,
      viewerSum,
      viewerSamples,
      emotes: limit === undefined ? new Map(emotes) : topEmotes(emotes ?? NO_EMOTES, limit)
    }
  }

  /** Whether no pane is left. */
  get isEmpty(): boolean {
    return this.#panes.length === 0
  }

  /** The lowest pane that is left; `+Infinity` when there is none. */
  get firstPane(): number {
    return this.#panes[0]?.index ?? Number.POSITIVE_INFINITY
  }

  /** The highest pane; `-Infinity` when there is none. */
  get lastPane(): number {
    return this.#panes.at(-1)?.index ?? Number.NEGATIVE_INFINITY
  }

  #pane(index: number): Pane {
    if (this.#recent?.index === index) return this.#recent
    const place = this.#place(index)
    let pane = this.#panes[place]
    if (pane?.index !== index) this.#panes.splice(place, 0, (pane = new Pane(index)))
    this.#recent = pane
    return pane
  }

  /** Where the first pane from `index` on stands. O(log panes). */
  #place(index: number): number {
    let low = 0
    let high = this.#panes.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#panes[middle]?.index ?? 0) < index) low = middle + 1
      else high = middle
    }
    return low
  }

  #addToSum(pane: Pane, sign: 1 | -1): void {
    const sum = this.#sum
    sum.chatCount += sign * pane.chatCount
    sum.scoreMicro += sign * pane.scoreMicro
    sum.positive += sign * pane.positive
    sum.negative += sign * pane.negative
    sum.viewerSum += sign * pane.viewerSum
    sum.viewerSamples += sign * pane.viewerSamples
    for (const [emote, count] of pane.emotes ?? NO_EMOTES) addEmote((sum.emotes ??= new Map()), emote, sign * count)
  }
}

const addChatTo = (target: Sums, event: ChatEvent, scoreMicro: number): void => {
  target.chatCount++
  target.scoreMicro += scoreMicro
  if (scoreMicro > 0) target.positive++
  else if (scoreMicro < 0) target.negative++
  for (const emote of event.emotes) addEmote((target.emotes ??= new Map()), emote, 1)
}
