/**
 * The requests of people and of the dashboard, one kind per line. The n-th request of a kind is
 * about another stream, so that no response is cached.
 */
import type { Filled, Month } from "./Month.ts"

export interface Question {
  readonly name: string
  /** Path and query of the n-th request, under the API's URL. */
  readonly path: (n: number) => string
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const stream = (n: number): string => `stream_${String(n).padStart(6, "0")}`

/** `moments` are ids that exist. */
export const questionsOf = (
  month: Month,
  { endMs }: Filled,
  moments: ReadonlyArray<string>
): ReadonlyArray<Question> => {
  /** Streams a large prime apart: all over the platform. */
  const any = (n: number): string => stream((n * 7919) % month.streams)
  const always = (n: number): string => stream(n % month.always)
  const since = (ms: number): string => `from=${new Date(endMs - ms).toISOString()}&to=${new Date(endMs).toISOString()}`
  return [
    { name: "the 50 liveliest streams", path: () => "/streams" },
    { name: "the 500 least usual streams", path: () => "/streams?sort=z_score&limit=500" },
    { name: "streams by a part of the name", path: (n) => `/streams?search=${n % 1000}` },
    { name: "one stream", path: (n) => `/streams/${any(n)}` },
    { name: "its last 15 minutes", path: (n) => `/streams/${any(n)}/summaries?${since(15 * MINUTE_MS)}` },
    { name: "its last hour", path: (n) => `/streams/${any(n)}/summaries?${since(60 * MINUTE_MS)}&limit=1000` },
    {
      name: "a day of one that is always live, by minutes",
      path: (n) => `/streams/${always(n)}/summaries?${since(DAY_MS)}&step=60&limit=1500`
    },
    {
      name: "its 30 days, by half hours",
      path: (n) => `/streams/${always(n)}/summaries?${since(30 * DAY_MS)}&step=1800&limit=1500`
    },
    { name: "the latest moments", path: () => "/moments" },
    { name: "a stream's moments of 30 days", path: (n) => `/moments?stream=${any(n)}&${since(30 * DAY_MS)}` },
    {
      name: "the strongest of a kind in 30 days",
      path: () => `/moments?type=chat_spike&min_intensity=40&${since(30 * DAY_MS)}`
    },
    { name: "one moment, explained", path: (n) => `/moments/${moments[n % moments.length] ?? ""}` },
    { name: "the latest dead letters", path: () => "/dead-letters" },
    { name: "dead letters of a rare reason", path: () => "/dead-letters?reason=too-large" },
    { name: "dead letters, counted by reason", path: () => "/dead-letters/reasons" },
    { name: "the pipeline's state", path: () => "/status" }
  ]
}
