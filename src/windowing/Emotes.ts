/**
 * Counts each emote of each stream of one input, in the panes and in the current window. A counter
 * belongs to a pair of a stream and an emote.
 */
import {
  EMOTE,
  EMOTE_END,
  EMOTE_HASH,
  EMOTE_START,
  EMOTES_END,
  EMOTES_START,
  type EventColumns
} from "../domain/EventColumns.ts"
import { outside } from "../domain/Invariant.ts"
import { utf16Length } from "../domain/Utf8.ts"
import { Names } from "./Names.ts"
import { Pairs } from "./Pairs.ts"
import { PaneSums } from "./PaneSums.ts"
import { isPause } from "./Pauses.ts"
import type { EmoteCount } from "./TopEmotes.ts"

/**
 * Pays for a (stream, emote) pair that a pane does not hold yet; `false` if there is no room.
 * `length`: of the emote in UTF-16 code units.
 */
export type PayForEmote = (stream: number, pane: number, length: number) => boolean

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

  /**
   * Counts the emotes of an event. Returns how many of them were cut because the pane has no room.
   */
  add(stream: number, pane: number, columns: EventColumns, event: number): number {
    const { bytes, emotes } = columns
    const end = EMOTE * columns.of(event, EMOTES_END)
    let cut = 0
    for (let at = EMOTE * columns.of(event, EMOTES_START); at < end; at += EMOTE) {
      const nameStart = emotes[at + EMOTE_START] ?? outside()
      const nameEnd = emotes[at + EMOTE_END] ?? outside()
      const hash = emotes[at + EMOTE_HASH] ?? outside()
      const known = this.#names.find(bytes, nameStart, nameEnd, hash)
      let pair = known < 0 ? -1 : this.#pairs.find(stream, known)
      if (pair < 0 || !this.#counts.select(pair, pane)) {
        if (!this.#pay(stream, pane, utf16Length(bytes, nameStart, nameEnd))) {
          cut++
          continue
        }
        if (pair < 0) pair = this.#addPair(stream, known < 0 ? this.#names.add(bytes, nameStart, nameEnd, hash) : known)
        this.#counts.name(pair, pane)
      }
      this.#counts.add(0, 1)
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

  #addPair(stream: number, emote: number): number {
    this.#uses[emote] = (this.#uses[emote] ?? 0) + 1
    return this.#pairs.add(stream, emote)
  }
}
