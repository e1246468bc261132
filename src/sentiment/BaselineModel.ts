/** The baseline: counts words of two lists. Score = (p - n) / (p + n), 0 where neither occurs. */
import type { SentimentModel } from "./SentimentModel.ts"

const POSITIVE =
  "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy excited pog pogchamp kekw"
const NEGATIVE =
  "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed frustrated"

const WEIGHTS: ReadonlyMap<string, 1 | -1> = new Map([
  ...POSITIVE.split(" ").map((word) => [word, 1] as const),
  ...NEGATIVE.split(" ").map((word) => [word, -1] as const)
])

export const BaselineModel: SentimentModel = {
  name: "baseline",
  scoreMicro: (text) => {
    let positive = 0
    let negative = 0
    for (const token of text.toLowerCase().split(/\s+/)) {
      const weight = WEIGHTS.get(token)
      if (weight === 1) positive++
      else if (weight === -1) negative++
    }
    const hits = positive + negative
    return hits === 0 ? 0 : Math.round(((positive - negative) / hits) * 1_000_000)
  }
}
