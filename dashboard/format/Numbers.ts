/** Formats numbers in the language of the page. */

const MINUS = "\u2212"

/** An en dash marks a missing value. */
export const NONE = "\u2013"

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 })

/** `12,345` */
export const count = (value: number | null): string => (value === null ? NONE : whole.format(value))

const formats = new Map<number, Intl.NumberFormat>()

/** With exactly `digits` digits after the point. */
export const decimal = (value: number | null, digits: number): string => {
  if (value === null) return NONE
  const format =
    formats.get(digits) ??
    new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits })
  formats.set(digits, format)
  return format.format(value).replace("-", MINUS)
}

/** With its sign; a value that rounds to zero has none. */
export const signed = (value: number | null, digits: number): string => {
  if (value === null) return NONE
  const isZero = Math.round(Math.abs(value) * 10 ** digits) === 0
  return isZero ? decimal(0, digits) : `${value > 0 ? "+" : ""}${decimal(value, digits)}`
}

/** `1 window`, `2 windows` */
export const counted = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? "" : "s"}`

/** `812 B`, `8.0 KiB`, `1.2 MiB` */
export const bytes = (value: number): string =>
  value < 1024
    ? `${value} B`
    : value < 1024 ** 2
      ? `${decimal(value / 1024, 1)} KiB`
      : `${decimal(value / 1024 ** 2, 1)} MiB`
