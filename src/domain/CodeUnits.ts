/** The order of text by UTF-16 code unit: the same everywhere, whatever the locale. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The first place in [low, high) whose name is greater than `name`; `high` if there is none. The
 * names are in order of code units. Costs the logarithm of the range.
 */
export const firstAfter = (nameAt: (place: number) => string, low: number, high: number, name: string): number => {
  let from = low
  let to = high
  while (from < to) {
    const middle = (from + to) >> 1
    if (nameAt(middle) <= name) from = middle + 1
    else to = middle
  }
  return from
}
