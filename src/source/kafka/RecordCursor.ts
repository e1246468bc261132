/**
 * The records of one batch, parsed as they are taken, so a batch of millions of small records costs
 * no more memory than its bytes.
 *
 * Source: Kafka's documentation, "Record" (https://kafka.apache.org/documentation/#record).
 */
import { TOMBSTONE } from "../../domain/Records.ts"
import type { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import { Varints } from "./Varints.ts"

/** An unreadable batch: the bytes in the log are wrong, not the connection. */
export class RecordBatchError extends Error {
  override readonly name = "RecordBatchError"
}

export const brokenRecord = (index: number): RecordBatchError =>
  new RecordBatchError(`record ${index} does not match its declared length`)

/** The batch's header fields about its records. */
export interface RecordsHead {
  readonly baseOffset: bigint
  readonly count: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: bigint
  /**
   * The broker's timestamp of all records, in milliseconds since the epoch; `undefined` = each
   * record has its own.
   */
  readonly appendedMs: number | undefined
}

export class RecordCursor {
  readonly #body: Buffer
  readonly #head: RecordsHead
  /** Positioned at the next record. */
  readonly #fields: Varints
  readonly #baseTimestampMs: number
  #index = 0
  /** Records before this offset delta are skipped. */
  readonly #firstDelta: number
  /** The offset delta of the last parsed record. */
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
   * Appends the next records to `into`, until it has read `maxRecords` records or `maxBytes` bytes
   * of the batch; both are positive. Returns the bytes read, 0 after the last record. `into` refers
   * to the batch's bytes until it is finished.
   *
   * Throws a {@link RecordBatchError} for a record that exceeds the batch or its own length. It
   * also throws for an offset outside the batch or not above the one before. The records before it
   * are appended.
   */
  read(into: RecordsBuilder, maxRecords: number, maxBytes: number): number {
    const fields = this.#fields
    const start = fields.at
    const last = Math.min(this.#index + maxRecords, this.#head.count)
    const shift = into.begin(this.#body, start)
    const deltaShift = into.deltaOf(this.#head.baseOffset)
    let end = start
    try {
      while (this.#index < last && end - start < maxBytes) {
        this.#parse(into, shift, deltaShift)
        end = fields.at
      }
    } finally {
      into.extend(end - start)
    }
    if (end === start && end !== this.#body.length) throw brokenRecord(this.#index)
    return end - start
  }

  /**
   * Appends the next record to `into`, unless it is before the first wanted one. The shifts lead
   * from this batch's bytes and offset deltas to those of `into`.
   */
  #parse(into: RecordsBuilder, shift: number, deltaShift: number): void {
    const fields = this.#fields
    const length = fields.int32()
    const end = fields.at + length
    if (length < 0 || end > this.#body.length) throw brokenRecord(this.#index)
    fields.at++ // attributes: none is defined
    const timestampDelta = fields.int64()
    const offsetDelta = fields.int32()
    const keyBytes = fields.int32()
    if (keyBytes > 0) fields.at += keyBytes
    const bytes = fields.int32()
    const start = fields.at
    if (start + (bytes > 0 ? bytes : 0) > end) throw brokenRecord(this.#index)
    if (offsetDelta <= this.#offsetDelta || offsetDelta > this.#head.lastOffsetDelta) {
      throw new RecordBatchError(`record ${this.#index} has an invalid offset`)
    }
    this.#offsetDelta = offsetDelta
    this.#index++
    fields.at = end // skips the headers
    if (offsetDelta < this.#firstDelta) return
    into.append(
      deltaShift + offsetDelta,
      this.#timestampMs(timestampDelta),
      shift + start,
      bytes < 0 ? TOMBSTONE : shift + start + bytes
    )
  }

  #timestampMs(delta: number | bigint): number {
    const { appendedMs, baseTimestamp } = this.#head
    if (appendedMs !== undefined) return appendedMs
    return typeof delta === "number" ? this.#baseTimestampMs + delta : Number(BigInt.asIntN(64, baseTimestamp + delta))
  }
}
