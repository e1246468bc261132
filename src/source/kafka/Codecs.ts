/**
 * Kafka's compression codecs. kafkajs has gzip alone and takes the others through a table that belongs to the whole process; a codec number that the table
 * lacks it would read as if it were not compressed, so the numbers without a codec are filled too, with a refusal.
 */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib"
import kafkajs from "kafkajs"
import lz4 from "lz4-napi"
import snappy from "snappy"

/** A batch that can't be decompressed. */
export class CodecError extends Error {
  override readonly name = "CodecError"
}

interface Codec {
  /** kafkajs hands over its encoder; the bytes are in `buffer`. */
  readonly compress: (encoder: { readonly buffer: Buffer }) => Promise<Buffer>
  readonly decompress: (bytes: Buffer) => Promise<Buffer>
}

/** What snappy-java puts before its blocks: a magic of 8 bytes, the version and the lowest compatible version. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const XERIAL_BLOCK_BYTES = 32 * 1024

const snappyBlock = (bytes: Buffer): Buffer => {
  const block = snappy.uncompressSync(bytes)
  return typeof block === "string" ? Buffer.from(block) : block
}

/** Both ways in which Kafka clients write snappy: snappy-java's blocks, each behind its length, and one raw block. */
const snappyDecompress = (bytes: Buffer): Buffer => {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyBlock(bytes)
  const blocks: Array<Buffer> = []
  let at = XERIAL_HEADER.length
  while (at < bytes.length) {
    const start = at + 4
    const end = start + (start <= bytes.length ? bytes.readUInt32BE(at) : 0)
    if (start > bytes.length || end > bytes.length) throw new CodecError("snappy: a block is cut off")
    blocks.push(snappyBlock(bytes.subarray(start, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

/** As snappy-java writes it, which every client reads. */
const snappyCompress = (bytes: Buffer): Buffer => {
  const parts: Array<Buffer> = [XERIAL_HEADER]
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = snappy.compressSync(bytes.subarray(at, at + XERIAL_BLOCK_BYTES))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

/** Batches are small (the clients' default is 16 KiB): decompressing in place costs less than a trip to a thread. */
const codec = (
  name: string,
  compress: (bytes: Buffer) => Buffer,
  decompress: (bytes: Buffer) => Buffer
): (() => Codec) => {
  const made: Codec = {
    compress: async (encoder) => compress(encoder.buffer),
    decompress: async (bytes) => {
      try {
        return decompress(bytes)
      } catch (cause) {
        throw new CodecError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
      }
    }
  }
  return () => made
}

const unknown = (number: number) => (): Codec => {
  throw new CodecError(`compression codec number ${number} is not known`)
}

/** Makes snappy, lz4 and zstd known to kafkajs, and every number without a codec an error. May be called any number of times. */
export const registerCodecs = (): void => {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  Object.assign(CompressionCodecs, {
    [CompressionTypes.Snappy]: codec("snappy", snappyCompress, snappyDecompress),
    [CompressionTypes.LZ4]: codec(
      "lz4",
      (bytes) => lz4.compressFrameSync(bytes),
      (bytes) => lz4.decompressFrameSync(bytes)
    ),
    [CompressionTypes.ZSTD]: codec("zstd", zstdCompressSync, zstdDecompressSync),
    5: unknown(5),
    6: unknown(6),
    7: unknown(7)
  })
}
