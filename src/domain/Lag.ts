/** How far the tables are behind the log. */

import type { TopicPartition } from "./TopicPartition.ts"

/** The lag of one input. */
export interface InputLag extends TopicPartition {
  /** The offset after the last record of the log. */
  readonly endOffset: bigint
  /** Records below it that are not in the tables. */
  readonly records: number
}

/** The records of all of them. */
export const lagSum = (lags: ReadonlyArray<InputLag>): number => lags.reduce((sum, { records }) => sum + records, 0)
