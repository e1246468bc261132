/**
 * Counts the distinct chatters of each stream in the current window, for all streams of one input.
 * A chatter counts in one pane: the newest that names them and that the window has reached. So the
 * chatters of a window are the sum over its panes. An event costs one lookup in one table,
 * regardless of size / slide.
 *
 * The table is flat numbers, not objects. It is the largest state of all, and the garbage collector
 * need not walk it.
 */
import { outside } from "../domain/Invariant.ts"
import { textOf, type Utf8 } from "../domain/Utf8.ts"
import { isPause } from "./Pauses.ts"

/**
 * Moves a chatter of a stream from pane `before` to `pane`. If the stream no longer holds `before`,
 * the chatter counted in no pane.
 */
export type CountChatter = (stream: number, pane: number, before: number) => void

/**
 * Pays for a chatter's name in a pane; `false` if there is no room. `bytes`: length of the name.
 */
export type PayForChatter = (stream: number, pane: number, bytes: number) => boolean

/** Numbers of an entry in `#facts`. */
const HASH = 0
const STREAM = 1
const NAME_LENGTH = 2
const FACTS = 3

/**
 * Numbers of an entry in `#panes`: the newest pane that names the chatter, and the newest of those
 * that the window has reached. Then the start of the name, since names may take more than 2^31
 * bytes.
 */
const NEWEST = 0
const REACHED = 1
const NAME_START = 2
const PANES = 3

/** Before every pane. */
const NEVER = Number.NEGATIVE_INFINITY

const FEWEST = 1 << 6
const BYTES_PER_NAME = 12

/** Random, so that names cannot be crafted to collide; no result depends on it. */
const SEED = crypto.getRandomValues(new Int32Array(1))[0] ?? outside()

/**
 * FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv), its bits mixed once more as at the end of
 * MurmurHash3.
 */
const hashOf = (stream: number, { bytes, end, start }: Utf8): number => {
  let hash = SEED ^ Math.imul(stream, 0x9e3779b1)
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? outside()), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}

const nameAt = (names: Uint8Array, facts: Int32Array, panes: Float64Array, entry: number): Utf8 => {
  const start = panes[entry * PANES + NAME_START] ?? outside()
  return { bytes: names, start, end: start + (facts[entry * FACTS + NAME_LENGTH] ?? outside()) }
}

export class Chatters {
  /**
   * Open addressing with linear probing, twice as many places as there is room for entries: an
   * entry's number and 1; 0 = free.
   */
  #places = new Int32Array(2 * FEWEST)
  #facts = new Int32Array(FACTS * FEWEST)
  #panes = new Float64Array(PANES * FEWEST)
  #entries = 0
  /** The bytes of all names. */
  #names = new Uint8Array(BYTES_PER_NAME * FEWEST)
  #nameBytes = 0
  /**
   * Entries by the pane that names them, for panes that the window has not reached. A pane may name
   * a chatter twice, if events are out of order.
   */
  readonly #ahead = new Map<number, Array<number>>()
  /** Entries of the pane that was used last, which is usually the pane of the next event. */
  #recent: Array<number> = []
  #recentPane = Number.NaN
  /** The window has reached the panes up to this (closed bound). */
  #last = NEVER
  /** Panes before this are evicted (open bound). */
  #first = Number.MIN_SAFE_INTEGER
  readonly #count: CountChatter
  readonly #pay: PayForChatter

  constructor(count: CountChatter, pay: PayForChatter) {
    this.#count = count
    this.#pay = pay
  }

