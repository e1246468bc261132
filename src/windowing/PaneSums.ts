/**
 * Sums of integers by pane and by key, and over the panes of the current window. A key is a small
 * integer that its owner assigns, such as a stream's number. A pane is added to the window once and
 * subtracted once, so the work per event does not depend on size / slide. Sums of integers can be
 * subtracted exactly, so the simplest form suffices: subtract on evict. Source: "General
 * incremental sliding-window aggregation", Tangwongsan et al., PVLDB 8(7), 2015. Exact up to 2^53.
 *
 * All state is in columns, which the garbage collector need not walk: there is a record for each
 * key that a pane names.
 *
 *     pane   number of keys · records: key, `width` sums · place of each key's record
 *     key    `width` sums over the current window · number of panes that name it
 */
import { outside } from "../domain/Invariant.ts"
import { grown } from "../domain/Columns.ts"
import { isPause } from "./Pauses.ts"

const FEWEST = 4

/** The keys of one pane and their sums. */
class Pane {
  readonly #width: number
  /**
   * Open addressing with linear probing, twice as many places as there is room for records: a
   * record's number and 1; 0 = free.
   */
  #places = new Int32Array(2 * FEWEST)
  /** Bits of a 32-bit hash that a place does not need. */
  #shift = 32 - Math.log2(2 * FEWEST)
  keys = new Int32Array(FEWEST)
  /** `width` for each record. */
  sums: Float64Array
  records = 0

  constructor(width: number) {
    this.#width = width
    this.sums = new Float64Array(width * FEWEST)
  }

  /** The key's record; as many as there are where it has none yet. */
  find(key: number): number {
    const record = (this.#places[this.#placeOf(key)] ?? outside()) - 1
    return record < 0 ? this.records : record
  }

  /** Makes a record for a key that has none. */
  append(key: number): void {
    if (this.records === this.keys.length) this.#grow()
    this.keys[this.records++] = key
    this.#places[this.#placeOf(key)] = this.records
  }

  /** The place of the key, or the free place for it. */
  #placeOf(key: number): number {
    const places = this.#places
    const mask = places.length - 1
    // Fibonacci hashing: keys are small and dense.
    let place = Math.imul(key, 0x9e3779b1) >>> this.#shift
    for (; ; place = (place + 1) & mask) {
      const record = places[place] ?? outside()
      if (record === 0 || this.keys[record - 1] === key) return place
    }
  }

  #grow(): void {
    const room = 2 * this.keys.length
    this.keys = grown(this.keys, new Int32Array(room))
    this.sums = grown(this.sums, new Float64Array(room * this.#width))
    this.#places = new Int32Array(2 * room)
    this.#shift--
    for (let record = 0; record < this.records; record++)
      this.#places[this.#placeOf(this.keys[record] ?? outside())] = record + 1
  }
}

export class PaneSums {
  readonly #width: number
  /** By their numbers. */
  readonly #panes = new Map<number, Pane>()
  /** The window's sums, `width` for each key. */
  #window = new Float64Array(0)
  /** How many panes name each key. */
  #naming = new Int32Array(0)
  /** The lowest pane; `+Infinity` when there is none. */
  #first = Number.POSITIVE_INFINITY
  /** The window holds the panes up to this (closed bound). */
  #last = Number.NEGATIVE_INFINITY
  /** The pane of the last addition, which is usually that of the next one. */
  #recent: Pane
  #recentPane = Number.NaN
  #recentKey = -1
  /** The position of its sums. */
  #recentSums = 0

  /** `width`: how many sums there are of each key. */
  constructor(width: number) {
    this.#width = width
    this.#recent = new Pane(width)
  }

