/** The records that a log returns: one topic partition, in the order of offsets. */

/** One record as the log holds it. */
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
  readonly records: ReadonlyArray<LogRecord>
  /**
   * The first offset that has not been read: above the last record, and above trailing transaction
   * markers.
   */
  readonly nextOffset: bigint
}
