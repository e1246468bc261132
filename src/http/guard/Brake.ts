/** Slows down who guesses the token: after some wrong ones from an address none is looked at for a while. Bounded in memory: the address that came first is forgotten first. */
import { createHash } from "node:crypto"

const MOST_WRONG = 10
const WINDOW_MS = 60_000
const MOST_ADDRESSES = 10_000

interface Guesses {
  wrong: number
  /** Digest of the last wrong one: a client that repeats it guesses nothing. */
  last: string
  readonly untilMs: number
}

export class Brake {
  readonly #byAddress = new Map<string, Guesses>()

  /** How long nothing from there is looked at; 0 = go on. Times are monotonic. */
  waitMs(address: string, nowMs: number): number {
    const guesses = this.#byAddress.get(address)
    return guesses === undefined || guesses.wrong < MOST_WRONG ? 0 : Math.max(0, guesses.untilMs - nowMs)
  }

  /** A wrong one came from there. */
  wrong(address: string, offered: string, nowMs: number): void {
    const digest = createHash("sha256").update(offered).digest("base64")
    const known = this.#byAddress.get(address)
    if (known === undefined || known.untilMs <= nowMs) {
      this.#byAddress.delete(address)
      this.#byAddress.set(address, { wrong: 1, last: digest, untilMs: nowMs + WINDOW_MS })
      const [oldest] = this.#byAddress.keys()
      if (this.#byAddress.size > MOST_ADDRESSES && oldest !== undefined) this.#byAddress.delete(oldest)
    } else if (known.last !== digest) {
      known.wrong++
      known.last = digest
    }
  }
}