  /**
   * Adds to one of a key's sums in a pane that is not evicted. From then on the pane names the key,
   * whatever the amount.
   */
  add(key: number, pane: number, sum: number, amount: number): void {
    if (!this.isNamed(key, pane)) this.#append(key, pane)
    const { sums } = this.#recent
    const at = this.#recentSums + sum
    sums[at] = (sums[at] ?? outside()) + amount
    // An event that is late for a closed window, but not for its successors, belongs to a pane that
    // they hold already.
    if (pane <= this.#last) this.#addToWindow(key * this.#width + sum, amount)
  }

  /** Whether the pane names the key. */
  isNamed(key: number, pane: number): boolean {
    if (key === this.#recentKey && pane === this.#recentPane) return true
    const found = this.#paneOf(pane)
    const record = found?.find(key)
    if (found === undefined || record === undefined || record === found.records) return false
    this.#recall(found, pane, key, record)
    return true
  }

  /** How many keys the pane names. */
  namedIn(pane: number): number {
    return this.#paneOf(pane)?.records ?? 0
  }

  /** One of a key's sums in a pane; 0 if the pane does not name it. */
  inPane(key: number, pane: number, sum: number): number {
    return this.isNamed(key, pane) ? (this.#recent.sums[this.#recentSums + sum] ?? outside()) : 0
  }

  /** Whether any pane names the key. */
  isHeld(key: number): boolean {
    return (this.#naming[key] ?? 0) > 0
  }

  /** One of a key's sums in the current window. */
  of(key: number, sum: number): number {
    return this.#window[key * this.#width + sum] ?? 0
  }

  /**
   * The window goes on to the panes up to `last` (closed bound). Forward only; costs what they
   * name. Pauses.
   */
  *mergeTo(last: number): Generator<undefined, void> {
    for (const [index, pane] of this.#panes) if (index > this.#last && index <= last) yield* this.#addAll(pane, 1)
    this.#last = last
  }

  /**
   * Drops the panes before `first` (open bound), which the window holds, and reports the keys that
   * no pane names any more. Costs the keys that the panes name. Pauses.
   */
  *evictBefore(first: number, gone: (key: number) => void): Generator<undefined, void> {
    this.#first = Number.POSITIVE_INFINITY
    for (const [index, pane] of this.#panes) {
      if (index >= first) {
        this.#first = Math.min(this.#first, index)
        continue
      }
      this.#panes.delete(index)
      yield* this.#addAll(pane, -1)
      for (let record = 0; record < pane.records; record++) {
        const key = pane.keys[record] ?? outside()
        const naming = (this.#naming[key] ?? outside()) - 1
        this.#naming[key] = naming
        if (naming === 0) gone(key)
        if (isPause(record)) yield undefined
      }
    }
    this.#recentKey = -1
  }

  /** The lowest pane; `+Infinity` when there is none. */
  get firstPane(): number {
    return this.#first
  }

  /** The highest pane; `-Infinity` when there is none. Costs the number of panes. */
  get lastPane(): number {
    let last = Number.NEGATIVE_INFINITY
    for (const pane of this.#panes.keys()) last = Math.max(last, pane)
    return last
  }

  #paneOf(index: number): Pane | undefined {
    return index === this.#recentPane && this.#recentKey >= 0 ? this.#recent : this.#panes.get(index)
  }

  /** Makes a record for a key that the pane does not name. */
  #append(key: number, index: number): void {
    let pane = this.#paneOf(index)
    if (pane === undefined) {
      this.#panes.set(index, (pane = new Pane(this.#width)))
      this.#first = Math.min(this.#first, index)
    }
    const record = pane.records
    pane.append(key)
    if (key >= this.#naming.length) {
      const room = Math.ceil((key + 1) * 1.25)
      this.#naming = grown(this.#naming, new Int32Array(room))
      this.#window = grown(this.#window, new Float64Array(room * this.#width))
    }
    this.#naming[key] = (this.#naming[key] ?? outside()) + 1
    this.#recall(pane, index, key, record)
  }

  #recall(pane: Pane, index: number, key: number, record: number): void {
    this.#recent = pane
    this.#recentPane = index
    this.#recentKey = key
    this.#recentSums = record * this.#width
  }

  *#addAll({ keys, records, sums }: Pane, sign: 1 | -1): Generator<undefined, void> {
    const width = this.#width
    for (let record = 0; record < records; record++) {
      const key = keys[record] ?? outside()
      for (let sum = 0; sum < width; sum++)
        this.#addToWindow(key * width + sum, sign * (sums[record * width + sum] ?? outside()))
      if (isPause(record)) yield undefined
    }
  }

  #addToWindow(at: number, amount: number): void {
    this.#window[at] = (this.#window[at] ?? outside()) + amount
  }
}
