/**
 * Throttles token guessing: after 10 wrong tokens of a network within a minute, further wrong
 * tokens get 429 for the rest of that minute. The right token always passes, so only a long token
 * is safe. Memory is bounded: the network that came first is dropped first.
 */
import { createHash } from "node:crypto"

const MOST_WRONG = 10
const WINDOW_MS = 60_000
const MOST_NETWORKS = 10_000

interface Guesses {
  wrong: number
  /** Digest of the last wrong token: a client that repeats it is not guessing. */
  last: string
  readonly untilMs: number
}

export class Brake {
  readonly #byNetwork = new Map<string, Guesses>()

  /**
   * The time for which the network's wrong tokens are throttled; 0 = not throttled. Times are
   * monotonic.
   */
  waitMs(network: string, nowMs: number): number {
    const guesses = this.#byNetwork.get(network)
    return guesses === undefined || guesses.wrong < MOST_WRONG ? 0 : Math.max(0, guesses.untilMs - nowMs)
  }

  /** Counts a wrong token of the network. */
  wrong(network: string, offered: string, nowMs: number): void {
    const digest = createHash("sha256").update(offered).digest("base64")
    const known = this.#byNetwork.get(network)
    if (known === undefined || known.untilMs <= nowMs) {
      this.#byNetwork.delete(network)
      this.#byNetwork.set(network, { wrong: 1, last: digest, untilMs: nowMs + WINDOW_MS })
      const [oldest] = this.#byNetwork.keys()
      if (this.#byNetwork.size > MOST_NETWORKS && oldest !== undefined) this.#byNetwork.delete(oldest)
    } else if (known.last !== digest) {
      known.wrong++
      known.last = digest
    }
  }
}
