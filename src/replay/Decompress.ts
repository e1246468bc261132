/** Compressed files, recognized by their first bytes. */
import { constants, createGunzip, createZstdDecompress } from "node:zlib"

export type Compression = "gzip" | "zstd"

const isFrame = (head: Buffer): boolean =>
  head.length >= 4 &&
  (head.readUInt32LE(0) === 0xfd2fb528 || // a frame
    (head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50) // a frame that is skipped, as pzstd writes first

/** `undefined` = not compressed, or in a way that replay does not unpack. */
export const compressionOf = (head: Buffer): Compression | undefined =>
  head.length >= 2 && head.readUInt16BE(0) === 0x1f8b ? "gzip" : isFrame(head) ? "zstd" : undefined

type Unpacker = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>

const NOTHING: Buffer = Buffer.alloc(0)

const trailing = () => Object.assign(new Error("data behind the end"), { code: "TRAILING" })

/**
 * Writes `first` and the chunks of the source, one after the other, until the stream leaves bytes
 * unread: it has ended. Returns these bytes.
 */
const feed = async (stream: Unpacker, first: Buffer, source: AsyncIterator<Buffer>): Promise<Buffer> => {
  let written = 0
  for (let chunk = first; ;) {
    written += chunk.length
    await new Promise<void>((resolve) => stream.write(chunk, () => resolve()))
    const unread = written - stream.bytesWritten
    if (unread > 0) return chunk.subarray(chunk.length - unread)
    const next = await source.next()
    if (next.done === true) break
    chunk = next.value
  }
  stream.end()
  return NOTHING
}

/** Unpacks one stream; returns the bytes behind its end. */
async function* unpackOne(stream: Unpacker, first: Buffer, source: AsyncIterator<Buffer>) {
  const fed = feed(stream, first, source)
  fed.catch((cause: unknown) => stream.destroy(cause instanceof Error ? cause : new Error(String(cause))))
  for await (const chunk of stream) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
  return await fed
}

/** Windows of up to 128 MiB, as the command zstd accepts without a flag. */
const unzstd = () => createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 27 } })

const isUnknown = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "ZSTD_error_prefix_unknown"

/**
 * The content: all members of gzip, all frames of zstd. Other data behind them is an error with the
 * code TRAILING. Node's decompressor of zstd ends with a frame that other bytes follow in its
 * chunk; the next decompressor takes these.
 */
export async function* unpacked(chunks: AsyncIterable<Buffer>, compression: Compression): AsyncGenerator<Buffer> {
  const source = chunks[Symbol.asyncIterator]()
  const begin = await source.next()
  let rest = begin.done === true ? NOTHING : begin.value
  for (let isFirst = true; rest.length > 0; isFirst = false) {
    if (!isFirst && compression === "gzip") throw trailing()
    try {
      rest = yield* unpackOne(compression === "gzip" ? createGunzip() : unzstd(), rest, source)
    } catch (cause) {
      throw !isFirst && isUnknown(cause) ? trailing() : cause
    }
  }
}
