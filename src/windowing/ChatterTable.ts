/**
 * A hash table of chatters, by stream and name. An entry holds the newest pane that names the
 * chatter, and the newest of those that the window has reached.
 *
 * The table is flat numbers, not objects: the garbage collector need not walk it. An entry lies in
 * one piece, so finding it costs two cache misses: its place and itself.
 *
 *     newest, reached: doubles · stream, hash, length of the name: 32 bits · the name's bytes
 */
import { grown } from "../domain/Columns.ts"
import { outside, present } from "../domain/Invariant.ts"
import { textOf } from "../domain/Utf8.ts"
import { isPause } from "./Pauses.ts"

/**
 * Moves a chatter of a stream from pane `before` to `pane`. If the stream no longer holds `before`,
 * the chatter counted in no pane.
 */
export type CountChatter = (stream: number, pane: number, before: number) => void

/** Numbers of a place: where its entry begins and 1, 0 = free; the hash of its stream and name. */
const ENTRY = 0
const HASH = 1
const PLACE = 2

/** An entry's doubles, its 32-bit numbers, and the bytes before its name. */
const NEWEST = 0
const REACHED = 1
const STREAM = 4
const HASH_OF = 5
const LENGTH = 6
const NAME = 28

/** Doubles of an entry with a name of so many bytes. Entries begin at a double. */
const sizeOf = (length: number): number => (NAME + length + 7) >>> 3
const USUAL_SIZE = sizeOf(20)

/** Before every pane. */
const NEVER = Number.NEGATIVE_INFINITY

/** Every table has room for so many entries. */
const FEWEST = 1 << 6
/**
 * No table has room for more entries, by default. The largest takes 32 MiB: from this size on,
 * glibc returns memory to the system as soon as it is free. The pause of a rebuild is linear in
 * the entries (ADR 6 has measurements).
 */
export const MOST = 1 << 19
/** A table whose entries have so many bits of their hashes in common is not split. */
const DEEPEST = 16
/** Room that is so many times as large as needed is released. */
const SPARE = 16

/** Room for so many entries and at least three quarters as many more. */
const roomFor = (entries: number): number => Math.max(FEWEST, 2 ** Math.ceil(Math.log2(1.75 * entries)))

/** A list of entries. */
class Entries {
  numbers = new Int32Array(16)
  count = 0

  add(entry: number): void {
    if (this.count === this.numbers.length) this.numbers = grown(this.numbers, new Int32Array(2 * this.count))
    this.numbers[this.count++] = entry
  }
}

/** Entries are known by the double at which they begin. */
export class ChatterTable {
  /** How many entries there is room for. */
  readonly room: number
  /** The hashes of all entries have so many lower bits in common. */
  readonly depth: number
  readonly #most: number
  #entries = 0
  /**
   * Open addressing with linear probing, twice as many places as there is room for entries. The
   * upper bits of a hash choose the place.
   */
  readonly #places: Int32Array
  readonly #mask: number
  readonly #shift: number
  /** The entries: three views of the same bytes. */
  readonly #doubles: Float64Array
  readonly #numbers: Int32Array
  readonly #bytes: Uint8Array
  /** Where the next entry begins. */
  #end = 0
  /**
   * Entries by the pane that names them, for panes that the window has not reached. A pane may name
   * a chatter twice, if events are out of order.
   */
  readonly #ahead = new Map<number, Entries>()
  /** By pane that the window has reached: how many entries it named before, or more. */
  readonly #reached: Map<number, number>
  /** Entries of the pane that was used last, which is usually the pane of the next event. */
  #recent = new Entries()
  #recentPane = Number.NaN

