/** Who writes and watches in simulated histories: crowds that share words or a mood, and audiences that come and go, so that moments of every type occur. */

/** Astral and full-width names: their order by code unit is not their order by code point. */
export const STREAMS = ["a", "__proto__", "\u{1F600}", "\uFF41"] as const
export const EMOTES = ["Kappa", "__proto__", "LUL"] as const
export const USERS = ["u", "constructor", "__proto__", "v", "w", ..."abcdefghijkl"] as const
/** Of several classes and moods, and some of none. */
export const TEXTS = [
  "",
  "love it",
  "i HATE this",
  "good bad",
  "LOL\tpog fail",
  "great great awful",
  "KEKW !!!",
  "gg GG wp",
  "constructor",
  "LETS GOOO \u{1F525} best",
  "\u0445\u0430\u0445\u0430\u0445\u0430",
  "..."
] as const

const pick = <A>(items: ReadonlyArray<A>, index: number): A => {
  const item = items[index % items.length]
  if (item === undefined) throw new RangeError("there is nothing to pick from")
  return item
}

export interface Message {
  readonly timeMs: number
  readonly user: string
  readonly text: string
}

export interface Crowd {
  readonly fromMs: number
  readonly people: number
  /** For so many slides, in each of which all of them write once. */
  readonly slides: number
  readonly slideMs: number
  /** Index of what they write. */
  readonly text: number
  /** Nobody repeats anybody. */
  readonly isVaried: boolean
}

/** What a crowd writes, in order of time. */
export const crowdOf = ({ fromMs, isVaried, people, slideMs, slides, text }: Crowd): ReadonlyArray<Message> =>
  Array.from({ length: people * slides }, (_, n) => ({
    timeMs: fromMs + Math.floor((n * slideMs) / people),
    user: pick(USERS, n % people),
    text: isVaried ? `${pick(TEXTS, text)} ${n}` : pick(TEXTS, text)
  }))

/** How many watch each stream: a level, about which samples vary, and which jumps now and then. */
export class Audience {
  readonly #levels = new Map<string, number>()

  /** The next sample, from a number of 0 to 2000 that was drawn. */
  sample(stream: string, drawn: number): number {
    const level = drawn < 1700 ? (this.#levels.get(stream) ?? 1000) : pick([200, 1000, 4000], drawn)
    this.#levels.set(stream, level)
    return level + (drawn % 20)
  }
}
