/** The baseline: counts words of two lists. Score = (p - n) / (p + n), 0 where neither occurs. */
import { TEXT_END, TEXT_START } from "../domain/EventColumns.ts"
import { outside, present } from "../domain/Invariant.ts"
import { textOf, type Utf8 } from "../domain/Utf8.ts"
import { UNSCORED } from "../domain/Score.ts"
import type { SentimentModel } from "../domain/SentimentModel.ts"

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

/** The words of the lists by their hash: most tokens have another one. */
const WORDS: ReadonlyArray<Array<string>> = Array.from({ length: HASHES }, () => [])
for (const word of WEIGHTS.keys()) {
  let hash = 0
  for (let at = 0; at < word.length; at++) hash = mix(hash, word.charCodeAt(at))
  present(WORDS[hash & (HASHES - 1)], "the table has all hashes").push(word)
}

/**
 * Whether the ASCII bytes in [start, end) are the word, in whatever case: with that bit set, only
 * letters are letters.
 */
const spells = (bytes: Uint8Array, start: number, end: number, word: string): boolean => {
  if (word.length !== end - start) return false
  for (let at = 0; at < word.length; at++)
    if (((bytes[start + at] ?? outside()) | 0x20) !== word.charCodeAt(at)) return false
  return true
}

const SPACE = 0x20
const LAST_ASCII = 0x7f

/** As `\s` has it, of the ASCII characters. */
const isSpace = (code: number): boolean => code === SPACE || (code >= 0x09 && code <= 0x0d)

const quotient = (positive: number, negative: number): number => {
  const hits = positive + negative
  return hits === 0 ? UNSCORED : Math.round(((positive - negative) / hits) * 1_000_000)
}

/** Any text: lower case and white space are Unicode's. */
const scoreUnicode = (text: Utf8): number => {
  let positive = 0
  let negative = 0
  for (const token of textOf(text).toLowerCase().split(/\s+/)) {
    const weight = WEIGHTS.get(token)
    if (weight === 1) positive++
    else if (weight === -1) negative++
  }
  return quotient(positive, negative)
}

export const BaselineModel: SentimentModel = {
  name: "baseline",
  words: WEIGHTS,
  scoreMicro: (events, event) => {
    const { bytes } = events
    const end = events.of(event, TEXT_END)
    let start = events.of(event, TEXT_START)
    let positive = 0
    let negative = 0
    let hash = 0
    for (let at = start; at <= end; at++) {
      const code = at === end ? SPACE : (bytes[at] ?? outside())
      if (code > SPACE || !isSpace(code)) {
        if (code > LAST_ASCII) return scoreUnicode({ bytes, start: events.of(event, TEXT_START), end })
        hash = mix(hash, code)
        continue
      }
      for (const word of present(WORDS[hash & (HASHES - 1)], "the table has all hashes")) {
        if (!spells(bytes, start, at, word)) continue
        if (WEIGHTS.get(word) === 1) positive++
        else negative++
      }
      start = at + 1
      hash = 0
    }
    return quotient(positive, negative)
  }
}
