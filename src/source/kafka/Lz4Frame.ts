/**
 * Computes the unpacked size of an LZ4 frame from its blocks, because the library has no limit.
 * Only the first frame counts; the library stops after it.
 *
 * Source: "LZ4 Frame Format Description" and "LZ4 Block Format Description"
 * (https://github.com/lz4/lz4/tree/dev/doc).
 */

const MAGIC = 0x184d2204
/** The best possible ratio: output bytes per input byte. */
const MAX_RATIO = 255

const FLG_BLOCK_CHECKSUM = 1 << 4
const FLG_CONTENT_SIZE = 1 << 3
const FLG_DICTIONARY = 1
const UNCOMPRESSED = 0x80000000

/** A length of 15 continues in the following bytes, up to one that is not 255. */
const LONG = 15
const MIN_MATCH = 4

/**
 * The unpacked size of a block, from the lengths of its literals and matches. Bytes after the end
 * count as 0.
 */
const blockLength = (block: Buffer): number => {
  let at = 0
  let total = 0
  const long = (length: number): number => {
    if (length < LONG) return length
    let sum = length
    let byte: number
    do sum += byte = block[at++] ?? 0
    while (byte === 255)
    return sum
  }
  while (at < block.length) {
    const token = block[at++] ?? 0
    const literals = long(token >> 4)
    total += literals
    at += literals
    if (at >= block.length) break
    at += 2 // the distance of the match
    total += MIN_MATCH + long(token & LONG)
  }
  return total
}

/**
 * Whether the frame unpacks to more than `maxBytes`. Bytes that are no LZ4 frame count as if they
 * do, if the ratio allows it.
 */
export const unpacksToMore = (bytes: Buffer, maxBytes: number): boolean => {
  if (bytes.length * MAX_RATIO <= maxBytes) return false
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) return true
  const flags = bytes.readUInt8(4)
  let at = 7 + ((flags & FLG_CONTENT_SIZE) === 0 ? 0 : 8) + ((flags & FLG_DICTIONARY) === 0 ? 0 : 4)
  let total = 0
  while (at + 4 <= bytes.length && total <= maxBytes) {
    const head = bytes.readUInt32LE(at)
    if (head === 0) break
    const length = head & ~UNCOMPRESSED
    at += 4
    total += (head & UNCOMPRESSED) === 0 ? blockLength(bytes.subarray(at, at + length)) : length
    at += length + ((flags & FLG_BLOCK_CHECKSUM) === 0 ? 0 : 4)
  }
  return total > maxBytes
}
