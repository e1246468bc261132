/** The public chat that the process collects, for the page and for operators. Plain data. */

export const CHANNEL_STATES = ["joining", "reading", "disconnected", "refused"] as const
export type ChannelState = (typeof CHANNEL_STATES)[number]

export interface CollectedChannel {
  /** `platform:stream`. */
  readonly channel: string
  readonly state: ChannelState
  /** The cause of `disconnected` and `refused`, as one clause. */
  readonly reason: string | undefined
}

export interface Collecting {
  readonly channels: ReadonlyArray<CollectedChannel>
  /** The time from the first message of a stream to its first row, in milliseconds; an estimate. */
  readonly firstRowsMs: number
  /** Problems that last, one line each. */
  readonly problems: ReadonlyArray<string>
}
