/**
 * Recognizes messages that arrive twice: while an old connection hands over to a new one, both get
 * the messages of a channel.
 */

/** At least so many of the latest ids are known, and at most twice as many: 20 MB. */
const FEWEST = 100_000
/** The new connection may be late with messages that the old one brought. */
const AFTERWARDS_MS = 60_000

export interface Duplicates {
  /** From now on two connections may bring the same messages. */
  readonly start: () => void
  /** Only one connection is left. */
  readonly stop: (nowMs: number) => void
  /** Whether a message with this id has arrived since the start. */
  readonly isKnown: (id: string, nowMs: number) => boolean
}

/** An id without the line that it was cut from: V8 keeps the whole line for a part of it. */
const copied = (id: string): string => Buffer.from(id).toString()

export const makeDuplicates = (): Duplicates => {
  let ids = new Set<string>()
  /** The ids before them. A set that loses its oldest elements one by one becomes slow. */
  let older: ReadonlySet<string> = new Set()
  /** Ids are kept until this time. */
  let untilMs = Number.NEGATIVE_INFINITY
  return {
    start: () => {
      untilMs = Number.POSITIVE_INFINITY
    },
    stop: (nowMs) => {
      if (untilMs === Number.POSITIVE_INFINITY) untilMs = nowMs + AFTERWARDS_MS
    },
    isKnown: (id, nowMs) => {
      if (nowMs > untilMs) {
        if (ids.size > 0) {
          ids = new Set()
          older = ids
        }
        return false
      }
      if (ids.has(id) || older.has(id)) return true
      if (ids.size === FEWEST) {
        older = ids
        ids = new Set()
      }
      ids.add(copied(id))
      return false
    }
  }
}
