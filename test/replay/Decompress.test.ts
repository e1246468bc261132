import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { compressionOf, unpacked } from "../../src/replay/Decompress.ts"

const A = Buffer.from("hello ".repeat(50_000))
const B = Buffer.from("world ".repeat(500))

/** The content, or the code of the error. */
const read = async (bytes: Buffer, size: number): Promise<string> => {
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const compression = compressionOf(bytes)
  if (compression === undefined) return "not compressed"
  const parts: Array<Buffer> = []
  try {
    for await (const chunk of unpacked(chunks(), compression)) parts.push(chunk)
  } catch (cause) {
    return String(cause instanceof Error && "code" in cause ? cause.code : cause)
  }
  return Buffer.concat(parts).toString("latin1")
}

const SKIPPED = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
const both = Buffer.concat([A, B]).toString("latin1")

describe.each([1, 3, 20, 65_536])("in chunks of %i bytes", (size) => {
  it.each([
    ["gzip", gzipSync(Buffer.concat([A, B]))],
    ["gzip of two members", Buffer.concat([gzipSync(A), gzipSync(B)])],
    ["zstd", zstdCompressSync(Buffer.concat([A, B]))],
    [
      "zstd of frames, some of them skipped",
      Buffer.concat([SKIPPED, zstdCompressSync(A), SKIPPED, zstdCompressSync(B)])
    ]
  ])("%s is read whole", async (_, bytes) => assert.strictEqual(await read(bytes, size), both))

  it.each([
    ["gzip, cut off", gzipSync(A).subarray(0, -9), /^Z_BUF_ERROR$/],
    ["gzip, damaged", Buffer.concat([gzipSync(A).subarray(0, 20), Buffer.alloc(99, 7)]), /^Z_/],
    ["gzip with other data behind it", Buffer.concat([gzipSync(A), Buffer.alloc(512)]), /^TRAILING$/],
    ["zstd, cut off", zstdCompressSync(A).subarray(0, -2), /^Z_BUF_ERROR$/],
    ["zstd, damaged", Buffer.concat([zstdCompressSync(A).subarray(0, 12), Buffer.alloc(99, 7)]), /^ZSTD_error_/],
    [
      "zstd with other data behind it",
      Buffer.concat([zstdCompressSync(A), Buffer.from("other data")]),
      /^(TRAILING|ZSTD_error_prefix_unknown)$/
    ]
  ])("%s is an error", async (_, bytes, code) => assert.match(await read(bytes, size), code))
})

it("other bytes are not compressed", () => {
  for (const text of ["", "{", "[20:00] a: b", "\x1f", "\x28\xb5"]) {
    assert.isUndefined(compressionOf(Buffer.from(text, "latin1")))
  }
})
