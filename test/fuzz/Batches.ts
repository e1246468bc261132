/** Record batches as producers write them (magic 2), and as damage leaves them. */
import { gzipSync, zstdCompressSync } from "node:zlib"
import { crc32c } from "@node-rs/crc32"
import lz4 from "lz4-napi"
import snappy from "snappy"
import type { Random } from "../harness/Random.ts"

const zigzag = (value: bigint): Buffer => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}

const record = (index: number, value: Uint8Array | null): Buffer => {
  const fields = [
    Buffer.from([0]),
    zigzag(0n),
    zigzag(BigInt(index)),
    zigzag(-1n),
    zigzag(BigInt(value === null ? -1 : value.length)),
    value ?? Buffer.alloc(0),
    zigzag(0n)
  ]
  const body = Buffer.concat(fields)
  return Buffer.concat([zigzag(BigInt(body.length)), body])
}

const COMPRESS: ReadonlyArray<(bytes: Buffer) => Buffer> = [
  (bytes) => bytes,
  gzipSync,
  (bytes) => snappy.compressSync(bytes),
  (bytes) => lz4.compressFrameSync(bytes),
  zstdCompressSync
]

const RECORDS = 61

/** `codec`: Kafka's number, 0 = none. */
export const encodeBatch = (
  baseOffset: bigint,
  timestampMs: bigint,
  values: ReadonlyArray<Uint8Array | null>,
  codec: number
): Buffer => {
  const body = (COMPRESS[codec] ?? ((bytes) => bytes))(
    Buffer.concat(values.map((value, index) => record(index, value)))
  )
  const head = Buffer.alloc(RECORDS)
  head.writeBigInt64BE(baseOffset, 0)
  head.writeInt32BE(RECORDS - 12 + body.length, 8)
  head.writeInt8(2, 16)
  head.writeInt16BE(codec, 21)
  head.writeInt32BE(values.length - 1, 23)
  head.writeBigInt64BE(timestampMs, 27)
  head.writeBigInt64BE(timestampMs, 35)
  head.writeBigInt64BE(-1n, 43)
  head.writeInt16BE(-1, 51)
  head.writeInt32BE(-1, 53)
  head.writeInt32BE(values.length, 57)
  return sealed(Buffer.concat([head, body]))
}

/** With the checksum of what it is now. */
const sealed = (batch: Buffer): Buffer => {
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
  return batch
}

/**
 * Damage that the checksum does not show: lengths and counts that lie, bytes that don't decompress.
 */
export const damaged = (batch: Buffer, random: Random): Buffer => {
  const copy = Buffer.from(batch)
  for (let flips = random.between(1, 4); flips > 0; flips--) {
    copy[random.between(21, copy.length - 1)] = random.between(0, 255)
  }
  return random.chance(0.9) ? sealed(copy) : copy
}