  /**
   * Counts a chatter in a pane, which is at or behind the first pane of the current window. A
   * stream's number may be reused once its panes are evicted. The chatter is paid for whenever the
   * pane is not the newest that names them. Returns `false` if there is no room.
   */
  name(stream: number, pane: number, user: Utf8): boolean {
    const hash = hashOf(stream, user)
    const place = this.#placeOf(stream, hash, user)
    let entry = (this.#places[place] ?? outside()) - 1
    if (entry >= 0 && this.#panes[entry * PANES + NEWEST] === pane) return true
    if (!this.#pay(stream, pane, user.end - user.start)) return false
    if (entry < 0) entry = this.#add(stream, hash, user, place)
    if (pane > (this.#panes[entry * PANES + NEWEST] ?? outside())) this.#panes[entry * PANES + NEWEST] = pane
    // An event that is late for a closed window, but not for its successors, belongs to a pane that
    // they have reached already.
    if (pane <= this.#last) this.#reach(entry, pane)
    else this.#aheadIn(pane).push(entry)
    return true
  }

  /**
   * The window reaches the panes up to `last` (closed bound). Forward only; costs the chatters of
   * those panes. Pauses.
   */
  *reach(last: number): Generator<undefined, void> {
    this.#last = last
    for (const [pane, entries] of this.#ahead) {
      if (pane > last) continue
      for (const [index, entry] of entries.entries()) {
        this.#reach(entry, pane)
        if (isPause(index)) yield undefined
      }
      this.#ahead.delete(pane)
    }
    this.#recentPane = Number.NaN
  }

  /** Evicts the panes before `first` (open bound). */
  forgetBefore(first: number): void {
    this.#first = first
  }

  /** The names of those who count, by stream. Costs the number of entries. Pauses. */
  *names(): Generator<undefined, ReadonlyMap<number, Set<string>>> {
    const names = new Map<number, Set<string>>()
    for (let entry = 0; entry < this.#entries; entry++) {
      if (isPause(entry)) yield undefined
      if ((this.#panes[entry * PANES + REACHED] ?? outside()) < this.#first) continue
      const stream = this.#facts[entry * FACTS + STREAM] ?? outside()
      let ofStream = names.get(stream)
      if (ofStream === undefined) names.set(stream, (ofStream = new Set()))
      ofStream.add(textOf(nameAt(this.#names, this.#facts, this.#panes, entry)))
    }
    return names
  }

  #reach(entry: number, pane: number): void {
    const before = this.#panes[entry * PANES + REACHED] ?? outside()
    if (pane <= before) return
    this.#panes[entry * PANES + REACHED] = pane
    this.#count(this.#facts[entry * FACTS + STREAM] ?? outside(), pane, before)
  }

  #aheadIn(pane: number): Array<number> {
    if (this.#recentPane === pane) return this.#recent
    let entries = this.#ahead.get(pane)
    if (entries === undefined) this.#ahead.set(pane, (entries = []))
    this.#recentPane = pane
    this.#recent = entries
    return entries
  }

  /** The place of the chatter's entry, or the free place for it. */
  #placeOf(stream: number, hash: number, user: Utf8): number {
    const mask = this.#places.length - 1
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const entry = (this.#places[place] ?? outside()) - 1
      if (entry < 0 || (this.#facts[entry * FACTS + HASH] === hash && this.#is(entry, stream, user))) return place
    }
  }

  #is(entry: number, stream: number, { bytes, end, start }: Utf8): boolean {
    const facts = this.#facts
    const from = entry * FACTS
    if (facts[from + STREAM] !== stream || facts[from + NAME_LENGTH] !== end - start) return false
    const names = this.#names
    let name = this.#panes[entry * PANES + NAME_START] ?? outside()
    for (let at = start; at < end; at++) if (names[name++] !== bytes[at]) return false
    return true
  }

  /** `place` is the free one where the search for the hash ended. */
  #add(stream: number, hash: number, user: Utf8, place: number): number {
    const length = user.end - user.start
    const isFull = this.#entries * 2 === this.#places.length
    if (isFull || this.#nameBytes + length > this.#names.length) {
      this.#makeRoom(length)
      return this.#add(stream, hash, user, this.#placeOf(stream, hash, user))
    }
    const entry = this.#append(stream, hash, user, NEVER, NEVER)
    this.#places[place] = entry + 1
    return entry
  }

  #append(stream: number, hash: number, { bytes, end, start }: Utf8, newest: number, reached: number): number {
    const entry = this.#entries++
    this.#facts[entry * FACTS + HASH] = hash
    this.#facts[entry * FACTS + STREAM] = stream
    this.#facts[entry * FACTS + NAME_LENGTH] = end - start
    this.#panes[entry * PANES + NEWEST] = newest
    this.#panes[entry * PANES + REACHED] = reached
    this.#panes[entry * PANES + NAME_START] = this.#nameBytes
    for (let at = start; at < end; at++) this.#names[this.#nameBytes++] = bytes[at] ?? outside()
    return entry
  }

  /**
   * Rebuilds the tables without the entries of evicted panes, with double the capacity for the rest
   * and `bytes` for a name.
   */
  #makeRoom(bytes: number): void {
    const facts = this.#facts
    const panes = this.#panes
    const names = this.#names
    const entries = this.#entries
    const isLeft = (entry: number): boolean => (panes[entry * PANES + NEWEST] ?? outside()) >= this.#first
    let left = 0
    let nameBytes = bytes
    for (let entry = 0; entry < entries; entry++) {
      if (!isLeft(entry)) continue
      left++
      nameBytes += facts[entry * FACTS + NAME_LENGTH] ?? outside()
    }
    const room = Math.max(FEWEST, 2 ** Math.ceil(Math.log2(2 * left)))
    this.#places = new Int32Array(2 * room)
    this.#facts = new Int32Array(FACTS * room)
    this.#panes = new Float64Array(PANES * room)
    this.#names = new Uint8Array(Math.max(BYTES_PER_NAME * room, 2 * nameBytes))
    this.#nameBytes = 0
    this.#entries = 0
    const numbers = new Int32Array(entries)
    const mask = this.#places.length - 1
    for (let entry = 0; entry < entries; entry++) {
      if (!isLeft(entry)) continue
      const stream = facts[entry * FACTS + STREAM] ?? outside()
      const hash = facts[entry * FACTS + HASH] ?? outside()
      const name = nameAt(names, facts, panes, entry)
      const newest = panes[entry * PANES + NEWEST] ?? outside()
      const number = this.#append(stream, hash, name, newest, panes[entry * PANES + REACHED] ?? outside())
      let place = hash & mask
      while (this.#places[place] !== 0) place = (place + 1) & mask
      this.#places[place] = number + 1
      numbers[entry] = number
    }
    for (const ahead of this.#ahead.values()) {
      for (const [index, entry] of ahead.entries()) ahead[index] = numbers[entry] ?? outside()
    }
  }
}
