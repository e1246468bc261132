/** Kafka's compression codecs: for reading its batches, and for kafkajs to write them. */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import kafkajs from "kafkajs"
import lz4 from "lz4-napi"
import snappy from "snappy"
import { unpacksToMore } from "./Lz4Frame.ts"

/** A batch that can't be decompressed. */
export class CodecError extends Error {
  override readonly name = "CodecError"
}

/** A batch that unpacks to more bytes than it may. Nothing of the sort has been allocated. */
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
  /** Throws an {@link UnpackedSizeError} before it gives, or allocates, more than `maxBytes`. */
  readonly decompress: (bytes: Buffer, maxBytes: number) => Buffer
}

/** What snappy-java puts before its blocks: a magic of 8 bytes, the version and the lowest compatible version. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER = Buffer.concat([XERIAL_MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])])
const XERIAL_BLOCK_BYTES = 32 * 1024

/** The unpacked length, with which a block begins: seven bits a byte, the lowest first. */
const snappyLength = (bytes: Buffer): number => {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = bytes[index] ?? 0
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) break
  }
  return length
}

/** Copied, not handed over: memory that V8 didn't allocate costs more to register and to give back than a batch costs to copy. */
const snappyBlock = (bytes: Buffer, maxBytes: number): Buffer => {
  // the library allocates that before it checks anything
  if (snappyLength(bytes) > maxBytes) throw new UnpackedSizeError("snappy", maxBytes)
  const block = snappy.uncompressSync(bytes, { copyOutputData: true })
  return typeof block === "string" ? Buffer.from(block) : block
}

/** Both ways in which Kafka clients write snappy: snappy-java's blocks, each behind its length, and one raw block. */
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

/** zlib's own limit. It fails over a limit of 0. */
const bounded =
  (unpack: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer) =>
  (bytes: Buffer, maxBytes: number): Buffer =>
    unpack(bytes, { maxOutputLength: Math.max(1, maxBytes) })

const lz4Decompress = (bytes: Buffer, maxBytes: number): Buffer => {
  if (unpacksToMore(bytes, maxBytes)) throw new UnpackedSizeError("lz4", maxBytes)
  return lz4.decompressFrameSync(bytes)
}

/** By the numbers that stand in a batch's attributes. */
const CODECS: Readonly<Record<number, Codec>> = {
  1: { name: "gzip", compress: gzipSync, decompress: bounded(gunzipSync) },
  2: { name: "snappy", compress: snappyCompress, decompress: snappyDecompress },
  3: { name: "lz4", compress: (bytes) => lz4.compressFrameSync(bytes), decompress: lz4Decompress },
  4: { name: "zstd", compress: zstdCompressSync, decompress: bounded(zstdDecompressSync) }
}

const isTooLarge = (cause: unknown): boolean =>
  cause instanceof Error && Reflect.get(cause, "code") === "ERR_BUFFER_TOO_LARGE"

/**
 * The bytes that were compressed by the codec of this number. Throws an {@link UnpackedSizeError} if they are more than `maxBytes`, a {@link CodecError} if they can't be
 * read. Batches are small (the clients' default is 16 KiB): decompressing in place costs less than a trip to a thread.
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

/** What kafkajs itself may unpack. It reads no topic of a worker; this bounds what it reads all the same. */
const KAFKAJS_MAX_BYTES = 64 * 1024 * 1024

/** Makes the codecs known to kafkajs, which has gzip alone. Its table belongs to the whole process; may be called any number of times. */
export const registerCodecs = (): void => {
  for (const [number, { compress }] of Object.entries(CODECS)) {
    const codec = {
      /** kafkajs hands over its encoder; the bytes are in `buffer`. */
      compress: async (encoder: { readonly buffer: Buffer }): Promise<Buffer> => compress(encoder.buffer),
      decompress: async (bytes: Buffer): Promise<Buffer> => decompress(Number(number), bytes, KAFKAJS_MAX_BYTES)
    }
    Object.assign(kafkajs.CompressionCodecs, { [number]: () => codec })
  }
}
