/** The baseline model's lists, as the rules give them. */
export const POSITIVE_WORDS = new Set(
  (
    "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy " +
    "excited pog pogchamp kekw"
  ).split(" ")
)
export const NEGATIVE_WORDS = new Set(
  (
    "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed " +
    "frustrated"
  ).split(" ")
)
const words = (text: string): ReadonlyArray<string> => text.toLowerCase().split(/\s+/)
export const countOf = (text: string, list: ReadonlySet<string>): number =>
  words(text).filter((word) => list.has(word)).length
