/**
 * Recognizes messages that arrive twice: while an old connection hands over to a new one, both get
 * the messages of a channel.
 */

/** Above this number of ids the oldest are forgotten: 20 MB at most. */
const MOST = 200_000
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

export const makeDuplicates = (): Duplicates => {
  const ids = new Set<string>()
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
        if (ids.size > 0) ids.clear()
        return false
      }
      if (ids.has(id)) return true
      ids.add(id)
      if (ids.size > MOST) for (const oldest of ids) return ids.delete(oldest) && false
      return false
    }
  }
}
