/**
 * Words, classes and what a span comes to, worked out by hand from docs/detection.md, "Reactions".
 */
import { assert, describe, it } from "@effect/vitest"
import { type OracleReaction, reactionOf } from "./Reaction.ts"
import { bytesOf, comparedFormOf, textOf } from "./Words.ts"
import { NO_REACTION } from "./Silence.ts"

const formOf = (message: string): string => textOf(comparedFormOf(message).text)

const wordsOf = (message: string): ReadonlyArray<string> => comparedFormOf(message).words.map(textOf)

/** "user: text", with a score where one is given. */
type Message = string | readonly [message: string, score: number]

const reaction = (...messages: ReadonlyArray<Message>): OracleReaction =>
  reactionOf(
    messages.map((each) => {
      const [message, score] = typeof each === "string" ? ([each, 0] as const) : each
      const [user = "", text = ""] = message.split(": ")
      return { user, timeMs: 0, score, ...comparedFormOf(text) }
    })
  )

const CROWD = ["a", "b", "c", "d", "e"] as const
const all = (text: string): ReadonlyArray<string> => CROWD.map((user) => `${user}: ${text}`)

const sharedOf = (...messages: ReadonlyArray<string>) => {
  const { shared, unison } = reaction(...messages)
  return [shared === null ? null : textOf(shared), unison]
}

const repeatedOf = (...messages: ReadonlyArray<string>) => {
  const { repeatedMessages, repeatedPeople, repeatedText } = reaction(...messages)
  return [repeatedMessages, repeatedPeople, textOf(repeatedText)]
}

const moodOf = (...messages: ReadonlyArray<Message>) => {
  const { moodMicro, moodTexts } = reaction(...messages)
  return [moodTexts, moodMicro]
}

describe("compared forms", () => {
  it("are those of the example", () => {
    const example = "NOOO!! That was INSANE, lol 10/10!"
    assert.strictEqual(formOf(example), "no that was insane lol 10/10!")
    // Insane is HYPE, lol is LAUGHTER: the first word with a class decides.
    assert.deepStrictEqual(wordsOf(example), ["no", "that", "was", "insane", "lol", "10/10!", "HYPE"])
  })

  it("are of the first 2000 bytes, without a character that is not whole", () => {
    const cyrillic = "\u0448"
    assert.strictEqual(formOf("ab".repeat(1001)), "ab".repeat(1000))
    assert.strictEqual(formOf(cyrillic.repeat(1001)), cyrillic.repeat(1000))
    assert.strictEqual(formOf(`a${cyrillic.repeat(1000)}`), `a${cyrillic.repeat(999)}`)
    assert.strictEqual(formOf(`a ${cyrillic.repeat(997)}\u{1F600}`), `a ${cyrillic.repeat(997)}\u{1F600}`)
    assert.strictEqual(formOf(`ab ${cyrillic.repeat(997)}\u{1F600}`), `ab ${cyrillic.repeat(997)}`)
    // White space counts, what is left out later counts, too.
    assert.strictEqual(formOf(`${" ".repeat(2000)}a`), "")
    assert.strictEqual(formOf(`${"a".repeat(2000)}b`), "a")
  })

  it("separate words by bytes up to 0x20 alone", () => {
    assert.strictEqual(formOf("\u0001\ta\u001fb\u0020\n c "), "a b c")
    // A no-break space and U+0085 belong to words.
    assert.strictEqual(formOf("a\u00a0b\u0085c"), "a\u00a0b\u0085c")
    assert.deepStrictEqual(wordsOf(" \n"), [])
  })

  it("lower A to Z and leave out repeated ASCII bytes, of which the case does not matter", () => {
    assert.strictEqual(formOf("GoOoD bOoK"), "god bok")
    assert.strictEqual(formOf("\u00c4\u00c4 \u00e4\u00e4 1!!!1"), "\u00c4\u00c4 \u00e4\u00e4 1!1")
    // The byte before it in its word, not in the word before.
    assert.strictEqual(formOf("a a"), "a a")
  })

  it("hold six words", () => {
    assert.strictEqual(formOf("1 2 3 4 5 6 lol"), "1 2 3 4 5 6")
    assert.deepStrictEqual(wordsOf("1 2 3 4 5 6 lol"), ["1", "2", "3", "4", "5", "6"])
  })

  it("have no punctuation at the ends of words with a letter", () => {
    assert.deepStrictEqual(wordsOf("(it's) ~x[ ?!? @you: <4 10/10!"), ["it's", "x", "?!?", "you", "<4", "10/10!"])
    assert.deepStrictEqual(wordsOf("'\u00e9' 1a. .1 {a}1"), ["\u00e9", "1a", ".1", "a}1"])
    assert.strictEqual(formOf("(it's) ~x["), "it's x")
  })
})

