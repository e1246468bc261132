/**
 * The records of one batch, parsed as they are taken, so a batch of millions of small records costs
 * no more memory than its bytes.
 *
 * Source: Kafka's documentation, "Record" (https://kafka.apache.org/documentation/#record).
 */
import type { LogRecord } from "../../domain/Batch.ts"
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
  /** Positioned at the length of the next record. */
  readonly #lengths: Varints
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
    this.#lengths = new Varints(body, 0)
    this.#baseTimestampMs = Number(head.baseTimestamp)
    this.#firstDelta = Number(from - head.baseOffset)
  }

  /** Bytes of the unpacked records. */
  get byteLength(): number {
    return this.#body.length
  }

  /**
   * Appends the next records to `into`, until it has read `maxRecords` records or `maxBytes` bytes
   * of the batch. Returns the bytes read, 0 after the last record. The values are views of one
   * copy, so records in use do not keep the batch in memory.
   *
   * Throws a {@link RecordBatchError} for a record that exceeds the batch or its own length. It
   * also throws for an offset outside the batch or not above the one before. The records before it
   * are appended.
   */
  read(into: Array<LogRecord>, maxRecords: number, maxBytes: number): number {
    const start = this.#lengths.at
    const count = this.#walk(maxRecords, maxBytes)
    const read = this.#lengths.at - start
    if (count === 0) {
      if (this.#index < this.#head.count || this.#lengths.at !== this.#body.length) throw brokenRecord(this.#index)
      return 0
    }
    const copy = Buffer.allocUnsafeSlow(read)
    this.#body.copy(copy, 0, start, start + read)
    const fields = new Varints(copy, 0)
    for (let left = count; left > 0; left--) this.#parse(copy.buffer, fields, into)
    return read
  }

  /** Skips whole records by their lengths, and returns their number. */
  #walk(maxRecords: number, maxBytes: number): number {
    const lengths = this.#lengths
    const start = lengths.at
    const most = Math.min(maxRecords, this.#head.count - this.#index)
    let count = 0
    while (count < most && lengths.at - start < maxBytes) {
      const before = lengths.at
      const length = lengths.int32()
      if (length < 0 || lengths.at + length > this.#body.length) {
        lengths.at = before
        break
      }
      lengths.at += length
      count++
    }
    return count
  }

  /** Appends the record at `fields` to `into`, unless it is before the first wanted one. */
  #parse(copy: ArrayBuffer, fields: Varints, into: Array<LogRecord>): void {
    const length = fields.int32()
    const end = fields.at + length
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
    into.push({
      offset: this.#head.baseOffset + BigInt(offsetDelta),
      timestampMs: this.#timestampMs(timestampDelta),
      value: bytes < 0 ? null : new Uint8Array(copy, start, bytes)
    })
  }

  #timestampMs(delta: number | bigint): number {
    const { appendedMs, baseTimestamp } = this.#head
    if (appendedMs !== undefined) return appendedMs
    return typeof delta === "number" ? this.#baseTimestampMs + delta : Number(BigInt.asIntN(64, baseTimestamp + delta))
  }
}
