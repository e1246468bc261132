/**
 * A batch of one input's records after decoding: its events with their offsets, and what is no
 * event.
 */
import type { DeadLetter } from "./DeadLetter.ts"
import type { Event } from "./Event.ts"

export interface DecodedBatch {
  readonly _tag: "Decoded"
  readonly input: number
  readonly nextOffset: bigint
  readonly events: ReadonlyArray<Event>
  /** Offset of each event. */
  readonly offsets: ReadonlyArray<bigint>
  /** How many of the events, from the first on, were counted before the last checkpoint. */
  readonly rereadEvents: number
  /** New ones only. */
  readonly deadLetters: ReadonlyArray<DeadLetter>
  /** New ones only. */
  readonly tombstones: number
}
