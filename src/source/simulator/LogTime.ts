/**
 * Converts between offsets and log times of a partition with a constant rate, in exact integer
 * arithmetic.
 */

export interface Pace {
  /** Log time of offset 0. */
  readonly originMs: number
  /** Records per second, a whole number. */
  readonly perSecond: number
}

/**
 * The log time of an offset, in whole milliseconds. It never decreases from one offset to the next.
 */
export const logTimeMs = ({ originMs, perSecond }: Pace, offset: number): number => {
  // Whole seconds and the rest separately, so that no product exceeds the safe integers.
  const rest = offset % perSecond
  return originMs + ((offset - rest) / perSecond) * 1000 + Math.floor((rest * 1000) / perSecond)
}

/**
 * The number of records with a log time <= `nowMs` (closed): the end offset at that time. 0 before
 * the origin.
 */
export const endOffsetAt = ({ originMs, perSecond }: Pace, nowMs: number): number => {
  const sinceMs = nowMs - originMs
  if (sinceMs < 0) return 0
  const rest = sinceMs % 1000
  return ((sinceMs - rest) / 1000) * perSecond + Math.ceil(((rest + 1) * perSecond) / 1000)
}
