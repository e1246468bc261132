/**
 * Counts the distinct chatters of each stream in the current window, for all streams of one input.
 * A chatter counts in one pane: the newest that names them and that the window has reached. So the
 * chatters of a window are the sum over its panes. An event costs one lookup in one table,
 * regardless of size / slide.
 *
 * This is the largest state of all. It lies in tables of bounded size, so no step of growing or
 * shrinking takes long, however many chatters there are. The lower bits of a hash choose the table,
 * as in "Extendible hashing", Fagin et al., ACM TODS 4(3), 1979.
 */
import { type EventColumns, USER_END, USER_HASH, USER_START } from "../domain/EventColumns.ts"
import { present } from "../domain/Invariant.ts"
import { ChatterTable, type CountChatter, MOST } from "./ChatterTable.ts"

/**
 * Pays for a chatter's name in a pane; `false` if there is no room. `bytes`: length of the name.
 */
export type PayForChatter = (stream: number, pane: number, bytes: number) => boolean

/** Room for so many entries is kept: about 4 MB. */
const KEPT = 1 << 16

const HAS_TABLE = "every hash has a table"

/** The hash of a user in a stream. The multipliers are odd: 2^32 / phi, and one of MurmurHash3. */
const hashIn = (stream: number, hash: number): number => {
  const product = Math.imul(hash ^ Math.imul(stream, 0x9e3779b1), 0x85ebca6b)
  // The upper bits of a product depend on all bits of its factors, the lower ones do not.
  return product ^ (product >>> 16)
}

export class Chatters {
  /** By the lower bits of a hash. A table has several places if its depth is less than theirs. */
  #tables: ReadonlyArray<ChatterTable>
  /** The window has reached the panes up to this (closed bound). */
  #last = Number.NEGATIVE_INFINITY
  /** Panes before this are evicted (open bound). */
  #first = Number.MIN_SAFE_INTEGER
  readonly #count: CountChatter
  readonly #pay: PayForChatter

  /** `most`: the most entries that a table has room for. */
  constructor(count: CountChatter, pay: PayForChatter, most = MOST) {
    this.#tables = [new ChatterTable(0, most)]
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
    let table = this.#tableOf(hash)
    let entry = table.find(stream, hash, bytes, start, end)
    if (entry >= 0 && table.newestOf(entry) === pane) return true
    if (!this.#pay(stream, pane, end - start)) return false
    if (entry < 0) {
      while (!table.hasRoom(end - start)) {
        this.#rebuild(table, end - start)
        table = this.#tableOf(hash)
      }
      entry = table.add(stream, hash, bytes, start, end)
    }
    if (pane > table.newestOf(entry)) table.setNewest(entry, pane)
    // An event that is late for a closed window, but not for its successors, belongs to a pane that
    // they have reached already.
    if (pane <= this.#last) table.reach(entry, pane, this.#count)
    else table.addAhead(entry, pane)
    return true
  }

  /**
   * The window reaches the panes up to `last` (closed bound). Forward only; costs the chatters of
   * those panes. Pauses.
   */
  *reach(last: number): Generator<undefined, void> {
    this.#last = last
    for (const table of this.#distinct) {
      yield* table.reachAll(last, this.#count)
      if (this.#tables.length > 1) yield undefined
    }
  }

  /**
   * Evicts the panes before `first` (open bound). If the others hold few of the entries that there
   * is room for, the room is released: O(entries), once after many have gone. Pauses.
   */
  *forgetBefore(first: number): Generator<undefined, void> {
    this.#first = first
    const isLarge = this.room > KEPT
    for (const table of this.#distinct) {
      if (!table.isSpare(first) || !isLarge) continue
      this.#rebuild(table, 0)
      yield undefined
    }
  }

  /** How many entries there is room for. */
  get room(): number {
    let room = 0
    for (const table of this.#distinct) room += table.room
    return room
  }

  /** The names of those who count, by stream. Costs the number of entries. Pauses. */
  *names(): Generator<undefined, ReadonlyMap<number, Set<string>>> {
    const names = new Map<number, Set<string>>()
    for (const table of this.#distinct) {
      table.addNames(this.#first, names)
      yield undefined
    }
    return names
  }

  /** Each table once. Later changes of the tables do not change the set. */
  get #distinct(): ReadonlySet<ChatterTable> {
    return new Set(this.#tables)
  }

  #tableOf(hash: number): ChatterTable {
    return present(this.#tables[hash & (this.#tables.length - 1)], HAS_TABLE)
  }

  /** Replaces a table by one with room for a name of `length` bytes, or by two. */
  #rebuild(table: ChatterTable, length: number): void {
    const [even, odd = even] = table.replacement(this.#first, length)
    const tables = 2 ** even.depth > this.#tables.length ? [...this.#tables, ...this.#tables] : this.#tables
    this.#tables = tables.map((other, place) => (other !== table ? other : (place >>> table.depth) & 1 ? odd : even))
  }
}
