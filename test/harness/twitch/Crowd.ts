/** People who chat: messages with everything that a collector must understand. */
import { Random } from "../Random.ts"
import type { Post } from "./Lines.ts"

/** Emoji of one and of several code points, words of two to four bytes, and right to left. */
const WORDS = [
  "hello",
  "that was close",
  "no way",
  "GG",
  "what a play",
  "größer",
  "そうだね",
  "مرحبا",
  "😂",
  "🎉🎉",
  "👨‍👩‍👧",
  "🇩🇪",
  "let's go",
  "clip it",
  "W",
  "L",
  "lol"
] as const

const EMOTES = ["Kappa", "LUL", "PogChamp", "<3", "HeyGuys", "NotLikeThis"] as const

const BADGES = ["subscriber/8", "moderator/1", "vip/1", "premium/1", "bits/1000"] as const

export interface CrowdOptions {
  readonly streams: ReadonlyArray<string>
  readonly seed?: number
  /** People per stream. */
  readonly people?: number
  /** The first part of every message's id, so that crowds differ. */
  readonly name?: string
  /** Names of third-party emotes that people use as plain words. */
  readonly words?: ReadonlyArray<string>
}

export class Crowd {
  readonly #random: Random
  readonly #options: CrowdOptions
  #count = 0

  constructor(options: CrowdOptions) {
    this.#options = options
    this.#random = new Random(options.seed ?? 1)
  }

  /** The next message, in one of the streams. */
  next(timeMs: number, stream = this.#random.among(this.#options.streams) ?? "demo"): Post {
    const random = this.#random
    const person = random.between(1, this.#options.people ?? 300)
    const parts: Array<string> = []
    const emotes: Array<{ readonly name: string; readonly at: number }> = []
    let at = 0
    const add = (word: string): void => {
      parts.push(word)
      at += [...word].length + 1
    }
    for (let words = random.between(1, 4); words > 0; words--) {
      if (random.chance(0.3)) {
        const name = random.pick(EMOTES)
        emotes.push({ name, at })
        add(name)
      } else if (random.chance(0.15) && this.#options.words !== undefined) {
        add(random.among(this.#options.words) ?? "EZ")
      } else add(random.pick(WORDS))
    }
    const id = (this.#count++).toString(16).padStart(12, "0")
    return {
      stream,
      id: `${this.#options.name ?? "c0de"}-${id}`,
      timeMs,
      user: `viewer${person}`,
      userId: String(9_000_000 + person),
      text: parts.join(" "),
      emotes,
      badges: BADGES.filter((_, index) => person % (index + 3) === 0),
      bits: random.chance(0.02) ? random.between(1, 50) * 100 : 0,
      ...(random.chance(0.02) ? { isAction: true } : random.chance(0.02) ? { isNotice: true } : {})
    }
  }

  /** So many messages of the same time. */
  several(count: number, timeMs: number): ReadonlyArray<Post> {
    return Array.from({ length: count }, () => this.next(timeMs))
  }
}
