/** The invented platform's broadcasts: one a day for each stream, the last of which is live. */
import { FIRST_END_MS } from "./FixtureTimes.ts"

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAYS = 7

/** Start of the broadcast `day` days ago. */
const startOf = (stream: number, day: number): number =>
  FIRST_END_MS - day * 24 * HOUR_MS - 6 * HOUR_MS - ((stream * 7) % 60) * MINUTE_MS

/** How long the broadcasts of past days last. */
const LASTS_MS = 5 * HOUR_MS

export interface FixtureBroadcast {
  readonly stream: number
  readonly startedMs: number
  readonly endedMs: number
  readonly over: boolean
}

/** The newest first. */
export const broadcastsOf = (stream: number, lastEndMs: number): ReadonlyArray<FixtureBroadcast> =>
  Array.from({ length: DAYS }, (_, day) => {
    const startedMs = startOf(stream, day)
    return { stream, startedMs, endedMs: day === 0 ? lastEndMs : startedMs + LASTS_MS, over: day > 0 }
  })

/** Start of the broadcast that a moment is in; `undefined` between two. */
export const broadcastStart = (stream: number, timeMs: number, lastEndMs: number): number | undefined =>
  broadcastsOf(stream, lastEndMs).find(({ endedMs, startedMs }) => startedMs <= timeMs && timeMs < endedMs)?.startedMs
