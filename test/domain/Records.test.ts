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

describe("RecordsBuilder", () => {
  it("starts over after each finish, and keeps earlier records as they were", () => {
    const builder = new RecordsBuilder()
    const parts = [3, 500, 0, 1].map((count) =>
      recordsOf(Array.from({ length: count }, () => ({ gap: 1, bytes: 100 })))
    )
    const finished = parts.map((part) => {
      for (const record of part) builder.push(record)
      assert.strictEqual(builder.count, part.length)
      return builder.finish()
    })
    for (const [index, part] of parts.entries()) {
      assert.deepStrictEqual([...(finished[index] ?? [])], part)
      assert.strictEqual(finished[index]?.bytes.buffer.byteLength, part.length * 100)
    }
  })

  it("holds a value that is larger than what it keeps, and small ones after it", () => {
    const builder = new RecordsBuilder()
    for (const bytes of [10, 3_000_000, 20]) {
      const [record] = recordsOf([{ gap: 0, bytes }])
      assert(record !== undefined)
      builder.push(record)
      assert.deepStrictEqual([...builder.finish()], [record])
    }
  })
})