describe("classes", () => {
  it("are those of the list, whose words are folded, too", () => {
    const cases = [
      ["kekw", "LAUGHTER"],
      ["\u{1F480}", "LAUGHTER"],
      ["POGGGERS", "HYPE"],
      ["go", "HYPE"],
      ["w", "HYPE"],
      ["wut", "SHOCK"],
      ["f", "SORROW"],
      [":(", "SORROW"],
      ["GG", "VICTORY"],
      ["\u{1F49C}", "LOVE"],
      ["<33", "LOVE"],
      ["peepolove,", "LOVE"]
    ] as const
    for (const [word, name] of cases) assert.strictEqual(wordsOf(word).at(-1), name, word)
    for (const word of ["3", "<3!", "pogs", "constructor", "__proto__"])
      assert.strictEqual(wordsOf(word).length, 1, word)
  })

  it("hold written-out laughter, in Latin and in Cyrillic", () => {
    for (const word of [
      "haha",
      "AHAHAH",
      "jeje",
      "ehea!",
      "\u0445\u0430\u0445\u0430",
      "\u0410\u0425\u0430\u0445\u0430"
    ]) {
      assert.strictEqual(wordsOf(word).at(-1), "LAUGHTER", word)
    }
    // Three bytes; four bytes as one; another letter; three pairs; mixed.
    for (const word of ["hah", "aaaa", "hahas", "\u0445\u0430\u0445", "haha\u0445", "\u0445\u0430\u0445\u0430h"]) {
      assert.notInclude(wordsOf(word), "LAUGHTER", word)
    }
  })
})

describe("a span", () => {
  it("with fewer than five people counts people and messages alone", () => {
    const few = ["a: lol", "b: lol", "c: lol", "d: lol", "d: lol"].map((message) => [message, 1_000_000] as const)
    assert.deepStrictEqual(reaction(...few), { ...NO_REACTION, people: 4, messages: 5 })
    assert.strictEqual(reaction(...few, "e: x").unison, 4)
  })

  it("counts distinct people by word, each once", () => {
    // "no" by a and b, though a writes it three times; c to e write unique words.
    assert.deepStrictEqual(sharedOf("a: no no", "a: no", "b: no", "c: 1", "d: 2", "e: 3"), ["no", 2])
    assert.deepStrictEqual(sharedOf("a: no no", "a: no", "b: 4", "c: 1", "d: 2", "e: 3"), [null, 0])
  })

  it("shares a class where its words differ, and of equals the first in order of bytes", () => {
    assert.deepStrictEqual(sharedOf("a: lol", "b: kekw", "c: haha", "d: 1", "e: 2"), ["LAUGHTER", 3])
    // Class names are in upper case, before lower case.
    assert.deepStrictEqual(sharedOf(...all("lol")), ["LAUGHTER", 5])
    assert.deepStrictEqual(sharedOf(...all("ab a")), ["a", 5])
    // U+FF41 is EF BD 81, U+1F600 is F0 9F 98 80: by UTF-16 it would be the other way round.
    assert.deepStrictEqual(sharedOf(...all("\u{1F600} \uFF41")), ["\uFF41", 5])
  })

  it("repeats the text with most messages, of equals the first in order of bytes", () => {
    assert.deepStrictEqual(repeatedOf("a: x y", "a: X  Y", "a: x y", "b: z", "c: z", "d: w", "e: v"), [3, 1, "x y"])
    assert.deepStrictEqual(repeatedOf("a: b", "b: b", "c: a", "d: a", "e: c"), [2, 2, "a"])
    assert.deepStrictEqual(repeatedOf("a: 1", "b: 2", "c: 3", "d: 4", "e: 5"), [0, 0, ""])
    // Messages without words are no text.
    assert.deepStrictEqual(repeatedOf("a: ", "b: ", "c: ", "d: x", "e: x"), [2, 2, "x"])
  })

  it("sums the mood over distinct texts, each with the score that is farthest from zero", () => {
    const rest = ["c: 1", "d: 2", "e: 3"]
    assert.deepStrictEqual(moodOf(["a: x", 500_000], ["b: X", 500_000], ...rest), [1, 500_000])
    assert.deepStrictEqual(moodOf(["a: x", 500_000], ["b: x", -700_000], ...rest), [1, -700_000])
    assert.deepStrictEqual(moodOf(["a: x", -500_000], ["b: x", 500_000], ...rest), [1, 500_000])
    assert.deepStrictEqual(moodOf(["a: x", 0], ["b: x", -1], ["b: y", 3], ...rest), [2, 2])
    assert.deepStrictEqual(moodOf(["a: ", 500_000], ["b: y", 0], ...rest), [0, 0])
  })

  it("takes hostile words for words", () => {
    assert.deepStrictEqual(sharedOf(...all("constructor")), ["constructor", 5])
    assert.deepStrictEqual(sharedOf(...all("__proto__")), ["proto", 5])
    assert.strictEqual(comparedFormOf("\uFFFD").text, bytesOf("\uFFFD"))
  })
})
