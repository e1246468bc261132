/** One live session, from `startSecond` (closed) to `endSecond` (open), in seconds since the epoch. */
export interface Session {
  /** The session's number within its channel; negative before the origin of a log with a past. */
  readonly number: number
  readonly startSecond: number
  readonly endSecond: number
  /** The start of the next session. */
  readonly nextSecond: number
  /** Chat and viewers as a multiple of the usual. */
  readonly size: number
}
