import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import type { LogRecord } from "../../src/domain/Batch.ts"
import { Records } from "../../src/domain/Records.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Above 2^53: no number holds these offsets. */
const BASE = 2n ** 60n

/** Records with gaps between their offsets; -1 bytes = a tombstone. */
const recordsOf = (shapes: ReadonlyArray<{ readonly gap: number; readonly bytes: number }>): Array<LogRecord> => {
  let offset = BASE
  return shapes.map(({ bytes, gap }, index) => {
    offset += BigInt(gap)
    const value = bytes < 0 ? null : new Uint8Array(bytes).fill(index)
    return { offset: offset++, timestampMs: bytes - 1, value }
  })
}

const isEven = (value: bigint): boolean => value % 2n === 0n

const shapes = Schema.Array(Schema.Struct({ gap: between(0, 3), bytes: between(-1, 5) }))

describe("Records", () => {
  it.prop(
    "hold what they were made of, whole, in slices, by offset and filtered",
    [shapes, between(0, 10), between(0, 10), between(-1, 40)],
    ([made, from, to, above]) => {
      const expected = recordsOf(made)
      const records = RecordsBuilder.of(expected)
      assert.strictEqual(records.count, expected.length)
      assert.deepStrictEqual([...records], expected)
      assert.deepStrictEqual(Array.from(records.slice(from, to)), expected.slice(from, to))
      const offset = BASE + BigInt(above)
      assert.strictEqual(records.indexFrom(offset), expected.filter((record) => record.offset < offset).length)
      assert.deepStrictEqual(
        Array.from(records.filter(isEven)),
        expected.filter((record) => isEven(record.offset))
      )
    }
  )

  it("share the bytes of the records that they were cut from", () => {
    const records = RecordsBuilder.of(recordsOf([1, 2, 3].map((bytes) => ({ gap: 0, bytes }))))
    assert.strictEqual(records.slice(1, 2).bytes, records.bytes)
    assert.strictEqual(records.filter((offset) => offset !== BASE).bytes, records.bytes)
    assert.deepStrictEqual(Array.from(records.slice(1, 3).slice(1, 2)), [...records].slice(2))
  })

  it("none are empty", () => {
    assert.deepStrictEqual([...Records.none], [])
    assert.strictEqual(Records.none.indexFrom(0n), 0)
  })
})

/** Records whose values are these bytes of a buffer, [start, end). */
const cut = (buffer: Uint8Array, ...ranges: ReadonlyArray<readonly [start: number, end: number]>) =>
  ranges.map(([start, end], index) => ({
    offset: BigInt(index),
    timestampMs: -1,
    value: buffer.subarray(start, end)
  }))

describe("RecordsBuilder", () => {
  it("grows to any number of records", () => {
    for (const count of [0, 1, 64, 65, 500]) {
      const expected = recordsOf(Array.from({ length: count }, () => ({ gap: 1, bytes: 100 })))
      const records = RecordsBuilder.of(expected)
      assert.deepStrictEqual([...records], expected)
      assert.strictEqual(records.bytes.buffer.byteLength, count * 100)
    }
  })

  const buffer = new Uint8Array(100_000).map((_, index) => index)

  it("copies no bytes of one buffer, if the records fill a good part of it", () => {
    const expected = cut(buffer, [5, 20_000], [20_000, 20_000], [20_100, 40_000])
    const records = RecordsBuilder.of(expected)
    assert.strictEqual(records.bytes.buffer, buffer.buffer)
    assert.deepStrictEqual([records.bytes.byteOffset, records.bytes.length], [5, 39_995])
    assert.deepStrictEqual([...records], expected)
  })

  it("copies a few bytes of a large buffer, which they would keep in memory", () => {
    const expected = cut(buffer, [50_000, 50_010])
    const records = RecordsBuilder.of(expected)
    assert.strictEqual(records.bytes.buffer.byteLength, 10)
    assert.deepStrictEqual([...records], expected)
  })

  it("copies bytes of several buffers, and those that lie far apart or in another order", () => {
    const expected = cut(buffer, [0, 30_000], [60_000, 90_000], [30_000, 31_000])
    for (const value of [buffer.slice(0, 10), new Uint8Array(0), buffer.slice(7, 20)]) {
      expected.push({ offset: BigInt(expected.length), timestampMs: -1, value })
    }
    const records = RecordsBuilder.of(expected)
    assert.strictEqual(records.bytes.buffer.byteLength, 61_023)
    assert.deepStrictEqual([...records], expected)
  })
})
