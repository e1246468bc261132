/** How long to wait before trying again. */

const FIRST_MS = 1000
const LONGEST_MS = 30_000

/** After so many failures in a row (0 = the first): 1 s, doubling up to 30 s, of which chance (0 closed to 1 open) takes up to a half, so that pages do not come back all at once. */
export const backoffMs = (failures: number, chance: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)) * (1 - chance / 2)
