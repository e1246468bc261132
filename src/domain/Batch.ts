/** The records that a log returns: one topic partition, in the order of offsets. */
import type { Records } from "./Records.ts"

/** One record as the log holds it. Batches hold records as columns, see {@link Records}. */
export interface LogRecord {
  readonly offset: bigint
  /**
   * The log's own timestamp of the record in milliseconds since the epoch; negative = it has none.
   */
  readonly timestampMs: number
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null
}

/**
 * A run of records of one input. If it is empty, it only reports how far the input has been read.
 */
export interface Batch {
  /** Index into the task's inputs. */
  readonly input: number
  /** Ascending by offset, not necessarily without holes. */
  readonly records: Records
  /**
   * The first offset that has not been read: above the last record, and above trailing transaction
   * markers.
   */
  readonly nextOffset: bigint
}
