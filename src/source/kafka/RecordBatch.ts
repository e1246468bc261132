/**
 * One record batch of magic 2, the only kind that brokers write since Kafka 0.11, read in place: fields at their fixed places, records by walking over them.
 *
 * Source: Kafka's documentation, "Record Batch" and "Record" (https://kafka.apache.org/documentation/#recordbatch); KIP-98 for transactions and control records.
 */
import { crc32c } from "@node-rs/crc32"
import { decompress, UnpackedSizeError } from "./Codecs.ts"
import { brokenRecord, RecordBatchError, RecordCursor } from "./RecordCursor.ts"
import { Varints } from "./Varints.ts"

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

const NOTHING = Buffer.alloc(0)

/** What a marker may unpack to: brokers write some 80 bytes, and compress none. */
const MARKER_BYTES = 64 * 1024

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
    const batch = new RecordBatch(bytes.subarray(at, Math.max(at, end)))
    batch.check()
    return batch
  }

  /** One that {@link at} has given before. */
  static checked(bytes: Buffer, at: number): RecordBatch {
    return new RecordBatch(bytes.subarray(at, at + LEADER_EPOCH + bytes.readInt32BE(at + LENGTH)))
  }

  private constructor(bytes: Buffer) {
    this.bytes = bytes
    this.baseOffset = bytes.length < RECORDS ? -1n : bytes.readBigInt64BE(0)
    this.attributes = bytes.length < RECORDS ? 0 : bytes.readInt16BE(ATTRIBUTES)
  }

  private check(): void {
    const { bytes } = this
    const magic = bytes.length > MAGIC ? bytes.readInt8(MAGIC) : 2
    if (magic !== 2) {
      throw new RecordBatchError(
        magic === 0 || magic === 1 ? `message format ${magic} (before Kafka 0.11)` : `unknown record format ${magic}`
      )
    }
    if (bytes.length < RECORDS) throw new RecordBatchError(`a batch of ${bytes.length} bytes is too short`)
    if (crc32c(bytes.subarray(ATTRIBUTES)) !== bytes.readUInt32BE(CRC)) {
      throw new RecordBatchError("checksum mismatch: the bytes are damaged")
    }
    // else reading would never get past it
    if (bytes.readInt32BE(LAST_OFFSET_DELTA) < 0) throw new RecordBatchError("its last offset is before its first")
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
    const body = this.body(MARKER_BYTES)
    const fields = new Varints(body, 0)
    fields.int32() // length
    fields.at++ // attributes
    fields.int64() // timestamp
    fields.int32() // offset
    const keyBytes = fields.int32()
    if (keyBytes < 4 || fields.at + keyBytes > body.length) throw brokenRecord(0)
    return body.readInt16BE(fields.at + 2) === ABORT_TYPE
  }

  /** Decompresses it, for its records from offset `from` on. `maxBytes` bounds what it may unpack to. Throws an {@link UnpackedSizeError} beyond that, a {@link RecordBatchError} if it can't be read. */
  unpack(maxBytes: number, from: bigint): RecordCursor {
    const { attributes, baseOffset, bytes } = this
    const head = {
      baseOffset,
      count: bytes.readInt32BE(COUNT),
      lastOffsetDelta: bytes.readInt32BE(LAST_OFFSET_DELTA),
      baseTimestamp: bytes.readBigInt64BE(BASE_TIMESTAMP),
      appendedMs: (attributes & LOG_APPEND_TIME_BIT) === 0 ? undefined : Number(bytes.readBigInt64BE(MAX_TIMESTAMP))
    }
    // compaction may have taken all of them: what is left of no bytes is not compressed
    return new RecordCursor(head.count === 0 ? NOTHING : this.body(maxBytes), head, from)
  }

  /** Whether unpacking takes memory of its own. */
  get isCompressed(): boolean {
    return (this.attributes & CODEC_BITS) !== 0
  }

  private body(maxBytes: number): Buffer {
    const stored = this.bytes.subarray(RECORDS)
    const codec = this.attributes & CODEC_BITS
    if (codec === 0) return stored
    try {
      return decompress(codec, stored, maxBytes)
    } catch (cause) {
      if (cause instanceof UnpackedSizeError) throw cause
      throw new RecordBatchError(cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
}
