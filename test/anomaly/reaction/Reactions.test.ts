import { assert, describe, it } from "@effect/vitest"
import { NAMED_PEOPLE, NO_REACTION, type Reaction } from "../../../src/domain/Reaction.ts"
import { utf8Of } from "../../../src/domain/Utf8.ts"
import { CLASS_OF, comparedWord } from "../../../src/anomaly/reaction/Classes.ts"
import { reactionOf } from "../../../src/anomaly/reaction/JoinedVoices.ts"
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

/** The score farthest from 0, the positive one among equals. */
const farthest = (a: number, b: number): number =>
  Math.abs(a) === Math.abs(b) ? Math.max(a, b) : Math.abs(a) > Math.abs(b) ? a : b

/** The same by sets and maps. */
const recount = (lines: ReadonlyArray<Line>): Reaction => {
  const users = new Set(lines.map(({ user }) => user)).size
  if (users < NAMED_PEOPLE) return { ...NO_REACTION, people: users, messages: lines.length }
  const words = new Map<string, Set<string>>()
  const texts = new Map<string, { messages: number; people: Set<string>; score: number }>()
  for (const { score, text, user } of lines) {
    const own = wordsOf(text)
    const plain = own.map(bare)
    for (const word of [...plain, ...classOf(plain)]) words.set(word, (words.get(word) ?? new Set()).add(user))
    const whole = own.map((word) => `${word} `).join("")
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
    unison: shared?.[1] ?? 0,
    shared: shared?.[0],
    repeated:
      repeated === undefined
        ? { messages: 0, people: 0, text: "" }
        : {
            messages: repeated[1],
            people: texts.get(repeated[0])?.people.size ?? 0,
            text: repeated[0].trimEnd()
          },
    moodTexts: moods.length,
    moodMicro: moods.reduce((sum, { score }) => sum + score, 0)
  }
}

const WORDS = [
  ..."no NOOO nooo! KEKW kekw lol LOL??? ahaha hahahaha ахахаха АХАХ хах 😂 😂😂 ... ?? (what) what, the thE x".split(
    " "
  ),
  ..."Pog PogChamp gg GG! <3 :( é É ñandú GOOOAL goal".split(" ")
]
const STREAMS = [0, 50, 100]
const BLANKS = [" ", "  ", "\t", " \u0001"]

const randomLines = (seed: number): ReadonlyArray<Line> => {
  const draws = new Draws(hash(seed))
  return Array.from({ length: draws.between(0, 90) }, () => {
    let text = ""
    for (let word = draws.chance(0.5) ? 1 : draws.below(9); word > 0; word--)
      text += (WORDS[draws.below(WORDS.length)] ?? "") + (BLANKS[draws.below(BLANKS.length)] ?? "")
    // Texts with the same compared form can differ in score.
    const score = draws.between(-2, 2) * 250_000
    return { stream: STREAMS[draws.below(3)] ?? 0, pane: draws.below(4), user: `u${draws.below(9)}`, text, score }
  })
}

const addTo = (reactions: Reactions, { pane, score, stream, text, user }: Line): void =>
  reactions.add(stream, pane, utf8Of(user), utf8Of(text), score)

const counted = (lines: ReadonlyArray<Line>): Reactions => {
  const reactions = new Reactions()
  for (const line of lines) addTo(reactions, line)
  return reactions
}

const linesOf = (texts: ReadonlyArray<string>, score = 0): ReadonlyArray<Line> =>
  texts.map((text, person) => ({ stream: 0, pane: 0, user: `u${person}`, text, score }))

const reactionTo = (lines: ReadonlyArray<Line>): Reaction => {
  const reactions = counted(lines)
  reactions.open(0, 3)
  return reactions.of(0)
}

