/**
 * A batch of one input's records after decoding: its events with their offsets and scores, and what
 * is no event.
 */
import type { DeadLetter } from "./DeadLetter.ts"
import type { EventColumns } from "./EventColumns.ts"

export interface DecodedBatch {
  readonly _tag: "Decoded"
  readonly input: number
  readonly nextOffset: bigint
  readonly events: EventColumns
  /** How many of the events, from the first on, were counted before the last checkpoint. */
  readonly rereadEvents: number
  /** New ones only. */
  readonly deadLetters: ReadonlyArray<DeadLetter>
  /** New ones only. */
  readonly tombstones: number
}
