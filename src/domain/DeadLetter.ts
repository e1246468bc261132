/** Records that can never become an event, kept with the reason instead of stopping the worker. */

import { Schema } from "effect"

/** Why, the first that applies. */
export const DeadLetterReason = Schema.Literals([
  "too-large",
  "invalid-json",
  "invalid-event",
  "invalid-timestamp",
  "future-timestamp"
])
export type DeadLetterReason = typeof DeadLetterReason.Type

/** The reason why decoding rejects a record. */
export interface Rejection {
  readonly reason: DeadLetterReason
  /**
   * The offending field as the record spells it, `emotes[3]` for an element, `$` for the whole
   * value; `null` where no field is to blame.
   */
  readonly path: string | null
}

/** A rejected record with its place in the log. */
export interface DeadLetter extends Rejection {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** The log's own timestamp in ms since the epoch; `null` where it has none. */
  readonly recordTimestampMs: number | null
  /** The record's value, whole; the tables keep its first {@link PAYLOAD_LIMIT_BYTES} bytes. */
  readonly payload: Uint8Array
  /** The size of the whole value. */
  readonly payloadBytes: number
}

/** How much of a dead letter the tables keep: 8 KiB. */
export const PAYLOAD_LIMIT_BYTES = 8192

/** Limits on stored dead letters. */
export interface DeadLetterLimits {
  /** Dead letters of days (UTC) that ended longer ago than this are deleted. */
  readonly retentionMs: number
  /** Bytes that a day (UTC) may store: each payload once, plus the size of the row. */
  readonly bytesPerDay: number
}

export const DEAD_LETTER_LIMITS: DeadLetterLimits = { retentionMs: 30 * 86_400_000, bytesPerDay: 64 * 1024 * 1024 }