describe("reactions", () => {
  it("are what sets and maps count, in every span", { timeout: 60_000 }, () => {
    let named = 0
    for (let seed = 0; seed < 400; seed++) {
      const lines = randomLines(seed)
      const reactions = counted(lines)
      for (const [first, last] of [
        [0, 1],
        [1, 2],
        [2, 3]
      ] as const) {
        const inSpan = lines.filter(({ pane }) => pane >= first && pane <= last)
        reactions.open(first, last)
        for (const stream of STREAMS) {
          const expected = recount(inSpan.filter((line) => line.stream === stream))
          if (expected.repeated.messages > 0) named++
          assert.deepStrictEqual(reactions.of(stream), expected, `seed ${seed}`)
        }
        reactions.evictBefore(first + 1)
      }
    }
    assert.isAbove(named, 500)
  })

  it("depend on no order of the messages", () => {
    for (let seed = 0; seed < 200; seed++) {
      const draws = new Draws(hash(seed, 1))
      const lines = randomLines(seed)
      const shuffled = lines
        .map((line) => ({ line, key: draws.unit() }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ line }) => line)
      assert.deepStrictEqual(reactionTo(shuffled), reactionTo(lines), `seed ${seed}`)
    }
  })

  it("are the same when several inputs share the messages, after these have forgotten them", () => {
    for (let seed = 0; seed < 200; seed++) {
      const draws = new Draws(hash(seed, 2))
      const lines = randomLines(seed)
      const inputs = Array.from({ length: 3 }, () => new Reactions())
      for (const line of lines) addTo(inputs[draws.below(3)] ?? new Reactions(), line)
      const voices = inputs.flatMap((input) => {
        input.open(0, 3)
        const found = input.voices(0)
        input.evictBefore(4)
        for (const line of randomLines(seed + 1)) addTo(input, { ...line, pane: line.pane + 4 })
        return found ?? []
      })
      assert.deepStrictEqual(reactionOf(voices), reactionTo(lines), `seed ${seed}`)
    }
  })

  it("ignore a message of a pane that was dropped", () => {
    const reactions = new Reactions()
    reactions.evictBefore(4)
    for (const line of randomLines(1)) addTo(reactions, line)
    reactions.open(0, 3)
    assert.deepStrictEqual(reactions.of(0), NO_REACTION)
    assert.isUndefined(reactions.voices(0))
  })

  it("of fewer than five people are only counted", () => {
    const lines = linesOf(["gg", "gg", "gg", "gg"], 500_000)
    const more = [...lines, ...lines]
    assert.deepStrictEqual(reactionTo(more), { ...NO_REACTION, people: 4, messages: 8 })
    assert.strictEqual(reactionTo([...more, ...linesOf(["", "", "", "", "gg"])]).unison, 5)
  })

  it("count people who shout the same in different ways as one", () => {
    const reaction = reactionTo(linesOf(["NOOOO", "no!", "noo", "No", "nO nO"]))
    assert.strictEqual(reaction.unison, 5)
    assert.strictEqual(reaction.shared, "no")
  })

  it("count people who laugh in different words as one class", () => {
    const reaction = reactionTo(linesOf(["KEKW", "lol", "ahahaha", "ахахах", "😂"]))
    assert.strictEqual(reaction.unison, 5)
    assert.strictEqual(reaction.shared, "LAUGHTER")
  })

  it("count a text that is pasted often once in the mood, and name it", () => {
    const paste = linesOf(
      Array.from({ length: 5 }, () => "I love this so much"),
      500_000
    )
    const reaction = reactionTo([...paste, ...paste, ...paste, ...paste])
    assert.deepStrictEqual([reaction.moodTexts, reaction.moodMicro], [1, 500_000])
    assert.deepStrictEqual(reaction.repeated, { messages: 20, people: 5, text: "i love this so much" })
  })

  it("take the strongest score of a text whose messages differ, and the positive one among equals", () => {
    const texts = ["no way", "NO way", "no WAY", "nooo way", "no wayyy"]
    const scored = (scores: ReadonlyArray<number>): number =>
      reactionTo(linesOf(texts).map((line, at) => ({ ...line, score: scores[at] ?? 0 }))).moodMicro
    assert.strictEqual(scored([0, 200_000, -700_000, 600_000, 0]), -700_000)
    assert.strictEqual(scored([-700_000, 0, 700_000, -700_000, 0]), 700_000)
  })
})
