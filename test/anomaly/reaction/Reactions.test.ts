import { assert, describe, it } from "@effect/vitest"
import { NAMED_PEOPLE, type Reaction } from "../../../src/domain/Reaction.ts"
import { utf8Of } from "../../../src/domain/Utf8.ts"
import { CLASS_OF, comparedWord } from "../../../src/anomaly/reaction/Classes.ts"
import { Reactions } from "../../../src/anomaly/reaction/Reactions.ts"
import { MAX_WORDS } from "../../../src/anomaly/reaction/Said.ts"
import { Draws, hash } from "../../../src/source/simulator/Draws.ts"

interface Line {
  readonly stream: number
  readonly pane: number
  readonly user: string
  readonly text: string
  readonly score: number
}

const bytes = (text: string): Buffer => Buffer.from(text)

/** A word without ASCII punctuation at its ends, unless there is nothing else. */
const bare = (word: string): string => {
  const inner = word.replaceAll(/^[!-/:-@[-`{-~]+|[!-/:-@[-`{-~]+$/g, "")
  return inner === "" ? word : inner
}

const wordsOf = (text: string): ReadonlyArray<string> =>
  text
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

/** The most frequent, the first in order of bytes among equals; `undefined` when none comes twice. */
const most = (counts: ReadonlyMap<string, number>): readonly [string, number] | undefined =>
  [...counts].filter(([, count]) => count >= 2).sort(([a, m], [b, n]) => n - m || Buffer.compare(bytes(a), bytes(b)))[0]

/** The same by sets and maps. */
const recount = (lines: ReadonlyArray<Line>): Reaction => {
  const words = new Map<string, Set<string>>()
  const texts = new Map<string, { messages: number; people: Set<string>; score: number }>()
  for (const { score, text, user } of lines) {
    const own = wordsOf(text)
    const plain = own.map(bare)
    for (const word of [...plain, ...classOf(plain)]) words.set(word, (words.get(word) ?? new Set()).add(user))
    const whole = own.map((word) => `${word} `).join("")
    const known = texts.get(whole) ?? { messages: 0, people: new Set(), score }
    texts.set(whole, { ...known, messages: known.messages + 1, people: known.people.add(user) })
  }
  const people = new Set(lines.map(({ user }) => user)).size
  const isNamed = people >= NAMED_PEOPLE
  const shared = most(new Map([...words].map(([word, users]) => [word, users.size])))
  const repeated = most(new Map([...texts].map(([text, { messages }]) => [text, messages])))
  const moods = [...texts.values()].filter(({ score }) => score !== 0)
  return {
    people,
    messages: lines.length,
    unison: shared?.[1] ?? 0,
    shared: isNamed ? shared?.[0] : undefined,
    repeated:
      repeated === undefined
        ? { messages: 0, people: 0, text: "" }
        : {
            messages: repeated[1],
            people: texts.get(repeated[0])?.people.size ?? 0,
            text: isNamed ? repeated[0].trimEnd() : ""
          },
    mood: { texts: moods.length, sumMicro: moods.reduce((sum, { score }) => sum + score, 0) }
  }
}

const WORDS = [
  ..."no NOOO nooo! KEKW kekw lol LOL??? ahaha hahahaha ахахаха АХАХ хах 😂 😂😂 ... ?? (what) what, the thE x".split(
    " "
  ),
  ..."Pog PogChamp gg GG! <3 :( é É ñandú GOOOAL goal".split(" ")
]
const BLANKS = [" ", "  ", "\t", " \u0001"]

const randomLines = (seed: number): ReadonlyArray<Line> => {
  const draws = new Draws(hash(seed))
  return Array.from({ length: draws.between(0, 60) }, () => {
    let text = ""
    for (let word = draws.below(9); word > 0; word--)
      text += (WORDS[draws.below(WORDS.length)] ?? "") + (BLANKS[draws.below(BLANKS.length)] ?? "")
    // A score is a function of the text.
    const score = Math.sign(hash(...bytes(wordsOf(text).join(" "))) % 3) * 500_000
    return { stream: draws.below(3) * 50, pane: draws.below(4), user: `u${draws.below(8)}`, text, score }
  })
}

const counted = (lines: ReadonlyArray<Line>): Reactions => {
  const reactions = new Reactions()
  for (const { pane, score, stream, text, user } of lines)
    reactions.add(stream, pane, utf8Of(user), utf8Of(text), score)
  return reactions
}

describe("reactions", () => {
  it("are what sets and maps count, in every span", { timeout: 60_000 }, () => {
    for (let seed = 0; seed < 400; seed++) {
      const lines = randomLines(seed)
      const reactions = counted(lines)
      for (const [first, last] of [
        [0, 1],
        [1, 2],
        [2, 3]
      ] as const) {
        const expected = new Map<number, Reaction>()
        const inSpan = lines.filter(({ pane }) => pane >= first && pane <= last)
        for (const stream of new Set(inSpan.map((line) => line.stream)))
          expected.set(stream, recount(inSpan.filter((line) => line.stream === stream)))
        assert.deepStrictEqual(
          new Map([...reactions.span(first, last)].sort(([a], [b]) => a - b)),
          new Map([...expected].sort(([a], [b]) => a - b)),
          `seed ${seed}`
        )
        reactions.evictBefore(first + 1)
      }
    }
  })

  it("depend on no order of the events", () => {
    for (let seed = 0; seed < 100; seed++) {
      const lines = randomLines(seed)
      const forward = counted(lines).span(0, 3)
      const backward = counted(lines.toReversed()).span(0, 3)
      for (const [stream, reaction] of forward) assert.deepStrictEqual(backward.get(stream), reaction)
    }
  })

  it("count people who shout the same in different ways as one", () => {
    const lines = ["NOOOO", "no!", "noo", "No", "nO nO"].map((text, user) => ({ text, user: `u${user}` }))
    const reaction = counted(lines.map((line) => ({ ...line, stream: 0, pane: 0, score: 0 })))
      .span(0, 0)
      .get(0)
    assert.strictEqual(reaction?.unison, 5)
    assert.strictEqual(reaction?.shared, "no")
  })

  it("count people who laugh in different words as one class", () => {
    const lines = ["KEKW", "lol", "ahahaha", "ахахах", "😂"].map((text, user) => ({ text, user: `u${user}` }))
    const reaction = counted(lines.map((line) => ({ ...line, stream: 0, pane: 0, score: 0 })))
      .span(0, 0)
      .get(0)
    assert.strictEqual(reaction?.unison, 5)
    assert.strictEqual(reaction?.shared, "LAUGHTER")
  })

  it("count a text that is pasted often once in the mood, and name it", () => {
    const lines = Array.from({ length: 20 }, (_, index) => ({
      user: `u${index % 5}`,
      text: "I love this so much",
      score: 1_000_000
    }))
    const reaction = counted(lines.map((line) => ({ ...line, stream: 0, pane: 0 })))
      .span(0, 0)
      .get(0)
    assert.deepStrictEqual(reaction?.mood, { texts: 1, sumMicro: 1_000_000 })
    assert.deepStrictEqual(reaction?.repeated, { messages: 20, people: 5, text: "i love this so much" })
  })
})
