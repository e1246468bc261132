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
 *     pane   number of keys · records: key, `width` sums · by key: its record
 *     key    `width` sums over the current window · number of panes that name it
 */
import { grown } from "../domain/Columns.ts"
import { outside } from "../domain/Invariant.ts"
import { isPause } from "./Pauses.ts"

const FEWEST = 4

/** The keys of one pane and their sums. */
class Pane {
  readonly #width: number
  /** By key: its record and 1; 0 = none. */
  #records: Int32Array
  keys = new Int32Array(FEWEST)
  /** `width` for each record. */
  sums: Float64Array
  records = 0

  /** `keys`: how many there are at present, in all panes. */
  constructor(width: number, keys: number) {
    this.#width = width
    this.#records = new Int32Array(keys)
    this.sums = new Float64Array(width * FEWEST)
  }

  /** The key's record; -1 if it has none. */
  find(key: number): number {
    return key < this.#records.length ? (this.#records[key] ?? outside()) - 1 : -1
  }

  /** Makes a record for a key that has none, and returns it. */
  append(key: number): number {
    if (this.records === this.keys.length) {
      const room = 2 * this.keys.length
      this.keys = grown(this.keys, new Int32Array(room))
      this.sums = grown(this.sums, new Float64Array(room * this.#width))
    }
    if (key >= this.#records.length) this.#records = grown(this.#records, new Int32Array(roomFor(key)))
    this.keys[this.records++] = key
    this.#records[key] = this.records
    return this.records - 1
  }
}

/** Room for the keys up to one, and for some that follow. */
const roomFor = (key: number): number => Math.ceil((key + 1) * 1.25)

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
  /** The key and pane that are selected, and the position of their sums. */
  #selected: Pane
  #selectedPane = Number.NaN
  #selectedKey = -1
  #selectedSums = 0

  /** `width`: how many sums there are of each key. */
  constructor(width: number) {
    this.#width = width
    this.#selected = new Pane(width, 0)
  }

  /**
   * Selects a key's sums in a pane for {@link add} and {@link get}. Returns `false` if the pane
   * does not name the key; the selection is then as it was.
   */
  select(key: number, pane: number): boolean {
    if (key === this.#selectedKey && pane === this.#selectedPane) return true
    const found = this.#paneOf(pane)
    if (found === undefined) return false
    const record = found.find(key)
    if (record < 0) return false
    this.#remember(found, pane, key, record)
    return true
  }

  /** Selects a key's sums in a pane that is not evicted, and which names the key from then on. */
  name(key: number, pane: number): void {
    if (!this.select(key, pane)) this.#append(key, pane)
  }

  /** Adds to one of the selected sums. */
  add(sum: number, amount: number): void {
    const { sums } = this.#selected
    const at = this.#selectedSums + sum
    sums[at] = (sums[at] ?? outside()) + amount
    // An event that is late for a closed window, but not for its successors, belongs to a pane that
    // they hold already.
    if (this.#selectedPane <= this.#last) this.#addToWindow(this.#selectedKey * this.#width + sum, amount)
  }

  /** One of the selected sums. */
  get(sum: number): number {
    return this.#selected.sums[this.#selectedSums + sum] ?? outside()
  }

  /** How many keys the pane names. */
  namedIn(pane: number): number {
    return this.#paneOf(pane)?.records ?? 0
  }

  /** One of a key's sums in a pane; 0 if the pane does not name it. */
  inPane(key: number, pane: number, sum: number): number {
    return this.select(key, pane) ? this.get(sum) : 0
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
    this.#selectedKey = -1
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
    return index === this.#selectedPane && this.#selectedKey >= 0 ? this.#selected : this.#panes.get(index)
  }

  /** Makes a record for a key that the pane does not name. */
  #append(key: number, index: number): void {
    if (key >= this.#naming.length) {
      this.#naming = grown(this.#naming, new Int32Array(roomFor(key)))
      this.#window = grown(this.#window, new Float64Array(roomFor(key) * this.#width))
    }
    let pane = this.#paneOf(index)
    if (pane === undefined) {
      this.#panes.set(index, (pane = new Pane(this.#width, this.#naming.length)))
      this.#first = Math.min(this.#first, index)
    }
    this.#naming[key] = (this.#naming[key] ?? outside()) + 1
    this.#remember(pane, index, key, pane.append(key))
  }

  #remember(pane: Pane, index: number, key: number, record: number): void {
    this.#selected = pane
    this.#selectedPane = index
    this.#selectedKey = key
    this.#selectedSums = record * this.#width
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
