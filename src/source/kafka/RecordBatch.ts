/**
 * One record batch of magic 2, the only kind that brokers write since Kafka 0.11, read in place: fields at their fixed places, records by walking over them.
 *
 * Source: Kafka's documentation, "Record Batch" and "Record" (https://kafka.apache.org/documentation/#recordbatch); KIP-98 for transactions and control records.
 */
import { crc32c } from "@node-rs/crc32"
import type { LogRecord } from "../../domain/Batch.ts"
import { decompress } from "./Codecs.ts"
import { Varints } from "./Varints.ts"

/** A batch that can't be read: what the log holds is wrong, not the way there. */
export class RecordBatchError extends Error {
  override readonly name = "RecordBatchError"
}

const LENGTH = 8
/** What `length` counts begins here. */
const LEADER_EPOCH = 12
const MAGIC = 16
const CRC = 17
/** What the checksum covers begins here. */
const ATTRIBUTES = 21
const LAST_OFFSET_DELTA = 23
const BASE_TIMESTAMP = 27
const MAX_TIMESTAMP = 35
const PRODUCER_ID = 43
const COUNT = 57
const RECORDS = 61

const CODEC_BITS = 0b111
const LOG_APPEND_TIME_BIT = 1 << 3
const TRANSACTIONAL_BIT = 1 << 4
const CONTROL_BIT = 1 << 5

/** Of a control record's key: version 0, type 0. */
const ABORT_TYPE = 0

export class RecordBatch {
  private readonly bytes: Buffer
  private readonly attributes: number
  readonly baseOffset: bigint

  /**
   * The batch that begins at `at`, or `undefined` where the bytes end before it does. Throws a {@link RecordBatchError} over other formats and where the checksum
   * is another.
   */
  static at(bytes: Buffer, at: number): RecordBatch | undefined {
    if (bytes.length < at + ATTRIBUTES) return undefined
    const end = at + LEADER_EPOCH + bytes.readInt32BE(at + LENGTH)
    if (bytes.length < end) return undefined
    return new RecordBatch(bytes.subarray(at, Math.max(at, end)))
  }

  private constructor(bytes: Buffer) {
    this.bytes = bytes
    const magic = bytes.length > MAGIC ? bytes.readInt8(MAGIC) : 2
    if (magic !== 2) {
      throw new RecordBatchError(
        magic === 0 || magic === 1
          ? `message format ${magic}, of producers and topics from before Kafka 0.11`
          : `record format ${magic} is not known`
      )
    }
    if (bytes.length < RECORDS) throw new RecordBatchError(`a batch of ${bytes.length} bytes is too short to be one`)
    if (crc32c(bytes.subarray(ATTRIBUTES)) !== bytes.readUInt32BE(CRC)) {
      throw new RecordBatchError("its checksum is wrong: the bytes are damaged")
    }
    this.baseOffset = bytes.readBigInt64BE(0)
    this.attributes = bytes.readInt16BE(ATTRIBUTES)
  }

  /** Bytes of the batch in the log. */
  get byteLength(): number {
    return this.bytes.length
  }

  /** The offset behind the batch, also where compaction took its last records. */
  get nextOffset(): bigint {
    return this.baseOffset + BigInt(this.bytes.readInt32BE(LAST_OFFSET_DELTA)) + 1n
  }

  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_BIT) !== 0
  }

  /** Whether it holds a marker of Kafka's own, never a record of a producer. */
  get isControl(): boolean {
    return (this.attributes & CONTROL_BIT) !== 0
  }

  get producerId(): bigint {
    return this.bytes.readBigInt64BE(PRODUCER_ID)
  }

  /** Of a control batch: whether it ends an aborted transaction. It holds one record; compaction may have taken it. */
  get isAbortMarker(): boolean {
    if (this.bytes.readInt32BE(COUNT) === 0) return false
    const body = this.body()
    const fields = new Varints(body, 0)
    fields.int32() // length
    fields.at++ // attributes
    fields.int64() // timestamp
    fields.int32() // offset
    const keyBytes = fields.int32()
    if (keyBytes < 4 || fields.at + keyBytes > body.length) throw this.broken(0)
    return body.readInt16BE(fields.at + 2) === ABORT_TYPE
  }

  /**
   * Appends the records from `fetchOffset` on, their values as views of the batch's bytes, and gives the values' bytes together. What has been appended when it
   * throws a {@link RecordBatchError} is not to be used.
   */
  appendTo(records: Array<LogRecord>, fetchOffset: bigint): number {
    const count = this.bytes.readInt32BE(COUNT)
    if (count === 0) return 0
    const { baseOffset } = this
    const firstDelta = Number(fetchOffset - baseOffset)
    const baseTimestamp = this.bytes.readBigInt64BE(BASE_TIMESTAMP)
    const baseTimestampMs = Number(baseTimestamp)
    const appendedMs =
      (this.attributes & LOG_APPEND_TIME_BIT) === 0 ? undefined : Number(this.bytes.readBigInt64BE(MAX_TIMESTAMP))
    const body = this.body()
    const fields = new Varints(body, 0)
    let valueBytes = 0
    for (let index = 0; index < count; index++) {
      const length = fields.int32()
      const end = fields.at + length
      if (length < 0 || end > body.length) throw this.broken(index)
      fields.at++ // attributes: none is defined
      const timestampDelta = fields.int64()
      const offsetDelta = fields.int32()
      const keyBytes = fields.int32()
      if (keyBytes > 0) fields.at += keyBytes
      const bytes = fields.int32()
      const start = fields.at
      if (start + (bytes > 0 ? bytes : 0) > end) throw this.broken(index)
      fields.at = end // over the headers
      if (offsetDelta < firstDelta) continue
      const timestampMs =
        appendedMs ??
        (typeof timestampDelta === "number"
          ? baseTimestampMs + timestampDelta
          : Number(BigInt.asIntN(64, baseTimestamp + timestampDelta)))
      records.push({
        offset: baseOffset + BigInt(offsetDelta),
        timestampMs,
        value: bytes < 0 ? null : body.subarray(start, start + bytes)
      })
      if (bytes > 0) valueBytes += bytes
    }
    if (fields.at !== body.length) throw this.broken(count)
    return valueBytes
  }

  private body(): Buffer {
    const stored = this.bytes.subarray(RECORDS)
    const codec = this.attributes & CODEC_BITS
    if (codec === 0) return stored
    try {
      return decompress(codec, stored)
    } catch (cause) {
      throw new RecordBatchError(cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }

  private broken(index: number): RecordBatchError {
    return new RecordBatchError(`record number ${index} doesn't end where it says`)
  }
}
