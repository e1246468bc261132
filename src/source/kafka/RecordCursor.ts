/**
 * The records of one batch, parsed as they are taken: a batch of millions of small records costs no more memory than its bytes.
 *
 * Source: Kafka's documentation, "Record" (https://kafka.apache.org/documentation/#record).
 */
import type { LogRecord } from "../../domain/Batch.ts"
import { Varints } from "./Varints.ts"

/** A batch that can't be read: what the log holds is wrong, not the way there. */
export class RecordBatchError extends Error {
  override readonly name = "RecordBatchError"
}

export const brokenRecord = (index: number): RecordBatchError =>
  new RecordBatchError(`record number ${index} doesn't end where it says`)

/** What the batch's head says of its records. */
export interface RecordsHead {
  readonly baseOffset: bigint
  readonly count: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: bigint
  /** The broker's time of all its records, in milliseconds since the epoch; `undefined` = each has its own. */
  readonly appendedMs: number | undefined
}

export class RecordCursor {
  readonly #body: Buffer
  readonly #head: RecordsHead
  readonly #fields: Varints
  readonly #baseTimestampMs: number
  #index = 0
  /** Records before this one are passed over. */
  #firstDelta: number
  /** Of the last record, less the first possible one. */
  #offsetDelta = -1

  /** Starts at the first record whose offset is `from` or above. */
  constructor(body: Buffer, head: RecordsHead, from: bigint) {
    this.#body = body
    this.#head = head
    this.#fields = new Varints(body, 0)
    this.#baseTimestampMs = Number(head.baseTimestamp)
    this.#firstDelta = Number(from - head.baseOffset)
  }

  /** Bytes of the unpacked records. */
  get byteLength(): number {
    return this.#body.length
  }

  /**
   * The next record, its value as a view of the batch's bytes; `undefined` after the last one. Throws a {@link RecordBatchError} over a record that reaches
   * beyond the batch or the next one, or whose offset is not above the one before and within the batch.
   */
  next(): LogRecord | undefined {
    const { count } = this.#head
    while (this.#index < count) {
      const record = this.#parse()
      this.#index++
      if (record !== undefined) return record
    }
    if (this.#fields.at !== this.#body.length) throw brokenRecord(count)
    return undefined
  }

  /** The record at the cursor; `undefined` if it is to be passed over. */
  #parse(): LogRecord | undefined {
    const fields = this.#fields
    const body = this.#body
    const length = fields.int32()
    const end = fields.at + length
    if (length < 0 || end > body.length) throw brokenRecord(this.#index)
    fields.at++ // attributes: none is defined
    const timestampDelta = fields.int64()
    const offsetDelta = fields.int32()
    const keyBytes = fields.int32()
    if (keyBytes > 0) fields.at += keyBytes
    const bytes = fields.int32()
    const start = fields.at
    if (start + (bytes > 0 ? bytes : 0) > end) throw brokenRecord(this.#index)
    if (offsetDelta <= this.#offsetDelta || offsetDelta > this.#head.lastOffsetDelta) {
      throw new RecordBatchError(`record number ${this.#index} has an offset that is not its own`)
    }
    this.#offsetDelta = offsetDelta
    fields.at = end // over the headers
    return offsetDelta < this.#firstDelta
      ? undefined
      : {
          offset: this.#head.baseOffset + BigInt(offsetDelta),
          timestampMs: this.#timestampMs(timestampDelta),
          value: bytes < 0 ? null : body.subarray(start, start + bytes)
        }
  }

  #timestampMs(delta: number | bigint): number {
    const { appendedMs, baseTimestamp } = this.#head
    if (appendedMs !== undefined) return appendedMs
    return typeof delta === "number" ? this.#baseTimestampMs + delta : Number(BigInt.asIntN(64, baseTimestamp + delta))
  }
}
