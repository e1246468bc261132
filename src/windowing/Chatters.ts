/**
 * Counts the distinct chatters of each stream in the current window, for all streams of one input.
 * A chatter counts in one pane: the newest that names them and that the window has reached. So the
 * chatters of a window are the sum over its panes. An event costs one lookup in one table,
 * regardless of size / slide.
 *
 * The table is flat numbers, not objects. It is the largest state of all, and the garbage collector
 * need not walk it.
 */
import { type EventColumns, USER_END, USER_HASH, USER_START } from "../domain/EventColumns.ts"
import { grown } from "../domain/Columns.ts"
import { invariant, outside } from "../domain/Invariant.ts"
import { MAX_NAME_CODE_POINTS } from "../domain/Limits.ts"
import { textOf } from "../domain/Utf8.ts"
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

/** Numbers of a place: the number of an entry and 1, 0 = free; the hash of its stream and name. */
const ENTRY = 0
const HASH = 1
const PLACE = 2

/**
 * Numbers of an entry: the newest pane that names the chatter, and the newest of those that the
 * window has reached. Then the start of the name, since names may take more than 2^31 bytes. Then
 * the stream and the length of the name as one number.
 */
const NEWEST = 0
const REACHED = 1
const NAME_START = 2
const OWNER = 3
const FACTS = 4

/** More than the length of any name in bytes; a power of two, so that divisions are exact. */
const LENGTHS = 1024
const ownerOf = (stream: number, length: number): number => stream * LENGTHS + length
const streamOf = (owner: number): number => Math.floor(owner / LENGTHS)
const lengthOf = (owner: number): number => owner - streamOf(owner) * LENGTHS
invariant(4 * MAX_NAME_CODE_POINTS < LENGTHS, "a code point takes 4 bytes at most")

/** Before every pane. */
const NEVER = Number.NEGATIVE_INFINITY

const FEWEST = 1 << 6
const BYTES_PER_NAME = 12

/**
 * Room for so many entries is kept: about 5 MB. Larger room is released if it is so many times as
 * large as needed.
 */
const KEPT = 1 << 16
const SPARE = 16

/**
 * The hash of a user in a stream, good in the upper bits. The multipliers are odd: 2^32 / phi, and
 * one of MurmurHash3.
 */
const hashIn = (stream: number, hash: number): number => Math.imul(hash ^ Math.imul(stream, 0x9e3779b1), 0x85ebca6b)

/** A list of entries. */
class Entries {
  numbers = new Int32Array(FEWEST)
  count = 0

  add(entry: number): void {
    if (this.count === this.numbers.length) this.numbers = grown(this.numbers, new Int32Array(2 * this.count))
    this.numbers[this.count++] = entry
  }

  /** Replaces each entry by its new number. */
  renumber(numbers: Int32Array): void {
    for (let index = 0; index < this.count; index++)
      this.numbers[index] = numbers[this.numbers[index] ?? outside()] ?? outside()
  }
}