  /**
   * Makes room for so many entries, which take so many doubles, and for others. `most`: the most
   * entries that a table has room for. `reached`: entries by pane that the window has reached.
   */
  constructor(
    depth: number,
    most: number,
    entries = 0,
    doubles = 0,
    reached: ReadonlyMap<number, number> = new Map<number, number>()
  ) {
    this.depth = depth
    this.#most = most
    this.room = roomFor(entries)
    const places = 2 * PLACE * this.room
    const size = Math.max(USUAL_SIZE * this.room, 2 * doubles)
    const buffer = new ArrayBuffer(4 * places + 8 * size)
    this.#places = new Int32Array(buffer, 0, places)
    this.#mask = 2 * this.room - 1
    this.#shift = 32 - Math.log2(2 * this.room)
    this.#doubles = new Float64Array(buffer, 4 * places)
    this.#numbers = new Int32Array(buffer, 4 * places)
    this.#bytes = new Uint8Array(buffer, 4 * places)
    this.#reached = new Map(reached)
  }

  /** The entry of the stream with the name in [start, end); -1 if there is none. */
  find(stream: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const places = this.#places
    for (let place = hash >>> this.#shift; ; place = (place + 1) & this.#mask) {
      const entry = (places[PLACE * place + ENTRY] ?? outside()) - 1
      if (entry < 0 || (places[PLACE * place + HASH] === hash && this.#is(entry, stream, bytes, start, end)))
        return entry
    }
  }

  /** Whether there is room for an entry with a name of so many bytes. */
  hasRoom(length: number): boolean {
    return this.#entries < this.room && this.#end + sizeOf(length) <= this.#doubles.length
  }

  /** Adds an entry that no pane names. There must be room for it. */
  add(stream: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    const entry = this.#append(hash, sizeOf(end - start))
    this.#doubles[entry + NEWEST] = NEVER
    this.#doubles[entry + REACHED] = NEVER
    this.#numbers[2 * entry + STREAM] = stream
    this.#numbers[2 * entry + HASH_OF] = hash
    this.#numbers[2 * entry + LENGTH] = end - start
    let to = 8 * entry + NAME
    for (let at = start; at < end; at++) this.#bytes[to++] = bytes[at] ?? outside()
    return entry
  }

  /** The newest pane that names an entry. */
  newestOf(entry: number): number {
    return this.#doubles[entry + NEWEST] ?? outside()
  }

  setNewest(entry: number, pane: number): void {
    this.#doubles[entry + NEWEST] = pane
  }

  /** Notes that a pane which the window has not reached names an entry. */
  addAhead(entry: number, pane: number): void {
    if (this.#recentPane !== pane) {
      let entries = this.#ahead.get(pane)
      if (entries === undefined) this.#ahead.set(pane, (entries = new Entries()))
      this.#recentPane = pane
      this.#recent = entries
    }
    this.#recent.add(entry)
  }

  /** The window reaches the panes up to `last` (closed bound). Pauses. */
  *reachAll(last: number, count: CountChatter): Generator<undefined, void> {
    for (const [pane, entries] of this.#ahead) {
      if (pane > last) continue
      for (let index = 0; index < entries.count; index++) {
        this.reach(entries.numbers[index] ?? outside(), pane, count)
        if (isPause(index)) yield undefined
      }
      this.#ahead.delete(pane)
      this.#reached.set(pane, entries.count)
    }
    this.#recentPane = Number.NaN
  }

  /** A pane that the window has reached names an entry. */
  reach(entry: number, pane: number, count: CountChatter): void {
    const before = this.#doubles[entry + REACHED] ?? outside()
    if (pane <= before) return
    this.#doubles[entry + REACHED] = pane
    count(this.#streamOf(entry), pane, before)
  }

  /**
   * Forgets the panes before `first` (open bound), and returns whether the others name few of the
   * entries that there is room for.
   */
  isSpare(first: number): boolean {
    for (const pane of this.#reached.keys()) if (pane < first) this.#reached.delete(pane)
    let left = 0
    for (const entries of this.#reached.values()) left += entries
    for (const { count } of this.#ahead.values()) left += count
    return this.room > FEWEST && this.room > SPARE * left
  }

  /** Adds the names of those who count in panes from `first` on, by stream. */
  addNames(first: number, names: Map<number, Set<string>>): void {
    for (let entry = 0; entry < this.#end; entry += this.#sizeAt(entry)) {
      if ((this.#doubles[entry + REACHED] ?? outside()) < first) continue
      const stream = this.#streamOf(entry)
      let ofStream = names.get(stream)
      if (ofStream === undefined) names.set(stream, (ofStream = new Set()))
      const start = 8 * entry + NAME
      ofStream.add(textOf({ bytes: this.#bytes, start, end: start + this.#lengthOf(entry) }))
    }
  }

  /**
   * Returns the table that replaces this one. It lacks the entries that only panes before `first`
   * name (open bound), and has room for others and a name of `length` bytes. Instead of a table
   * that is too large there are two: the next bit of a hash chooses. O(entries). This table is
   * then of no use.
   */
  replacement(first: number, length: number): readonly [ChatterTable, ChatterTable?] {
    let left = 0
    let doubles = sizeOf(length)
    for (let entry = 0; entry < this.#end; entry += this.#sizeAt(entry)) {
      if (this.newestOf(entry) < first) continue
      left++
      doubles += this.#sizeAt(entry)
    }
    const halves = roomFor(left) > this.#most && this.depth < DEEPEST ? 2 : 1
    const make = () =>
      new ChatterTable(this.depth + halves - 1, this.#most, left / halves, Math.ceil(doubles / halves), this.#reached)
    const tables: readonly [ChatterTable, ChatterTable?] = halves === 1 ? [make()] : [make(), make()]
    for (let entry = 0; entry < this.#end; entry += this.#sizeAt(entry)) {
      if (this.newestOf(entry) < first) continue
      const half = halves === 1 ? 0 : ((this.#numbers[2 * entry + HASH_OF] ?? outside()) >>> this.depth) & 1
      // The old entry states where the new one is.
      this.#doubles[entry + NEWEST] = present(tables[half], "a half has a table").#copy(this, entry)
      this.#doubles[entry + REACHED] = half
    }
    for (const [pane, entries] of this.#ahead) {
      for (let index = 0; index < entries.count; index++) {
        const entry = entries.numbers[index] ?? outside()
        const table = present(tables[this.#doubles[entry + REACHED] ?? outside()], "a half has a table")
        table.addAhead(this.newestOf(entry), pane)
      }
    }
    return tables
  }

  #is(entry: number, stream: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#numbers[2 * entry + STREAM] !== stream || this.#lengthOf(entry) !== end - start) return false
    const own = this.#bytes
    let name = 8 * entry + NAME
    for (let at = start; at < end; at++) if (own[name++] !== bytes[at]) return false
    return true
  }

  #streamOf(entry: number): number {
    return this.#numbers[2 * entry + STREAM] ?? outside()
  }

  #lengthOf(entry: number): number {
    return this.#numbers[2 * entry + LENGTH] ?? outside()
  }

  #sizeAt(entry: number): number {
    return sizeOf(this.#lengthOf(entry))
  }

  /** Adds a copy of another table's entry, and returns it. */
  #copy(from: ChatterTable, entry: number): number {
    const source = from.#numbers
    const numbers = this.#numbers
    const copy = this.#append(source[2 * entry + HASH_OF] ?? outside(), from.#sizeAt(entry))
    // Not as doubles: a copy may change the bits of one that is not a number.
    const end = 2 * this.#end
    for (let at = 2 * entry, to = 2 * copy; to < end; to++) numbers[to] = source[at++] ?? outside()
    return copy
  }

  /** Makes an entry of so many doubles, at the first free place from that of its hash on. */
  #append(hash: number, size: number): number {
    const entry = this.#end
    this.#end += size
    this.#entries++
    let place = hash >>> this.#shift
    while (this.#places[PLACE * place + ENTRY] !== 0) place = (place + 1) & this.#mask
    this.#places[PLACE * place + ENTRY] = entry + 1
    this.#places[PLACE * place + HASH] = hash
    return entry
  }
}
