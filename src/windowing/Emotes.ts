/**
 * Counts each emote of each stream of one input, in the panes and in the current window. A counter
 * belongs to a pair of a stream and an emote.
 */
import { outside } from "../domain/Invariant.ts"
import { Names } from "./Names.ts"
import { Pairs } from "./Pairs.ts"
import { PaneSums } from "./PaneSums.ts"
import { isPause } from "./Pauses.ts"
import type { EmoteCount } from "./TopEmotes.ts"

/** Pays for a (stream, emote) pair that a pane does not hold yet; `false` if there is no room. */
export type PayForEmote = (stream: number, pane: number, emote: string) => boolean

export class Emotes {
  readonly #pay: PayForEmote
  readonly #names = new Names()
  /** How many pairs each emote is in. */
  readonly #uses: Array<number> = []
  readonly #pairs = new Pairs()
  readonly #counts = new PaneSums(1)

  constructor(pay: PayForEmote) {
    this.#pay = pay
  }

  /** Returns how many of them were cut because the pane has no room. */
  add(stream: number, pane: number, emotes: ReadonlyArray<string>): number {
    let cut = 0
    for (const emote of emotes) {
      const name = this.#names.find(emote)
      const pair = name < 0 ? -1 : this.#pairs.find(stream, name)
      if (pair >= 0 && this.#counts.isNamed(pair, pane)) this.#counts.add(pair, pane, 0, 1)
      else if (this.#pay(stream, pane, emote)) this.#counts.add(this.#pairOf(stream, emote), pane, 0, 1)
      else cut++
    }
    return cut
  }

  /** The window goes on to the panes up to `last` (closed bound). Pauses. */
  mergeTo(last: number): Generator<undefined, void> {
    return this.#counts.mergeTo(last)
  }

  /** Drops the panes before `first` (open bound). Pauses. */
  evictBefore(first: number): Generator<undefined, void> {
    return this.#counts.evictBefore(first, (pair) => {
      const emote = this.#pairs.rightOf(pair)
      this.#pairs.drop(pair)
      const uses = (this.#uses[emote] ?? outside()) - 1
      this.#uses[emote] = uses
      if (uses === 0) this.#names.drop(emote)
    })
  }

  /**
   * Gives what the current window holds of a stream, whose number is below `streams`, until
   * something changes. Costs the number of pairs, then what it gives. Pauses.
   */
  *window(streams: number): Generator<undefined, (stream: number) => ReadonlyArray<EmoteCount>> {
    // Each stream's pairs as a chain, a pair's number and 1; 0 = its end.
    const firsts = new Int32Array(streams)
    const nexts = new Int32Array(this.#pairs.end)
    for (let pair = 0; pair < nexts.length; pair++) {
      if (isPause(pair)) yield undefined
      if (this.#counts.of(pair, 0) === 0) continue
      const stream = this.#pairs.leftOf(pair)
      nexts[pair] = firsts[stream] ?? outside()
      firsts[stream] = pair + 1
    }
    return (stream) => {
      const found: Array<EmoteCount> = []
      for (let pair = (firsts[stream] ?? outside()) - 1; pair >= 0; pair = (nexts[pair] ?? outside()) - 1) {
        found.push([this.#names.textOf(this.#pairs.rightOf(pair)), this.#counts.of(pair, 0)])
      }
      return found
    }
  }

  #pairOf(stream: number, name: string): number {
    const emote = this.#names.numberOf(name)
    const found = this.#pairs.find(stream, emote)
    if (found >= 0) return found
    this.#uses[emote] = (this.#uses[emote] ?? 0) + 1
    return this.#pairs.add(stream, emote)
  }
}
