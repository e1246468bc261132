import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { createHash } from "node:crypto"
import type { SampleSettings } from "../../src/domain/ChatContent.ts"
import { NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"
import { contentOf } from "../../src/reaction/Content.ts"
import type { Written } from "../../src/reaction/PaneTranscript.ts"

const END_MS = Date.UTC(2026, 0, 1, 0, 1)
const SPAN_MS = 20_000
const SIZE_MS = 60_000

/** A message so many seconds before the window's end. */
const at = (secondsBefore: number, user: string, text: string, emotes: ReadonlyArray<string> = []): Written => ({
  timeMs: END_MS - 1000 * secondsBefore,
  user,
  text,
  emotes
})

/** The same text of several people at one time. */
const crowd = (secondsBefore: number, text: string, people: number, from = 0): ReadonlyArray<Written> =>
  Array.from({ length: people }, (_, person) => at(secondsBefore, `p${from + person}`, text))

const content = (
  messages: ReadonlyArray<Written>,
  { names = "shown", most = 5 }: Partial<SampleSettings> = {},
  reaction: Reaction = NO_REACTION,
  sizeMs = SIZE_MS
) => contentOf({ stream: "s", messages, endMs: END_MS, sizeMs, spanMs: SPAN_MS, reaction }, { most, names })

const textsOf = (messages: ReadonlyArray<Written>, most?: number): ReadonlyArray<string> =>
  content(messages, most === undefined ? {} : { most }).samples.map(({ text }) => text)

describe("sample messages", () => {
  it("are the texts of most people first, then those whose words most people share", () => {
    const messages = [
      at(19, "early", "first of all"),
      ...crowd(10, "what a shot", 3),
      ...crowd(9, "clean", 2, 10),
      at(8, "x", "the shot heard around"),
      at(7, "y", "nothing to see")
    ]
    assert.deepStrictEqual(textsOf(messages), [
      "what a shot",
      "clean",
      "the shot heard around",
      "first of all",
      "nothing to see"
    ])
    assert.deepStrictEqual(textsOf(messages, 2), ["what a shot", "clean"])
  })

  it("are of the span alone, which begins at its first instant", () => {
    assert.deepStrictEqual(textsOf([at(20, "a", "inside"), at(20.001, "b", "before"), at(0.001, "c", "last")]), [
      "inside",
      "last"
    ])
  })

  it("are of different people, and each adds a word or class", () => {
    const messages = [
      at(9, "a", "KEKW"),
      at(9, "b", "KEKW"),
      // Another spelling, and another word of the class.
      at(8, "c", "kekw!!!"),
      at(7, "d", "LOL"),
      at(6, "e", "lol hahaha"),
      // It adds a word, but its only author is quoted.
      at(5, "a", "lol again"),
      at(4, "f", "he fell lol"),
      // Common words add nothing.
      at(3, "g", "the and of"),
      at(2, "h", "...")
    ]
    assert.deepStrictEqual(
      content(messages).samples.map(({ text, user }) => [text, user]),
      [
        ["KEKW", "a"],
        ["he fell lol", "f"],
        ["...", "h"]
      ]
    )
  })

  it("take the earliest message of a text, then the first text and user by code unit", () => {
    const messages = [at(5, "z", "No Way"), at(5, "y", "no way"), at(5, "x", "no way"), at(6, "w", "NO WAY!")]
    const first = content(messages).samples[0]
    assert.deepStrictEqual(first, { text: "NO WAY!", user: "w", at: new Date(END_MS - 6000).toISOString() })
    const [second] = content(messages.slice(0, 3)).samples
    assert.deepStrictEqual([second?.text, second?.user], ["No Way", "z"])
    assert.strictEqual(content(messages.slice(1, 3)).samples[0]?.user, "x")
  })

  it("are cut at 500 characters, never within one, and stay as written otherwise", () => {
    const hostile = "<b>\u0007\u001b[31m\u202e\ufffd \r\n"
    const [sample] = content([at(5, "a", hostile + "\u{1F600}".repeat(600))]).samples
    assert.strictEqual(sample?.text, hostile + "\u{1F600}".repeat(500 - [...hostile].length))
    assert.isTrue(sample?.text.isWellFormed())
  })

  it("name people, hash them with the stream, or leave them out", () => {
    const messages = [at(5, "\u{1F600}", "hi there")]
    const users = (["shown", "hashed", "none"] as const).map((names) => content(messages, { names }).samples[0]?.user)
    const hash = createHash("sha256").update("s\0\u{1F600}").digest("hex").slice(0, 12)
    assert.deepStrictEqual(users, ["\u{1F600}", hash, null])
  })
})

describe("the repeated text", () => {
  const repeated = { messages: 3, people: 2, text: "no way" }

  it("has the numbers of the metadata, in the words of its earliest message", () => {
    const messages = [at(5, "a", "no way"), at(6, "b", "NOOO  way!"), at(25, "b", "No Way")]
    assert.deepStrictEqual(content(messages, {}, { ...NO_REACTION, repeated }).repeated, {
      text: "NOOO  way!",
      messages: 3,
      people: 2
    })
    assert.isNull(content(messages).repeated)
  })

  it("is its compared form if its messages are beyond the limit of texts", () => {
    assert.deepStrictEqual(content([], {}, { ...NO_REACTION, repeated }).repeated, repeated)
  })
})

describe("words and emotes that rose", () => {
  it("are at least three, and twice what the rest of the window makes expect", () => {
    const messages = [
      ...crowd(5, "clutch", 3),
      ...crowd(5, "rare", 2),
      // Forty seconds of rest are two spans: 2 people there make 1 expected.
      ...crowd(6, "double", 4),
      ...crowd(30, "double", 4),
      ...crowd(6, "common", 4),
      ...crowd(30, "common", 5),
      ...crowd(6, "the", 9)
    ]
    assert.deepStrictEqual(content(messages).words, [
      { word: "clutch", people: 3, usual: 0 },
      { word: "double", people: 4, usual: 2 }
    ])
  })

  it("count a person once and an emote each time, and name an emote once", () => {
    const shout = Array.from({ length: 4 }, (_, person) =>
      at(5, `p${person}`, "Kreygasm wow wow", ["Kreygasm", "Kreygasm", ""])
    )
    const found = content([...shout, at(40, "q", "Kreygasm", ["Kreygasm"])])
    assert.deepStrictEqual(found.emotes, [{ emote: "Kreygasm", count: 8, before: 0.5 }])
    assert.deepStrictEqual(found.words, [{ word: "wow", people: 4, usual: 0 }])
  })

  it("are five, the greatest rise first, equal ones by code unit", () => {
    const words = ["\u{1F600}", "\uff41", "bb", "xx", "cc", "dd"].flatMap((word, at) =>
      crowd(5, word, word === "dd" ? 4 : 3, 10 * at)
    )
    assert.deepStrictEqual(
      content(words).words.map(({ word }) => word),
      ["d", "b", "c", "x", "\u{1F600}"]
    )
  })

  it("are none without a rest of the window to compare with", () => {
    const found = content(crowd(5, "clutch", 9), {}, NO_REACTION, SPAN_MS)
    assert.deepStrictEqual([found.words, found.emotes, found.samples.length], [[], [], 1])
  })
})

const Line = Schema.Struct({
  second: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 })),
  user: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
  text: Schema.Literals(["KEKW", "kekw", "no way", "NO way", "LOL no", "gg wp", "", "the", "hahaha \u{1F600}"]),
  emotes: Schema.Array(Schema.Literals(["LUL", "__proto__", ""])).check(Schema.isMaxLength(2)),
  key: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1000 }))
})

describe("what moments quote", () => {
  it.prop(
    "depends on no order of the messages",
    [Arbitrary.array(Arbitrary.schema(Line), { maxLength: 60 })],
    ([lines]) => {
      const messages = lines.map(({ emotes, key, second, text, user }) => ({
        key,
        message: at(second, `u${user}`, text, emotes)
      }))
      const sorted = messages.toSorted((a, b) => a.key - b.key)
      assert.deepStrictEqual(
        content(sorted.map(({ message }) => message)),
        content(messages.map(({ message }) => message))
      )
    },
    { arbitrary: { runs: 300, size: 60, seed: 1 } }
  )
})
