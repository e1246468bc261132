import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { hashOf } from "../../src/domain/Hash.ts"
import { NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { chat, columnsOf } from "../harness/Events.ts"
import { JoinedVoices } from "../../src/reaction/JoinedVoices.ts"
import { Reactions } from "../../src/reaction/Reactions.ts"
import { MAX_TEXT_BYTES } from "../../src/domain/Limits.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { naiveReaction } from "./NaiveReaction.ts"

interface Line {
  readonly stream: number
  readonly pane: number
  readonly user: string
  readonly text: string
  readonly score: number
}

const WORDS = [
  ..."no NOOO nooo! KEKW kekw lol LOL??? ahaha hahahaha ахахаха АХАХ хах 😂 😂😂 ... ?? (what) what, the thE x".split(
    " "
  ),
  ..."Pog PogChamp gg GG! <3 :( é É ñandú GOOOAL goal".split(" ")
]
const STREAMS = [0, 50, 100] as const
const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const Word = Schema.Tuple([Schema.Literals(WORDS), Schema.Literals([" ", "  ", "\t", " \u0001"])])

const Message = Schema.Struct({
  stream: Schema.Literals(STREAMS),
  pane: between(0, 3),
  user: between(0, 8),
  words: Schema.Array(Word).check(Schema.isMaxLength(9)),
  /** Texts with the same compared form can differ in score. */
  score: Schema.Literals([-500_000, -250_000, 0, 250_000, 500_000]),
  /** The input that the message comes from, and its place in another order. */
  input: Schema.Literals([0, 1, 2]),
  key: between(0, 1000)
})
type Message = typeof Message.Type

/** Messages, of which half are one of few words, so that people agree. */
const history = Arbitrary.array(Arbitrary.schema(Message), { maxLength: 90 })

const lineOf = ({ key, pane, score, stream, user, words }: Message): Line => ({
  stream,
  pane,
  user: `u${user}`,
  text: key % 2 === 0 ? (WORDS[key % 10] ?? "") : words.flat().join(""),
  score
})

/** The same text of many people. */
const Crowd = Schema.Struct({
  stream: Schema.Literals([0, 50]),
  /** Panes that pass before it, and how late it is for its pane. */
  passed: between(0, 2),
  late: between(0, 30),
  firstUser: between(0, 40),
  people: between(10, 60),
  words: Schema.Array(Word).check(Schema.isMaxLength(3)),
  score: Schema.Literals([-500_000, -250_000, 0, 250_000, 500_000])
})
type Crowd = typeof Crowd.Type

const crowds = Arbitrary.array(Arbitrary.schema(Crowd), { maxLength: 60 })

const linesOfCrowd = ({ firstUser, late, people, score, stream, words }: Crowd, pane: number): ReadonlyArray<Line> =>
  Array.from({ length: people }, (_, person) => ({
    stream,
    // Few are late.
    pane: late < 8 ? pane - late : pane,
    user: `u${firstUser + person}`,
    text: words.flat().join(""),
    score
  }))

/** Lines without shrinking, for long histories. */
const linesOfSeed = (seed: number): ReadonlyArray<Line> => {
  const draws = new Draws(hash(seed))
  return Array.from({ length: 60 }, () => ({
    stream: STREAMS[draws.below(3)] ?? 0,
    pane: draws.below(4),
    user: `u${draws.below(9)}`,
    text: `${WORDS[draws.below(WORDS.length)]} ${WORDS[draws.below(WORDS.length)]}`,
    score: draws.between(-2, 2) * 250_000
  }))
}

const addTo = (reactions: Reactions, { pane, score, stream, text, user }: Line): void =>
  reactions.add(stream, pane, columnsOf([chat("", 0, user, text)], [score]), 0)

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

/** Two texts of eight letters and digits with the same hash. */
const colliding = (): readonly [string, string] => {
  const known = new Map<number, string>()
  for (let number = 0; ; number++) {
    const text = (hash(number) >>> 0).toString(36).padStart(8, "x")
    const { bytes, end, start } = utf8Of(text)
    const found = hashOf(bytes, start, end)
    const other = known.get(found)
    if (other !== undefined) return [other, text]
    known.set(found, text)
  }
}

describe("reactions", () => {
  let named = 0

  it.prop(
    "are what sets and maps count, in every span",
    [history],
    ([messages]) => {
      const lines = messages.map(lineOf)
      const reactions = counted(lines)
      for (const [first, last] of [
        [0, 1],
        [1, 2],
        [2, 3]
      ] as const) {
        const inSpan = lines.filter(({ pane }) => pane >= first && pane <= last)
        reactions.open(first, last)
        for (const stream of STREAMS) {
          const expected = naiveReaction(
            inSpan.filter((line) => line.stream === stream),
            first
          )
          if (expected.repeated.messages > 0) named++
          assert.deepStrictEqual(reactions.of(stream), expected)
        }
        reactions.evictBefore(first + 1)
      }
    },
    { arbitrary: { runs: 400, size: 90, seed: 1 }, timeout: 60_000 }
  )

  it("were checked where many agree", () => assert.isAbove(named, 500))

  let kept = 0

  it.prop(
    "are what sets and maps count, in spans that are kept from window to window",
    [crowds],
    ([crowds]) => {
      const span = 8
      const reactions = new Reactions()
      let lines: ReadonlyArray<Line> = []
      let pane = 0
      for (const crowd of crowds) {
        for (let passed = 0; passed < crowd.passed; passed++) {
          const first = pane - span + 1
          lines = lines.filter((line) => line.pane >= first)
          reactions.open(first, pane)
          for (const stream of STREAMS) {
            const expected = naiveReaction(
              lines.filter((line) => line.stream === stream),
              first
            )
            if (expected.messages >= 100) kept++
            assert.deepStrictEqual(reactions.of(stream), expected)
          }
          reactions.evictBefore(first + 1)
          pane++
        }
        const more = linesOfCrowd(crowd, pane).filter((line) => line.pane > pane - span)
        for (const line of more) addTo(reactions, line)
        lines = [...lines, ...more]
      }
    },
    { arbitrary: { runs: 60, size: 60, seed: 4 }, timeout: 60_000 }
  )

  it("were checked where spans are kept", () => assert.isAbove(kept, 500))

  it.prop(
    "depend on no order of the messages",
    [history],
    ([messages]) => {
      const lines = messages.map(lineOf)
      const sorted = messages.toSorted((a, b) => a.key - b.key).map(lineOf)
      assert.deepStrictEqual(reactionTo(sorted), reactionTo(lines))
    },
    { arbitrary: { runs: 150, size: 90, seed: 2 } }
  )

  const joined = new JoinedVoices()

  it.prop(
    "are the same when several inputs share the messages, after these have forgotten them",
    [history, history],
    ([messages, others]) => {
      const inputs = [new Reactions(), new Reactions(), new Reactions()] as const
      for (const message of messages) addTo(inputs[message.input], lineOf(message))
      const voices = inputs.flatMap((input) => {
        input.open(0, 3)
        const found = input.voices(0)
        input.evictBefore(4)
        for (const line of others.map(lineOf)) addTo(input, { ...line, pane: line.pane + 4 })
        return found ?? []
      })
      assert.deepStrictEqual(joined.of(voices), reactionTo(messages.map(lineOf)))
    },
    { arbitrary: { runs: 150, size: 90, seed: 3 } }
  )

  it("ignore a message of a pane that was dropped", () => {
    const reactions = new Reactions()
    reactions.evictBefore(4)
    for (const line of linesOfSeed(1)) addTo(reactions, line)
    reactions.open(0, 3)
    assert.deepStrictEqual(reactions.of(0), NO_REACTION)
    assert.isUndefined(reactions.voices(0))
  })

  it("are the same after the vocabulary was renewed", () => {
    const reactions = new Reactions()
    // More distinct words than are kept for words that may come again.
    for (let message = 0; message < 14_000; message++) {
      const text = Array.from({ length: 6 }, (_, word) => `w${message}x${word}`).join(" ")
      addTo(reactions, { stream: 0, pane: 0, user: `u${message % 9}`, text, score: 0 })
    }
    const lines = Array.from({ length: 9 }, (_, seed) => linesOfSeed(seed)).flat()
    for (const line of lines) addTo(reactions, line)
    for (let first = 1; first < 3; first++) {
      reactions.evictBefore(first)
      for (const line of lines) addTo(reactions, { ...line, pane: 3 })
      reactions.open(first, 3)
      const inSpan = lines.filter(({ pane }) => pane >= first)
      const again = Array.from({ length: first }, () => lines.map((line) => ({ ...line, pane: 3 }))).flat()
      for (const stream of STREAMS) {
        const expected = naiveReaction(
          [...inSpan, ...again].filter((line) => line.stream === stream),
          first
        )
        assert.deepStrictEqual(reactions.of(stream), expected)
      }
    }
  })

  it("distinguish users and words with equal hashes", () => {
    const texts = colliding()
    const lines = [...texts, "u0", "u1", "u2"].flatMap((user, person) =>
      ["x", texts[person] ?? texts[0]].map((text) => ({ stream: 0, pane: 0, user, text: text ?? "", score: 0 }))
    )
    assert.deepStrictEqual(reactionTo(lines), naiveReaction(lines))
    assert.strictEqual(reactionTo(lines).people, 5)
  })

  it("read the first words of a long text's first bytes, and cut no character", () => {
    const megabyte = "é".repeat(2 ** 19)
    const texts = [
      megabyte,
      `${megabyte}x`,
      `x ${megabyte}`,
      "x ".repeat(2 ** 19),
      "x x x x y",
      `${"\t".repeat(3000)}z`
    ]
    const lines = linesOf(texts)
    assert.deepStrictEqual(reactionTo(lines), naiveReaction(lines))
    assert.strictEqual(reactionTo(lines).repeated.text, "é".repeat(MAX_TEXT_BYTES / 2))
  })

  it("count only people and messages below five people", () => {
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
