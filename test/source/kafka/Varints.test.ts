import { assert, describe, it } from "@effect/vitest"
import { Varints } from "../../../src/source/kafka/Varints.ts"

/** By the definition: zigzag, then seven bits a byte, the lowest first. */
const encode = (value: bigint): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

/** Powers of two with their neighbours, of both signs. */
const around = (bits: number): ReadonlyArray<bigint> =>
  Array.from({ length: bits }, (_, bit) => 1n << BigInt(bit)).flatMap((power) => [
    power - 1n,
    power,
    power + 1n,
    -power - 1n,
    -power,
    1n - power
  ])

const int32s = around(31).filter((value) => value === BigInt.asIntN(32, value))
const int64s = around(64).filter((value) => value === BigInt.asIntN(64, value))

describe("Varints", () => {
  it("reads 32 bits, one after the other", () => {
    const varints = new Varints(Uint8Array.from([0xff, ...int32s.flatMap(encode)]), 1)
    assert.deepStrictEqual(
      int32s.map(() => BigInt(varints.int32())),
      int32s
    )
  })

  it("reads 64 bits, one after the other", () => {
    const bytes = Uint8Array.from(int64s.flatMap(encode))
    const varints = new Varints(bytes, 0)
    assert.deepStrictEqual(
      int64s.map(() => BigInt(varints.int64())),
      int64s
    )
    assert.strictEqual(varints.at, bytes.length)
  })

  it("gives small ones as numbers", () => {
    assert.strictEqual(new Varints(Uint8Array.from(encode(-(2n ** 27n))), 0).int64(), -(2 ** 27))
  })

  it("ends where the bytes do, and after as many bytes as the longest takes", () => {
    const cut = new Varints(Uint8Array.from([0x80, 0x80]), 0)
    cut.int32()
    cut.int64()
    assert.strictEqual(cut.at, 4)
    const endless = new Varints(new Uint8Array(100).fill(0xff), 0)
    endless.int32()
    assert.strictEqual(endless.at, 5)
    endless.int64()
    assert.strictEqual(endless.at, 15)
  })
})
