/** Numbers and nouns in messages for operators, for example `1,234 records`. */

/** The number with grouped thousands and at most `fractionDigits` decimals; never `-0`. */
export const number = (value: number, fractionDigits = 3): string =>
  value.toLocaleString("en", { maximumFractionDigits: fractionDigits, signDisplay: "negative" })

/** The noun that fits the count. */
export const plural = (count: number, one: string, several = `${one}s`): string => (count === 1 ? one : several)

/** The whole number and its noun: `1 record`, `1,234 records`, `0 records`. */
export const counted = (count: number, one: string, several?: string): string =>
  `${number(count, 0)} ${plural(count, one, several)}`
