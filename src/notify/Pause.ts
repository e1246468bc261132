/** How long to wait before the next attempt. */
import * as Backoff from "../retry/Backoff.ts"

const FIRST_MS = 1_000
const LONGEST_MS = 300_000
/** The most that a target may request by Retry-After. */
const LONGEST_REQUESTED_MS = 3_600_000

/** The wait after 1 or more failures in a row, without jitter: 1 s, doubled, at most 5 min. */
export const backoffMs = (failures: number): number => Backoff.backoffMs(failures, FIRST_MS, LONGEST_MS)

/**
 * The wait that a response requests: Retry-After in seconds, or as a date. `undefined` if it
 * requests none. At most an hour.
 */
export const retryAfterMs = (header: string | undefined, nowMs: number): number | undefined => {
  if (header === undefined) return undefined
  const ms = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - nowMs
  return Number.isNaN(ms) ? undefined : Math.min(LONGEST_REQUESTED_MS, Math.max(0, Math.ceil(ms)))
}
