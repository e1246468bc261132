/**
 * The fate of one input's records: accepted or lost. Plain data, so that it can come from another
 * thread.
 */
import type { DeadLetterReason } from "./DeadLetter.ts"
import type { InputKind } from "./Task.ts"

/**
 * Reason why a record does not count: it is no event, late for all windows, without a value, or
 * beyond the limits of a pane.
 */
export type Loss = DeadLetterReason | "late" | "no-value" | "beyond-limits"

/** One record that does not count. */
export interface LossExample {
  readonly partition: number
  readonly offset: bigint
  readonly loss: Loss
  /** The field to blame, as in {@link Rejection}. */
  readonly path: string | null
  /** A sentence for operators, which quotes no text of the record. */
  readonly cause: string
  /** The first bytes of the value in hexadecimal, for the log. */
  readonly firstBytes: string
}

/** The new records of one input in one flush. */
export interface InputAcceptance {
  readonly topic: string
  readonly partition: number
  readonly kind: InputKind
  readonly records: number
  /** Accepted records: those that count in a window. */
  readonly accepted: number
  /** Given if hardly any is accepted and the flush holds an example. */
  readonly example: LossExample | undefined
}

/** Fewer accepted records than this part are "almost nothing". */
export const ALMOST_NOTHING = 0.1
