/**
 * One record batch of magic 2, the only kind that brokers write since Kafka 0.11. It is read in
 * place: fields at their fixed offsets, records one after the other.
 *
 * Source: Kafka's documentation, "Record Batch" and "Record"
 * (https://kafka.apache.org/documentation/#recordbatch); KIP-98 for transactions and control
 * records.
 */
import { crc32c } from "@node-rs/crc32"
import { decompress, UnpackedSizeError } from "./Codecs.ts"
import { brokenRecord, RecordBatchError, RecordCursor } from "./RecordCursor.ts"
import { Varints } from "./Varints.ts"

const LENGTH = 8
/** The field LENGTH counts the bytes from here. */
const LEADER_EPOCH = 12
const MAGIC = 16
const CRC = 17
/** The checksum covers the bytes from here. */
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

/** The type in the key of the control record that aborts a transaction. */
const ABORT_TYPE = 0

const NOTHING = Buffer.alloc(0)

/** The unpacked size of a marker at most. Brokers write about 80 bytes, uncompressed. */
const MARKER_BYTES = 64 * 1024

export class RecordBatch {
  readonly #bytes: Buffer
  readonly #attributes: number
  readonly baseOffset: bigint

  /**
   * The batch at `at`; `undefined` if the bytes end before the batch. Throws a
   * {@link RecordBatchError} for other formats and for a wrong checksum.
   */
  static at(bytes: Buffer, at: number): RecordBatch | undefined {
    if (bytes.length < at + ATTRIBUTES) return undefined
    const end = at + LEADER_EPOCH + bytes.readInt32BE(at + LENGTH)
    if (bytes.length < end) return undefined
    const batch = new RecordBatch(bytes.subarray(at, Math.max(at, end)))
    batch.#check()
    return batch
  }

  /** A batch that {@link at} has checked before. */
  static checked(bytes: Buffer, at: number): RecordBatch {
    return new RecordBatch(bytes.subarray(at, at + LEADER_EPOCH + bytes.readInt32BE(at + LENGTH)))
  }

  private constructor(bytes: Buffer) {
    this.#bytes = bytes
    this.baseOffset = bytes.length < RECORDS ? -1n : bytes.readBigInt64BE(0)
    this.#attributes = bytes.length < RECORDS ? 0 : bytes.readInt16BE(ATTRIBUTES)
  }

  #check(): void {
    const bytes = this.#bytes
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
    // Reading would never advance past it.
    if (bytes.readInt32BE(LAST_OFFSET_DELTA) < 0) throw new RecordBatchError("its last offset is before its first")
  }

  /** Bytes of the batch in the log. */
  get byteLength(): number {
    return this.#bytes.length
  }

  /** The offset after the batch, even if compaction removed its last records. */
  get nextOffset(): bigint {
    return this.baseOffset + BigInt(this.#bytes.readInt32BE(LAST_OFFSET_DELTA)) + 1n
  }

  get isTransactional(): boolean {
    return (this.#attributes & TRANSACTIONAL_BIT) !== 0
  }

  /** Whether it holds a transaction marker instead of records of a producer. */
  get isControl(): boolean {
    return (this.#attributes & CONTROL_BIT) !== 0
  }

  get producerId(): bigint {
    return this.#bytes.readBigInt64BE(PRODUCER_ID)
  }

  /**
   * Whether a control batch ends an aborted transaction. It holds one record unless compaction
   * removed it.
   */
  get isAbortMarker(): boolean {
    if (this.#bytes.readInt32BE(COUNT) === 0) return false
    const body = this.#body(MARKER_BYTES)
    const fields = new Varints(body, 0)
    fields.int32() // length
    fields.at++ // attributes
    fields.int64() // timestamp
    fields.int32() // offset
    const keyBytes = fields.int32()
    if (keyBytes < 4 || fields.at + keyBytes > body.length) throw brokenRecord(0)
    return body.readInt16BE(fields.at + 2) === ABORT_TYPE
  }

  /**
   * Decompresses the batch and returns its records from offset `from` on. Throws an
   * {@link UnpackedSizeError} beyond `maxBytes`, a {@link RecordBatchError} if it is damaged.
   */
  unpack(maxBytes: number, from: bigint): RecordCursor {
    const { baseOffset } = this
    const bytes = this.#bytes
    const head = {
      baseOffset,
      count: bytes.readInt32BE(COUNT),
      lastOffsetDelta: bytes.readInt32BE(LAST_OFFSET_DELTA),
      baseTimestamp: bytes.readBigInt64BE(BASE_TIMESTAMP),
      appendedMs:
        (this.#attributes & LOG_APPEND_TIME_BIT) === 0 ? undefined : Number(bytes.readBigInt64BE(MAX_TIMESTAMP))
    }
    // Compaction may have removed all records: then nothing is compressed.
    return new RecordCursor(head.count === 0 ? NOTHING : this.#body(maxBytes), head, from)
  }

  /** Whether unpacking needs memory of its own. */
  get isCompressed(): boolean {
    return (this.#attributes & CODEC_BITS) !== 0
  }

  #body(maxBytes: number): Buffer {
    const stored = this.#bytes.subarray(RECORDS)
    const codec = this.#attributes & CODEC_BITS
    if (codec === 0) return stored
    try {
      return decompress(codec, stored, maxBytes)
    } catch (cause) {
      if (cause instanceof UnpackedSizeError) throw cause
      throw new RecordBatchError(cause instanceof Error ? cause.message : String(cause), { cause })
    }
  }
}
