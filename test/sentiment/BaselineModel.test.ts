import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { UNSCORED } from "../../src/domain/Score.ts"
import { scoreOf } from "../harness/Events.ts"
import { scoreOf as oracleScoreOf } from "../oracle/Score.ts"

const WORDS = [
  "love",
  "LoVe",
  "hate",
  "pog",
  "pogchamp",
  "pogchamps",
  "fun",
  "fu",
  "lol",
  "lol!",
  "ok",
  "rip",
  "KE\u212AW",
  "kekw",
  "sad",
  "ß",
  "🎉",
  ""
]
const SPACES = [" ", "  ", "\t", "\n", "\u000b", "\u00a0", "\u2003", "\u001f", ""]

/** 0 for a text without a score. */
const scoreMicro = (text: string): number => {
  const score = scoreOf(BaselineModel, text)
  return score === UNSCORED ? 0 : score
}

describe("the baseline model", () => {
  it("scores by the words of the lists", () => {
    assert.strictEqual(scoreMicro(""), 0)
    assert.strictEqual(scoreMicro("so what"), 0)
    assert.strictEqual(scoreMicro(" LOVE\tit, hate"), 0)
    assert.strictEqual(scoreMicro("love love hate"), 333_333)
    assert.strictEqual(scoreMicro("rip"), -1_000_000)
  })

  it("tells a text that balances from one without any word of the lists", () => {
    assert.strictEqual(scoreOf(BaselineModel, "love hate"), 0)
    assert.strictEqual(scoreOf(BaselineModel, "so what"), UNSCORED)
    assert.strictEqual(scoreOf(BaselineModel, "ß"), UNSCORED)
  })

  let hits = 0

  it.prop(
    "agrees with the oracle on any mixture of words and blanks",
    [Schema.Array(Schema.Tuple([Schema.Literals(WORDS), Schema.Literals(SPACES)])).check(Schema.isMaxLength(8))],
    ([parts]) => {
      const text = parts.flat().join("")
      const score = scoreMicro(text)
      if (score !== 0) hits++
      assert.strictEqual(score, oracleScoreOf(text).millionths, JSON.stringify(text))
    },
    { arbitrary: { runs: 5000, seed: 1 } }
  )

  it("was checked on many texts with a score", () => assert.isAbove(hits, 1000))
})
