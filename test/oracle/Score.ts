/** The baseline sentiment model, recounted from docs/SEMANTICS.md, "Windows". */

export const POSITIVE = new Set(
  (
    "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun " +
    "enjoy excited pog pogchamp kekw"
  ).split(" ")
)
export const NEGATIVE = new Set(
  (
    "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed " +
    "frustrated"
  ).split(" ")
)

export interface Score {
  /** Tokens in the positive list, each as often as it occurs there. */
  readonly positive: number
  readonly negative: number
  /** (p - n) / (p + n) x 10^6, rounded, a tie up; an integer. */
  readonly millionths: number
}

export const scoreOf = (text: string): Score => {
  let positive = 0
  let negative = 0
  for (const token of text.toLowerCase().split(/\s+/)) {
    if (POSITIVE.has(token)) positive++
    if (NEGATIVE.has(token)) negative++
  }
  const matches = positive + negative
  const millionths = matches === 0 ? 0 : Math.round(((positive - negative) / matches) * 1_000_000)
  return { positive, negative, millionths }
}
