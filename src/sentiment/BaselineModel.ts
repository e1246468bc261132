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

/** One more character of a token, in lower case if it is a letter. */
const mix = (hash: number, code: number): number => (Math.imul(hash, 31) + (code | 0x20)) | 0

const HASHES = 1024

/** Whether a word of the lists has the hash: most tokens have another one, and need not be made. */
const HAS_WORD = new Uint8Array(HASHES)
for (const word of WEIGHTS.keys()) {
  let hash = 0
  for (let at = 0; at < word.length; at++) hash = mix(hash, word.charCodeAt(at))
  HAS_WORD[hash & (HASHES - 1)] = 1
}

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
    let hash = 0
    const { length } = text
    for (let at = 0; at <= length; at++) {
      const code = at === length ? 0x20 : text.charCodeAt(at)
      if (code > LAST_ASCII) return scoreUnicode(text)
      if (!isSpace(code)) {
        hash = mix(hash, code)
        continue
      }
      if (HAS_WORD[hash & (HASHES - 1)] === 1) {
        const weight = WEIGHTS.get(text.slice(start, at).toLowerCase())
        if (weight === 1) positive++
        else if (weight === -1) negative++
      }
      start = at + 1
      hash = 0
    }
    return quotient(positive, negative)
  }
}
