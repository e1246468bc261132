import { assert, describe, it } from "@effect/vitest"
import { SLIDE_SUMS } from "../../../src/domain/Slide.ts"
import { decode, encode, PACKED_BYTES } from "../../../src/sink/postgres/PackedSums.ts"
import { Random } from "../../harness/Random.ts"

/** By the definition, in integers of any size: zigzag, then seven bits a byte, the lowest first. */
const varint = (value: bigint): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let rest = value < 0n ? -2n * value - 1n : 2n * value
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

const packed = (values: ReadonlyArray<bigint>): Uint8Array => Uint8Array.from(values.flatMap(varint))

/** Powers of two with their neighbors, of both signs, as far as they are safe integers. */
const edges = Array.from({ length: 54 }, (_, bit) => 2 ** bit)
  .flatMap((power) => [power - 1, power, power + 1, -power - 1, -power, 1 - power])
  .filter(Number.isSafeInteger)
  .map((value) => value + 0)

const ZERO = SLIDE_SUMS.map(() => 0)

/** Seven zeros, but for one at `place`. */
const withOne = (value: number, place: number): ReadonlyArray<number> => ZERO.with(place, value)

const agrees = (sums: ReadonlyArray<number>): void => {
  const bytes = encode(sums)
  assert.isNotNull(bytes)
  assert.deepStrictEqual(bytes, packed(sums.map(BigInt)))
  assert.deepStrictEqual(decode(bytes), sums)
}

describe("PackedSums", () => {
  it("gives sums back, as bytes of the definition: 0, negative ones, up to 2^53 - 1", () => {
    agrees(ZERO)
    assert.strictEqual(encode(ZERO)?.length, PACKED_BYTES.least)
    for (const edge of edges) for (let place = 0; place < SLIDE_SUMS.length; place++) agrees(withOne(edge, place))
    for (const extreme of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      agrees(SLIDE_SUMS.map(() => extreme))
      assert.strictEqual(encode(SLIDE_SUMS.map(() => extreme))?.length, PACKED_BYTES.most)
    }
  })

  it("gives random sums of every size back", () => {
    const random = new Random(7)
    const any = (): number => Math.trunc((random.next() * 2 - 1) * 2 ** random.between(0, 53)) + 0
    for (let n = 0; n < 5000; n++) agrees(SLIDE_SUMS.map(any))
  })

  it("has one encoding for 0", () => {
    assert.deepStrictEqual(encode(withOne(-0, 3)), encode(ZERO))
  })

  it("encodes no sums that are not safe integers", () => {
    for (const bad of [2 ** 53, -(2 ** 53), 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (let place = 0; place < SLIDE_SUMS.length; place++) assert.isNull(encode(withOne(bad, place)))
    }
    assert.throws(() => encode([1, 2, 3]), RangeError, "a slide has 10 sums, not 3")
  })

  it("decodes no bytes that it does not encode", () => {
    const zeros = ZERO.map(BigInt)
    const malformed: ReadonlyArray<readonly [string, Uint8Array]> = [
      ["nothing", new Uint8Array()],
      ["six numbers", packed(zeros.slice(1))],
      ["eight numbers", packed([...zeros, 0n])],
      ["a cut number", Uint8Array.from([0, 0, 0, 0, 0, 0, 0x80])],
      ["needless bytes", Uint8Array.from([0, 0, 0, 0, 0, 0, 0x80, 0])],
      ["2^53", packed(zeros.with(2, 2n ** 53n))],
      ["-2^53", packed(zeros.with(6, -(2n ** 53n)))],
      ["2^54 + 1", packed(zeros.with(0, 2n ** 54n + 1n))],
      ["64 bits", packed(zeros.with(0, 2n ** 63n - 1n))],
      ["no end", new Uint8Array(PACKED_BYTES.most).fill(0xff)],
      ["eight bytes of ones", Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0])]
    ]
    for (const [what, bytes] of malformed) assert.isUndefined(decode(bytes), what)
  })

  it("encodes what it decodes to the same bytes, whatever bytes these are", () => {
    const random = new Random(11)
    let decoded = 0
    for (let n = 0; n < 50_000; n++) {
      const bytes = Uint8Array.from({ length: random.between(7, 12) }, () =>
        random.between(0, random.chance(0.7) ? 127 : 255)
      )
      const sums = decode(bytes)
      if (sums === undefined) continue
      decoded += 1
      assert.deepStrictEqual(encode(sums), bytes)
    }
    assert.isAbove(decoded, 1000)
  })
})
