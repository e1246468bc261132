/**
 * The latest flushes, bounded in number, rows and bytes. Clients that read slowly keep only their
 * place in it. An event for clients of all streams is written once, however many clients want it.
 */
import { present } from "../domain/Invariant.ts"
import { flushEvent, type Interest, reset, type TaskFlush } from "./FlushEvents.ts"

export const MAX_KEPT_ROWS = 50_000
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const MAX_KEPT_FLUSHES = 1000

/** One entry, with its events for clients of all streams, by the kinds that they contain. */
interface Entry extends TaskFlush {
  readonly events: Map<string, Uint8Array>
}

const eventOf = (entry: Entry, interest: Interest): Uint8Array => {
  if (interest.stream !== undefined) return flushEvent(entry, interest)
  const kinds = `${interest.windows} ${interest.moments} ${interest.status}`
  const event = entry.events.get(kinds) ?? flushEvent(entry, interest)
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
    return kept > 1 && (kept > MAX_KEPT_FLUSHES || rows > MAX_KEPT_ROWS || bytes > MAX_KEPT_BYTES)
  })
  return entries.slice(older + 1)
}

export class FlushHistory {
  #entries: ReadonlyArray<Entry> = []
  #newest = 0

  /** The number of the newest flush. Numbers start at 1 and have no gaps. */
  get newest(): number {
    return this.#newest
  }

  add(flush: TaskFlush): void {
    this.#newest++
    this.#entries = bounded([...this.#entries, { ...flush, events: new Map() }])
  }

  /** Drops all flushes. Call it only while no client is behind {@link newest}. */
  clear(): void {
    this.#entries = []
  }

  /**
   * Returns the next event for a client that has seen the flushes up to number `seen`, with the new
   * number. Returns `undefined` if nothing is new. A client whose next flush is no longer kept gets
   * a reset and skips to the newest flush.
   */
  next(seen: number, interest: Interest): { readonly event: Uint8Array; readonly seen: number } | undefined {
    if (seen === this.#newest) return undefined
    const entry = this.#entries[seen - this.#newest + this.#entries.length]
    if (entry !== undefined) return { event: eventOf(entry, interest), seen: seen + 1 }
    const { positions } = present(this.#entries.at(-1), "the history holds the newest flush while a client is behind")
    return { event: reset(positions), seen: this.#newest }
  }
}
