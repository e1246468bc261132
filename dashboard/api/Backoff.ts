/** The delay before a retry. */

const FIRST_MS = 1000
const LONGEST_MS = 30_000

/**
 * The delay after `failures` earlier failures in a row: 1 s, doubling up to 30 s. `chance` (0
 * closed to 1 open) shortens it by up to a half, so that pages do not reconnect all at once.
 */
export const backoffMs = (failures: number, chance: number): number =>
  Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 10)) * (1 - chance / 2)
