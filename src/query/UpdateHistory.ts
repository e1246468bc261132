/**
 * The latest updates, bounded in number, rows and bytes. Clients that read slowly keep only their
 * place in it. An event for clients of all streams is written once, however many clients want it.
 */
import { present } from "../domain/Invariant.ts"
import { type Interest, type LiveEvent, liveEvent, reset, type Update } from "./LiveUpdates.ts"
import type { Positions } from "./Positions.ts"

export const MAX_KEPT_ROWS = 50_000
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const MAX_KEPT_UPDATES = 1000

/** One entry, with its events for clients of all streams, by the kinds that they contain. */
interface Entry extends Update {
  readonly events: Map<string, LiveEvent>
}

/** The next event of a client, and its place after it. */
export interface NextEvent extends LiveEvent {
  readonly seen: number
  readonly positions: Positions
}

const eventOf = (entry: Entry, interest: Interest): LiveEvent => {
  if (interest.stream !== undefined) return liveEvent(entry, interest)
  const { moments, status, totals, windows } = interest
  const kinds = `${windows} ${moments} ${status} ${totals}`
  const event = entry.events.get(kinds) ?? liveEvent(entry, interest)
  entry.events.set(kinds, event)
  return event
}

/** The newest entries within the bounds; at least one. */
const bounded = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  let rows = 0
  let bytes = 0
  const older = entries.findLastIndex(({ content }, index) => {
    rows += content === undefined ? 0 : content.windows.length + content.moments.length
    bytes += content === undefined ? 0 : content.bytes
    const kept = entries.length - index
    return kept > 1 && (kept > MAX_KEPT_UPDATES || rows > MAX_KEPT_ROWS || bytes > MAX_KEPT_BYTES)
  })
  return entries.slice(older + 1)
}

export class UpdateHistory {
  #entries: ReadonlyArray<Entry> = []
  #newest = 0

  /** The number of the newest update. Numbers start at 1 and have no gaps. */
  get newest(): number {
    return this.#newest
  }

  add(update: Update): void {
    this.#newest++
    this.#entries = bounded([...this.#entries, { ...update, events: new Map() }])
  }

  /** Drops all updates. Call it only while no client is behind {@link newest}. */
  clear(): void {
    this.#entries = []
  }

  /**
   * Returns the next event for a client that has seen the updates up to number `seen`. Returns
   * `undefined` if nothing is new. A client whose next update is no longer kept gets a reset and
   * skips to the newest update.
   */
  next(seen: number, interest: Interest): NextEvent | undefined {
    if (seen === this.#newest) return undefined
    const entry = this.#entries[seen - this.#newest + this.#entries.length]
    if (entry !== undefined) {
      return { ...eventOf(entry, interest), seen: seen + 1, positions: entry.positions }
    }
    const { positions } = present(this.#entries.at(-1), "the history holds the newest update while a client is behind")
    return { bytes: reset(positions), hasId: true, seen: this.#newest, positions }
  }
}
