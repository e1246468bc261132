/** Counts what happens often, so that the log gets one line a minute. */
const LOG_INTERVAL_MS = 60_000

export class Occurrences {
  #count = 0
  #loggedMs = Number.NEGATIVE_INFINITY

  /** It has happened. Returns how often since the last line if another line is due, otherwise 0. `nowMs` is monotonic. */
  add(nowMs: number): number {
    this.#count++
    if (nowMs - this.#loggedMs < LOG_INTERVAL_MS) return 0
    const count = this.#count
    this.#loggedMs = nowMs
    this.#count = 0
    return count
  }
}