export class Chatters {
  /**
   * Open addressing with linear probing, twice as many places as there is room for entries. The
   * upper bits of a hash choose the place.
   */
  #places = new Int32Array(2 * PLACE * FEWEST)
  #mask = 2 * FEWEST - 1
  #shift = 32 - Math.log2(2 * FEWEST)
  #facts = new Float64Array(FACTS * FEWEST)
  #entries = 0
  /** The bytes of all names. */
  #names = new Uint8Array(BYTES_PER_NAME * FEWEST)
  #nameBytes = 0
  /**
   * Entries by the pane that names them, for panes that the window has not reached. A pane may name
   * a chatter twice, if events are out of order.
   */
  readonly #ahead = new Map<number, Entries>()
  /** By pane that the window has reached: how many entries it named before. */
  readonly #reached = new Map<number, number>()
  /** Entries of the pane that was used last, which is usually the pane of the next event. */
  #recent = new Entries()
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
   * Counts an event's user in a pane, which is at or behind the first pane of the current window. A
   * stream's number may be reused once its panes are evicted. The chatter is paid for whenever the
   * pane is not the newest that names them. Returns `false` if there is no room.
   */
  name(stream: number, pane: number, columns: EventColumns, event: number): boolean {
    const { bytes } = columns
    const start = columns.of(event, USER_START)
    const end = columns.of(event, USER_END)
    const hash = hashIn(stream, columns.of(event, USER_HASH))
    const owner = ownerOf(stream, end - start)
    let entry = this.#find(owner, hash, bytes, start, end)
    if (entry >= 0 && this.#facts[entry * FACTS + NEWEST] === pane) return true
    if (!this.#pay(stream, pane, end - start)) return false
    if (entry < 0) entry = this.#add(owner, hash, bytes, start, end)
    if (pane > (this.#facts[entry * FACTS + NEWEST] ?? outside())) this.#facts[entry * FACTS + NEWEST] = pane
    // An event that is late for a closed window, but not for its successors, belongs to a pane that
    // they have reached already.
    if (pane <= this.#last) this.#reach(entry, pane)
    else this.#aheadIn(pane).add(entry)
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
      for (let index = 0; index < entries.count; index++) {
        this.#reach(entries.numbers[index] ?? outside(), pane)
        if (isPause(index)) yield undefined
      }
      this.#ahead.delete(pane)
      this.#reached.set(pane, entries.count)
    }
    this.#recentPane = Number.NaN
  }

  /**
   * Evicts the panes before `first` (open bound). If the others hold few of the entries that there
   * is room for, the room is released: O(entries), once after many have gone.
   */
  forgetBefore(first: number): void {
    this.#first = first
    for (const pane of this.#reached.keys()) if (pane < first) this.#reached.delete(pane)
    let left = 0
    for (const entries of this.#reached.values()) left += entries
    for (const { count } of this.#ahead.values()) left += count
    if (this.room > KEPT && this.room > SPARE * left) this.#makeRoom(0)
  }

  /** How many entries there is room for. */
  get room(): number {
    return this.#facts.length / FACTS
  }

  /** The names of those who count, by stream. Costs the number of entries. Pauses. */
  *names(): Generator<undefined, ReadonlyMap<number, Set<string>>> {
    const names = new Map<number, Set<string>>()
    for (let entry = 0; entry < this.#entries; entry++) {
      if (isPause(entry)) yield undefined
      if ((this.#facts[entry * FACTS + REACHED] ?? outside()) < this.#first) continue
      const owner = this.#facts[entry * FACTS + OWNER] ?? outside()
      const stream = streamOf(owner)
      let ofStream = names.get(stream)
      if (ofStream === undefined) names.set(stream, (ofStream = new Set()))
      const start = this.#facts[entry * FACTS + NAME_START] ?? outside()
      ofStream.add(textOf({ bytes: this.#names, start, end: start + lengthOf(owner) }))
    }
    return names
  }

  #reach(entry: number, pane: number): void {
    const before = this.#facts[entry * FACTS + REACHED] ?? outside()
    if (pane <= before) return
    this.#facts[entry * FACTS + REACHED] = pane
    this.#count(streamOf(this.#facts[entry * FACTS + OWNER] ?? outside()), pane, before)
  }

  #aheadIn(pane: number): Entries {
    if (this.#recentPane === pane) return this.#recent
    let entries = this.#ahead.get(pane)
    if (entries === undefined) this.#ahead.set(pane, (entries = new Entries()))
    this.#recentPane = pane
    this.#recent = entries
    return entries
  }

  /** The entry of the owner with the name in [start, end); -1 if there is none. */
  #find(owner: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const places = this.#places
    for (let place = hash >>> this.#shift; ; place = (place + 1) & this.#mask) {
      const entry = (places[PLACE * place + ENTRY] ?? outside()) - 1
      if (entry < 0 || (places[PLACE * place + HASH] === hash && this.#is(entry, owner, bytes, start, end)))
        return entry
    }
  }

  #is(entry: number, owner: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#facts[entry * FACTS + OWNER] !== owner) return false
    const names = this.#names
    let name = this.#facts[entry * FACTS + NAME_START] ?? outside()
    for (let at = start; at < end; at++) if (names[name++] !== bytes[at]) return false
    return true
  }

  #add(owner: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const isFull = this.#entries * FACTS === this.#facts.length
    if (isFull || this.#nameBytes + end - start > this.#names.length) this.#makeRoom(end - start)
    return this.#append(owner, hash, bytes, start, NEVER, NEVER)
  }

  /** Adds an entry at the first free place from that of its hash on. */
  #append(owner: number, hash: number, bytes: Uint8Array, start: number, newest: number, reached: number): number {
    const entry = this.#entries++
    this.#facts[entry * FACTS + NEWEST] = newest
    this.#facts[entry * FACTS + REACHED] = reached
    this.#facts[entry * FACTS + NAME_START] = this.#nameBytes
    this.#facts[entry * FACTS + OWNER] = owner
    const end = start + lengthOf(owner)
    for (let at = start; at < end; at++) this.#names[this.#nameBytes++] = bytes[at] ?? outside()
    let place = hash >>> this.#shift
    while (this.#places[PLACE * place + ENTRY] !== 0) place = (place + 1) & this.#mask
    this.#places[PLACE * place + ENTRY] = entry + 1
    this.#places[PLACE * place + HASH] = hash
    return entry
  }

  /**
   * Rebuilds the tables without the entries of evicted panes, with double the capacity for the rest
   * and `bytes` for a name.
   */
  #makeRoom(bytes: number): void {
    const places = this.#places
    const facts = this.#facts
    const names = this.#names
    const isLeft = (entry: number): boolean => (facts[entry * FACTS + NEWEST] ?? outside()) >= this.#first
    let left = 0
    let nameBytes = bytes
    for (let entry = 0; entry < this.#entries; entry++) {
      if (!isLeft(entry)) continue
      left++
      nameBytes += lengthOf(facts[entry * FACTS + OWNER] ?? outside())
    }
    const entries = this.#entries
    const hashes = new Int32Array(entries)
    for (let place = 0; place < places.length; place += PLACE) {
      const entry = (places[place + ENTRY] ?? outside()) - 1
      if (entry >= 0) hashes[entry] = places[place + HASH] ?? outside()
    }
    const numbers = new Int32Array(entries)
    const room = Math.max(FEWEST, 2 ** Math.ceil(Math.log2(2 * left)))
    this.#places = new Int32Array(2 * PLACE * room)
    this.#mask = 2 * room - 1
    this.#shift = 32 - Math.log2(2 * room)
    this.#facts = new Float64Array(FACTS * room)
    this.#names = new Uint8Array(Math.max(BYTES_PER_NAME * room, 2 * nameBytes))
    this.#nameBytes = 0
    this.#entries = 0
    for (let entry = 0; entry < entries; entry++) {
      if (!isLeft(entry)) continue
      numbers[entry] = this.#append(
        facts[entry * FACTS + OWNER] ?? outside(),
        hashes[entry] ?? outside(),
        names,
        facts[entry * FACTS + NAME_START] ?? outside(),
        facts[entry * FACTS + NEWEST] ?? outside(),
        facts[entry * FACTS + REACHED] ?? outside()
      )
    }
    for (const ahead of this.#ahead.values()) ahead.renumber(numbers)
  }
}
