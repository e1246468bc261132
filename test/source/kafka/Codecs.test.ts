import { assert, describe, it } from "@effect/vitest"
import kafkajs from "kafkajs"
import snappy from "snappy"
import { CodecError, decompress, registerCodecs } from "../../../src/source/kafka/Codecs.ts"

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
      assert.throws(() => decompress(number, Buffer.alloc(1)), `compression codec number ${number} is not known`)
    }
  })
})
