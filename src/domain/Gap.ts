/** Records that the log lost before they were read, and the windows that may lack them. */
import type { EventTimeMs } from "./EventTime.ts"

export interface Gap {
  readonly topic: string
  readonly partition: number
  /** The lost offsets: from here (closed) to `toOffset` (open). */
  readonly fromOffset: bigint
  readonly toOffset: bigint
  /**
   * The task's watermark when the gap was found: windows that end after it (open bound) are
   * touched, ...
   */
  readonly eventsFromMs: EventTimeMs
  /**
   * ... if they start at or before this (closed bound). `AFTER_ALL` until the first event behind
   * the gap is read.
   */
  readonly eventsToMs: EventTimeMs
}
