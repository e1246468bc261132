/**
 * People who write and watch in simulated histories. An evening has moments of every type; the
 * rest is noise.
 */

/** Astral and full-width names: their order by code unit is not their order by code point. */
export const STREAMS = ["a", "__proto__", "\u{1F600}", "\uFF41"] as const
export const EMOTES = ["Kappa", "__proto__", "LUL"] as const
export const USERS = ["u", "constructor", "__proto__", "v", "w", ..."abcdefghijkl"] as const
/** Texts of several classes and moods, and some of none. */
export const TEXTS = [
  "",
  "love it",
  "i HATE this",
  "good bad",
  "LOL\tpog fail",
  "great great awful",
  "KEKW !!!",
  "gg GG wp",
  "GG GG wp",
  "constructor",
  "LETS GOOO \u{1F525} best",
  "\u0445\u0430\u0445\u0430\u0445\u0430",
  "(10/10!) <3 :(( it's...",
  "...",
  "You are it",
  "the lol GG",
  "\u{1F600}",
  "\uFF41",
  // More than may be compared, and more than may be quoted.
  `aa ${"\u{1F525}".repeat(600)} end`
] as const

/** Time of an evening passes in units of so long. */
export const UNIT_MS = 10_000

interface Scene {
  readonly units: number
  /** Each of them writes once in a unit. */
  readonly people: number
  /** The text of the n-th of them. `variant` is another number in each unit. */
  readonly textOf: (n: number, variant: number) => string
  readonly viewers: number
  /** The emotes of the n-th of them. By default one in six has one. */
  readonly emotesOf?: (n: number) => ReadonlyArray<string>
}

const hm = (n: number, variant: number): string => `hm ${n} ${variant}`

const laughter = (n: number): string => (n < 10 ? "KEKW" : n < 13 ? "lol no" : `hahaha ${n}`)

const rocket = (n: number): ReadonlyArray<string> => (n % 2 === 0 ? ["\u{1F680}", "Kappa", ""] : [])
const few = (n: number): ReadonlyArray<string> => (n % 6 === 0 ? ["Kappa"] : [])

const EVENING: ReadonlyArray<Scene> = [
  { units: 14, people: 8, textOf: hm, viewers: 1000 },
  { units: 2, people: 16, textOf: () => "LETS GOOO", viewers: 1000, emotesOf: rocket },
  { units: 12, people: 8, textOf: hm, viewers: 1000 },
  { units: 2, people: 16, textOf: laughter, viewers: 4000, emotesOf: () => ["KEKW", "KEKW"] },
  { units: 12, people: 8, textOf: (n, variant) => `love it ${n} ${variant}`, viewers: 4000 },
  { units: 3, people: 8, textOf: (n, variant) => `hate it ${n} ${variant}`, viewers: 4000 },
  { units: 14, people: 8, textOf: hm, viewers: 800 },
  { units: 2, people: 17, textOf: hm, viewers: 800, emotesOf: rocket },
  { units: 8, people: 0, textOf: hm, viewers: 800 },
  { units: 4, people: 8, textOf: hm, viewers: 800 },
  { units: 3, people: 8, textOf: hm, viewers: 2500 }
]
export const EVENING_UNITS = EVENING.reduce((sum, { units }) => sum + units, 0)

const sceneAt = (unit: number): Scene => {
  let left = unit % EVENING_UNITS
  const scene = EVENING.find(({ units }) => (left -= units) < 0)
  if (scene === undefined) throw new RangeError(`an evening has no unit ${unit}`)
  return scene
}

/**
 * The messages of the unit that begins at `unit` x {@link UNIT_MS}, in order of time. Evenings come
 * one after the other.
 */
export const chatOf = (
  unit: number
): ReadonlyArray<{ timeMs: number; user: string; text: string; emotes: ReadonlyArray<string> }> => {
  const { emotesOf = few, people, textOf } = sceneAt(unit)
  return USERS.slice(0, people).map((user, n) => ({
    timeMs: unit * UNIT_MS + Math.floor((n * UNIT_MS) / people),
    user,
    text: textOf(n, unit),
    emotes: emotesOf(n)
  }))
}

/** How many watch then. */
export const viewersOf = (unit: number): number => sceneAt(unit).viewers + (unit % 7)
