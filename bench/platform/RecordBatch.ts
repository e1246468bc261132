/**
 * Builds Kafka's record batches (version 2) with lz4, directly in one buffer. kafkajs allocates
 * several objects per record, and the producer shares the machine with the measured worker.
 */
import { crc32c } from "@node-rs/crc32"
import lz4 from "lz4-napi"

const LZ4 = 3
const HEADER_BYTES = 61
/** Start of the bytes that the checksum covers. */
const ATTRIBUTES = 21
/** Upper bound for a record without key and value. */
const OVERHEAD_BYTES = 32

export class RecordBatch {
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #length = 0
  #records = 0
  #firstMs = 0
  #lastMs = 0

  get records(): number {
    return this.#records
  }

  /** Appends a record; timestamps ascend, the value is ASCII. */
  add(timestampMs: number, key: Buffer, value: string): void {
    if (this.#records === 0) this.#firstMs = timestampMs
    this.#lastMs = timestampMs
    this.#reserve(key.length + value.length + OVERHEAD_BYTES)
    const timestampDelta = timestampMs - this.#firstMs
    const body =
      2 + // attributes, number of headers
      varintBytes(timestampDelta) +
      varintBytes(this.#records) +
      varintBytes(key.length) +
      key.length +
      varintBytes(value.length) +
      value.length
    this.#varint(body)
    this.#bytes[this.#length++] = 0
    this.#varint(timestampDelta)
    this.#varint(this.#records)
    this.#varint(key.length)
    this.#length += key.copy(this.#bytes, this.#length)
    this.#varint(value.length)
    this.#length += this.#bytes.write(value, this.#length, "latin1")
    this.#bytes[this.#length++] = 0
    this.#records++
  }

  /** Returns the batch and starts the next one. */
  take(): Buffer {
    const compressed = lz4.compressFrameSync(this.#bytes.subarray(0, this.#length))
    const batch = Buffer.allocUnsafe(HEADER_BYTES + compressed.length)
    batch.writeBigInt64BE(0n, 0) // the broker gives the offsets
    batch.writeInt32BE(batch.length - 12, 8) // what follows
    batch.writeInt32BE(-1, 12) // leader epoch: not known
    batch.writeInt8(2, 16) // magic
    batch.writeInt16BE(LZ4, ATTRIBUTES)
    batch.writeInt32BE(this.#records - 1, 23)
    batch.writeBigInt64BE(BigInt(this.#firstMs), 27)
    batch.writeBigInt64BE(BigInt(this.#lastMs), 35)
    batch.writeBigInt64BE(-1n, 43) // no producer id, epoch, sequence
    batch.writeInt16BE(-1, 51)
    batch.writeInt32BE(-1, 53)
    batch.writeInt32BE(this.#records, 57)
    compressed.copy(batch, HEADER_BYTES)
    batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES)), 17)
    this.#length = 0
    this.#records = 0
    return batch
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + bytes))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }

  /** Zigzag encoding of a number >= 0. */
  #varint(value: number): void {
    let rest = 2 * value
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }
}

/** Below 2^30. */
const varintBytes = (value: number): number =>
  value < 64 ? 1 : value < 8_192 ? 2 : value < 1_048_576 ? 3 : value < 134_217_728 ? 4 : 5
