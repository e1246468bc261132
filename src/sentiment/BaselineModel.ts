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

const LENGTHS = [...WEIGHTS.keys()].map((word) => word.length)
const SHORTEST = Math.min(...LENGTHS)
const LONGEST = Math.max(...LENGTHS)

/** By the code of a token's first character, in either case: whether a word of the lists begins like it. Most tokens don't, and need not be made. */
const BEGINS_WORD = Uint8Array.from({ length: 128 }, (_, code) =>
  [...WEIGHTS.keys()].some((word) => word.startsWith(String.fromCharCode(code).toLowerCase())) ? 1 : 0
)

const LAST_ASCII = 0x7f

/** As `\s` has it, of the ASCII characters. */
const isSpace = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)

const quotient = (positive: number, negative: number): number => {
  const hits = positive + negative
  return hits === 0 ? 0 : Math.round(((positive - negative) / hits) * 1_000_000)
}

/** Any text: lower case and white space are Unicode's. */
const scoreUnicode = (text: string): number => {
  let positive = 0
  let negative = 0
  for (const token of text.toLowerCase().split(/\s+/)) {
    const weight = WEIGHTS.get(token)
    if (weight === 1) positive++
    else if (weight === -1) negative++
  }
  return quotient(positive, negative)
}

export const BaselineModel: SentimentModel = {
  name: "baseline",
  scoreMicro: (text) => {
    let positive = 0
    let negative = 0
    let start = 0
    for (let at = 0; at <= text.length; at++) {
      const code = at === text.length ? 0x20 : text.charCodeAt(at)
      if (code > LAST_ASCII) return scoreUnicode(text)
      if (!isSpace(code)) continue
      const length = at - start
      if (length >= SHORTEST && length <= LONGEST && BEGINS_WORD[text.charCodeAt(start)] === 1) {
        const weight = WEIGHTS.get(text.slice(start, at).toLowerCase())
        if (weight === 1) positive++
        else if (weight === -1) negative++
      }
      start = at + 1
    }
    return quotient(positive, negative)
  }
}
