import { randomBytes } from "node:crypto"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import kafkajs from "kafkajs"
import lz4 from "lz4-napi"
import snappy from "snappy"
import { CodecError, decompress, registerCodecs, UnpackedSizeError } from "../../../src/source/kafka/Codecs.ts"

registerCodecs()

const { CompressionCodecs, CompressionTypes } = kafkajs
const names = ["GZIP", "Snappy", "LZ4", "ZSTD"] as const
const samples = [0, 1, 32 * 1024, 32 * 1024 + 1, 300_000].map((size) => Buffer.alloc(size, "telemetra ü€😀 "))

const thrownBy = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error
  )

describe("Codecs", () => {
  for (const name of names) {
    it(`${name} gives back what it took, of any size`, async () => {
      const codec = CompressionCodecs[CompressionTypes[name]]()
      for (const sample of samples) {
        const packed: Buffer = await codec.compress({ buffer: sample })
        assert.isTrue(sample.equals(await codec.decompress(packed)))
      }
    })

    it(`${name} names itself over bytes that it can't read`, async () => {
      const codec = CompressionCodecs[CompressionTypes[name]]()
      const error = await thrownBy(codec.decompress(Buffer.from("not compressed at all")))
      assert.instanceOf(error, CodecError)
      assert.match(String(error), new RegExp(`${name.toLowerCase()}: `))
    })
  }

  it("reads snappy without framing, as some clients write it", async () => {
    const codec = CompressionCodecs[CompressionTypes.Snappy]()
    const packed = snappy.compressSync(Buffer.from("one raw block"))
    assert.strictEqual(String(await codec.decompress(packed)), "one raw block")
  })

  it("refuses framed snappy that is cut off", async () => {
    const codec = CompressionCodecs[CompressionTypes.Snappy]()
    const packed: Buffer = await codec.compress({ buffer: Buffer.alloc(100_000, "abc") })
    for (const length of [packed.length - 1, 18]) {
      assert.instanceOf(await thrownBy(codec.decompress(packed.subarray(0, length))), CodecError)
    }
  })

  it("refuses numbers that no codec has", () => {
    for (const number of [0, 5, 6, 7]) {
      assert.throws(() => decompress(number, Buffer.alloc(1), 100), `unknown compression codec ${number}`)
    }
  })
})

describe("what a batch may unpack to", () => {
  const MAX = 100_000

  /** As few bytes as the codec makes of them, and as many as random ones need. */
  const contents = [(size: number) => Buffer.alloc(size), (size: number) => randomBytes(size)]

  for (const [index, name] of names.entries()) {
    it(`is bounded to the byte for ${name}`, async () => {
      const codec = CompressionCodecs[CompressionTypes[name]]()
      for (const content of contents) {
        const fits: Buffer = await codec.compress({ buffer: content(MAX) })
        assert.strictEqual(decompress(index + 1, fits, MAX).length, MAX)
        const beyond: Buffer = await codec.compress({ buffer: content(MAX + 1) })
        assert.throws(
          () => decompress(index + 1, beyond, MAX),
          UnpackedSizeError,
          `${name.toLowerCase()}: more than 100000`
        )
      }
    })
  }

  it("is bounded over all blocks of framed snappy, and by what a raw block declares", async () => {
    const block = snappy.compressSync(Buffer.alloc(60_000))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(block.length)
    const header: Buffer = (
      await CompressionCodecs[CompressionTypes.Snappy]().compress({ buffer: Buffer.alloc(1) })
    ).subarray(0, 16)
    const framed = Buffer.concat([header, length, block, length, block])
    assert.strictEqual(decompress(2, framed, 120_000).length, 120_000)
    assert.throws(() => decompress(2, framed, 119_999), UnpackedSizeError)
    // 4 GiB, and nothing behind it.
    assert.throws(() => decompress(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), MAX), UnpackedSizeError)
  })

  it("is bounded for gzip over all its members", () => {
    const two = Buffer.concat([gzipSync(Buffer.alloc(60_000)), gzipSync(Buffer.alloc(60_000))])
    assert.strictEqual(decompress(1, two, 120_000).length, 120_000)
    assert.throws(() => decompress(1, two, 119_999), UnpackedSizeError)
  })

  it.prop(
    "never gives more, and never fails otherwise, over bytes that are changed anywhere",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))],
    ([seed]) => {
      const sample = Buffer.alloc(3_000 + (seed % 5_000), "telemetra ")
      const packed = [
        gzipSync(sample),
        snappy.compressSync(sample),
        lz4.compressFrameSync(sample),
        zstdCompressSync(sample)
      ]
      for (const [index, bytes] of packed.entries()) {
        for (let change = 0; change < 3; change++)
          bytes[(seed >> (4 * change)) % bytes.length] = (seed >> change) & 0xff
        try {
          assert.isAtMost(decompress(index + 1, bytes, 10_000).length, 10_000)
        } catch (error) {
          assert.isTrue(error instanceof CodecError || error instanceof UnpackedSizeError, String(error))
        }
      }
    },
    { arbitrary: { runs: 100 } }
  )
})
