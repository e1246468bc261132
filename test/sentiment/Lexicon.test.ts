/** The tables are well-formed: what a slip of the pen would silently change. */
import { assert, describe, it } from "@effect/vitest"
import { valences } from "../../src/sentiment/Lexicon.ts"
import { LONGEST } from "../../src/sentiment/Token.ts"
import { list, TABLES } from "./Tables.ts"

const groups = [...TABLES.words.flat(), ...TABLES.phrases, ...TABLES.beginnings, ...TABLES.endings]

describe("the lexicon's tables", () => {
  it("hold several hundred emotes and emoji, and thousands of words", () => {
    assert.isAbove(TABLES.emotes.flatMap(({ names }) => list(names)).length, 700)
    assert.isAbove(TABLES.emoji.flatMap(({ symbols }) => list(symbols)).length, 200)
    assert.isAbove(valences.length, 9000)
  })

  it("rate from -4 to 4", () => {
    for (const { valence } of [...TABLES.emotes, ...TABLES.emoji, ...groups]) assert.isAtMost(Math.abs(valence), 4)
  })

  it("list a name of any letter case in one group", () => {
    const seen = new Map<string, number>()
    for (const [group, { names }] of TABLES.emotes.entries())
      for (const name of list(names)) {
        const key = name.toLowerCase()
        assert.isTrue(!seen.has(key) || seen.get(key) === group, name)
        seen.set(key, group)
      }
  })

  it("list symbols of one code point of three bytes or more", () => {
    for (const { symbols } of TABLES.emoji)
      for (const symbol of list(symbols))
        assert.isTrue([...symbol].length === 1 && Buffer.byteLength(symbol) > 2, symbol)
  })

  it("list words in lower case, which a token can hold", () => {
    for (const { words } of TABLES.words.flat())
      for (const word of list(words)) {
        assert.strictEqual(word, word.toLowerCase())
        assert.isAtMost(Buffer.byteLength(word), LONGEST)
      }
  })

  it("list pairs of two words", () => {
    for (const { words } of TABLES.phrases) for (const pair of list(words)) assert.match(pair, /^[^-]+-[^-]+$/)
  })
})
