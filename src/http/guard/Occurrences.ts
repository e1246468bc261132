/** Counts frequent events, so that the log gets at most one line a minute. */
const LOG_INTERVAL_MS = 60_000

export class Occurrences {
  #count = 0
  #loggedMs = Number.NEGATIVE_INFINITY

  /**
   * Counts one event. Returns the number since the last line if a line is due, otherwise 0. `nowMs`
   * is monotonic.
   */
  add(nowMs: number): number {
    this.#count++
    if (nowMs - this.#loggedMs < LOG_INTERVAL_MS) return 0
    const count = this.#count
    this.#loggedMs = nowMs
    this.#count = 0
    return count
  }
}
