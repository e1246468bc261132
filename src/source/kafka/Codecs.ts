/** Kafka's compression codecs: for the batches that the worker reads, and for kafkajs to write. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import kafkajs from "kafkajs"
import lz4 from "lz4-napi"
import snappy from "snappy"
import { unpacksToMore } from "./Lz4Frame.ts"

/** A batch that cannot be decompressed. */
export class CodecError extends Error {
  override readonly name = "CodecError"
}

/**
 * A batch that decompresses to more than its limit. It is detected before the memory is allocated.
 */
export class UnpackedSizeError extends Error {
  override readonly name = "UnpackedSizeError"
  readonly codec: string
  readonly maxBytes: number

  constructor(codec: string, maxBytes: number) {
    super(`${codec}: more than ${maxBytes} bytes`)
    this.codec = codec
    this.maxBytes = maxBytes
  }
}

interface Codec {
  readonly name: string
  readonly compress: (bytes: Buffer) => Buffer
  /** Throws an {@link UnpackedSizeError} before it allocates or returns more than `maxBytes`. */
  readonly decompress: (bytes: Buffer, maxBytes: number) => Buffer
}

/**
 * The header of snappy-java's blocks: a magic of 8 bytes, the version and the lowest compatible
 * version.
 */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const XERIAL_BLOCK_BYTES = 32 * 1024

/**
 * The unpacked length at the start of a block: seven bits per byte, the lowest first. Bytes after
 * the end count as 0.
 */
const snappyLength = (bytes: Buffer): number => {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) break
  }
  return length
}

/**
 * Copies the output: registering and releasing memory that V8 did not allocate costs more than the
 * copy of a batch.
 */
const snappyBlock = (bytes: Buffer, maxBytes: number): Buffer => {
  // The library allocates that length before it checks anything.
  if (snappyLength(bytes) > maxBytes) throw new UnpackedSizeError("snappy", maxBytes)
  const block = snappy.uncompressSync(bytes, { copyOutputData: true })
  return typeof block === "string" ? Buffer.from(block) : block
}

/**
 * Reads both formats of Kafka clients: snappy-java's blocks, each after its length, and one raw
 * block.
 */
const snappyDecompress = (bytes: Buffer, maxBytes: number): Buffer => {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappyBlock(bytes, maxBytes)
  const blocks: Array<Buffer> = []
  let unpacked = 0
  let at = XERIAL_HEADER.length
  while (at < bytes.length) {
    const start = at + 4
    const end = start + (start <= bytes.length ? bytes.readUInt32BE(at) : 0)
    if (start > bytes.length || end > bytes.length) throw new CodecError("snappy: truncated block")
    const block = snappyBlock(bytes.subarray(start, end), maxBytes - unpacked)
    unpacked += block.length
    blocks.push(block)
    at = end
  }
  const [first] = blocks
  return first !== undefined && blocks.length === 1 ? first : Buffer.concat(blocks)
}

/** Writes snappy-java's format, which every client reads. */
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

/** Uses zlib's own limit, which must be at least 1. */
const bounded =
  (unpack: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer) =>
  (bytes: Buffer, maxBytes: number): Buffer =>
    unpack(bytes, { maxOutputLength: Math.max(1, maxBytes) })

const lz4Decompress = (bytes: Buffer, maxBytes: number): Buffer => {
  if (unpacksToMore(bytes, maxBytes)) throw new UnpackedSizeError("lz4", maxBytes)
  return lz4.decompressFrameSync(bytes)
}

/** The codecs by their number in a batch's attributes. */
const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: "gzip", compress: gzipSync, decompress: bounded(gunzipSync) },
  2: { name: "snappy", compress: snappyCompress, decompress: snappyDecompress },
  3: { name: "lz4", compress: (bytes) => lz4.compressFrameSync(bytes), decompress: lz4Decompress },
  4: { name: "zstd", compress: zstdCompressSync, decompress: bounded(zstdDecompressSync) }
}

const isTooLarge = (cause: unknown): boolean =>
  cause instanceof Error && Reflect.get(cause, "code") === "ERR_BUFFER_TOO_LARGE"

/**
 * Decompresses bytes with the codec of this number. Throws an {@link UnpackedSizeError} beyond
 * `maxBytes`, a {@link CodecError} if they are damaged. It runs on the calling thread: batches are
 * small (the clients' default is 16 KiB), so a thread pool would cost more.
 */
export const decompress = (number: number, bytes: Buffer, maxBytes: number): Buffer => {
  const codec = CODECS[number]
  if (codec === undefined) throw new CodecError(`unknown compression codec ${number}`)
  try {
    return codec.decompress(bytes, maxBytes)
  } catch (cause) {
    if (cause instanceof UnpackedSizeError || isTooLarge(cause)) throw new UnpackedSizeError(codec.name, maxBytes)
    throw new CodecError(`${codec.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The limit for kafkajs itself, which reads no topic of a worker. */
const KAFKAJS_MAX_BYTES = 64 * 1024 * 1024

/** Registers the codecs with kafkajs, which has only gzip, for the whole process. Idempotent. */
export const registerCodecs = (): void => {
  for (const [number, { compress }] of Object.entries(CODECS)) {
    const codec = {
      /** kafkajs passes its encoder, with the bytes in `buffer`. */
      compress: async (encoder: { readonly buffer: Buffer }): Promise<Buffer> => compress(encoder.buffer),
      decompress: async (bytes: Buffer): Promise<Buffer> => decompress(Number(number), bytes, KAFKAJS_MAX_BYTES)
    }
    Object.assign(kafkajs.CompressionCodecs, { [number]: () => codec })
  }
}
