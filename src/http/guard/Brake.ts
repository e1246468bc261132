/**
 * Throttles token guessing: after 10 wrong tokens within a minute a network's wrong tokens are answered by 429 for the rest of it. The right token always passes, so a long token is what keeps
 * guessers out. Bounded in memory: the network that came first is forgotten first.
 */
import { createHash } from "node:crypto"

const MOST_WRONG = 10
const WINDOW_MS = 60_000
const MOST_NETWORKS = 10_000

interface Guesses {
  wrong: number
  /** Digest of the last wrong one: a client that repeats it guesses nothing. */
  last: string
  readonly untilMs: number
}

export class Brake {
  readonly #byNetwork = new Map<string, Guesses>()

  /** How long wrong tokens from there are throttled; 0 = they are not. Times are monotonic. */
  waitMs(network: string, nowMs: number): number {
    const guesses = this.#byNetwork.get(network)
    return guesses === undefined || guesses.wrong < MOST_WRONG ? 0 : Math.max(0, guesses.untilMs - nowMs)
  }

  /** A wrong one came from there. */
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
