/** A reaction by sets and maps of strings, written for clarity. */
import { CLASS_OF } from "../../src/reaction/Classes.ts"
import { MAX_TEXT_BYTES, MAX_WORDS } from "../../src/domain/Limits.ts"
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"

export interface Message {
  /** Absent = the first of the span. */
  readonly pane?: number
  readonly user: string
  readonly text: string
  /** In millionths; 0 = neutral. */
  readonly score: number
}

const bytes = (text: string): Buffer => Buffer.from(text)

const comparedWord = (word: string): string =>
  bare(word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()).replaceAll(/([\0-\u007f])\1+/g, "$1"))

/** A word without ASCII punctuation at its ends, if a letter remains. */
const bare = (word: string): string => {
  const inner = word.replaceAll(/^[!-/:-@[-`{-~]+|[!-/:-@[-`{-~]+$/g, "")
  return /[a-z\u0080-\u{10ffff}]/u.test(inner) ? inner : word
}

/** As many whole characters as the bytes that are read hold. */
const firstBytes = (text: string): string => {
  let length = 0
  const characters = Array.from(text.slice(0, MAX_TEXT_BYTES))
  return characters.filter((character) => (length += bytes(character).length) <= MAX_TEXT_BYTES).join("")
}

const wordsOf = (text: string): ReadonlyArray<string> =>
  firstBytes(text)
    .split(/[\0-\u0020]+/)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS)
    .map(comparedWord)

const classOf = (words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const names = words.map(
    (word) => CLASS_OF.get(word) ?? (/^[aehj]{4,}$/.test(word) || /^[аАхХ]{4,}$/.test(word) ? "LAUGHTER" : undefined)
  )
  const first = names.find((name) => name !== undefined)
  return first === undefined ? [] : [first]
}

/**
 * The most frequent, the first in order of bytes among equals; `undefined` when none comes twice.
 */
const most = (counts: ReadonlyMap<string, number>): readonly [string, number] | undefined =>
  [...counts].filter(([, count]) => count >= 2).sort(([a, m], [b, n]) => n - m || Buffer.compare(bytes(a), bytes(b)))[0]

/** The score farthest from 0, the positive one among equals. */
const farthest = (a: number, b: number): number =>
  Math.abs(a) === Math.abs(b) ? Math.max(a, b) : Math.abs(a) > Math.abs(b) ? a : b

/** The pane with the most lines, from `first` on; the first among equals. */
const busiestPane = (lines: ReadonlyArray<Message>, first: number): number =>
  [...Map.groupBy(lines, ({ pane = first }) => pane - first)]
    .map(([pane, { length }]) => ({ pane, length }))
    .toSorted((a, b) => b.length - a.length || a.pane - b.pane)[0]?.pane ?? 0

/** The same by sets and maps. `first`: the span's first pane. */
export const naiveReaction = (lines: ReadonlyArray<Message>, first = 0): Reaction => {
  const busiest = busiestPane(lines, first)
  const users = new Set(lines.map(({ user }) => user)).size
  if (users < NAMED_PEOPLE) return { ...NO_REACTION, people: users, messages: lines.length, busiest }
  const words = new Map<string, Set<string>>()
  const texts = new Map<string, { messages: number; people: Set<string>; score: number }>()
  for (const { score, text, user } of lines) {
    const own = wordsOf(text)
    for (const word of [...own, ...classOf(own)]) words.set(word, (words.get(word) ?? new Set()).add(user))
    const whole = own.join(" ")
    if (own.length === 0) continue
    const known = texts.get(whole) ?? { messages: 0, people: new Set(), score }
    texts.set(whole, {
      messages: known.messages + 1,
      people: known.people.add(user),
      score: farthest(score, known.score)
    })
  }
  const shared = most(new Map([...words].map(([word, users]) => [word, users.size])))
  const repeated = most(new Map([...texts].map(([text, { messages }]) => [text, messages])))
  const moods = [...texts.values()].filter(({ score }) => score !== 0)
  return {
    people: users,
    messages: lines.length,
    busiest,
    unison: shared?.[1] ?? 0,
    shared: shared?.[0],
    repeated:
      repeated === undefined
        ? { messages: 0, people: 0, text: "" }
        : {
            messages: repeated[1],
            people: texts.get(repeated[0])?.people.size ?? 0,
            text: repeated[0]
          },
    moodTexts: moods.length,
    moodMicro: moods.reduce((sum, { score }) => sum + score, 0)
  }
}
