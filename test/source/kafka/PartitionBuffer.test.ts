import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { LogRecord } from "../../../src/domain/Batch.ts"
import { EventLogError } from "../../../src/source/EventLog.ts"
import type { Committed } from "../../../src/source/kafka/Committed.ts"
import { PartitionBuffer } from "../../../src/source/kafka/PartitionBuffer.ts"

const input = { kind: "chat", topic: "t", partition: 0 } as const

const run = (from: number, to: number, bytes = 1): ReadonlyArray<LogRecord> =>
  Array.from({ length: to - from }, (_, index) => ({
    offset: BigInt(from + index),
    timestampMs: 0,
    value: new Uint8Array(bytes)
  }))

/** As a fetch gives it. */
const fetched = (records: ReadonlyArray<LogRecord>, nextOffset: number): Committed => ({
  records,
  valueBytes: records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0),
  nextOffset: BigInt(nextOffset)
})

const make = (position: number, limits = { bytes: 1_000, records: 100 }) => {
  let changes = 0
  const buffer = new PartitionBuffer(input, BigInt(position), limits, () => changes++)
  return { buffer, changes: () => changes }
}

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

describe("PartitionBuffer", () => {
  it("gives runs in order, at most so many records at a time", () => {
    const { buffer, changes } = make(5)
    assert.isFalse(buffer.hasMore)
    buffer.append(fetched(run(5, 8), 8))
    buffer.append(fetched(run(8, 9), 9))
    assert.strictEqual(changes(), 2)
    assert.deepStrictEqual(buffer.take(2), { records: run(5, 7), nextOffset: 7n })
    assert.deepStrictEqual(buffer.take(2), { records: run(7, 8), nextOffset: 8n })
    assert.deepStrictEqual(buffer.take(2), { records: run(8, 9), nextOffset: 9n })
    assert.isFalse(buffer.hasMore)
  })

  it("reaches over markers behind the last record, and over markers alone", () => {
    const { buffer } = make(0)
    buffer.append(fetched(run(0, 2), 3))
    buffer.append(fetched([], 5))
    assert.deepStrictEqual(buffer.take(1), { records: run(0, 1), nextOffset: 1n })
    assert.deepStrictEqual(buffer.take(1), { records: run(1, 2), nextOffset: 5n })
    buffer.append(fetched([], 6))
    assert.isTrue(buffer.hasMore)
    assert.deepStrictEqual(buffer.take(1), { records: [], nextOffset: 6n })
    assert.isFalse(buffer.hasMore)
  })

  it("wants more below half of both limits", () => {
    const { buffer } = make(0, { bytes: 100, records: 10 })
    assert.isTrue(buffer.wantsMore)
    buffer.append(fetched(run(0, 5), 5))
    assert.isFalse(buffer.wantsMore)
    buffer.take(1)
    assert.isTrue(buffer.wantsMore)
    buffer.append(fetched(run(5, 6, 60), 6))
    assert.isFalse(buffer.wantsMore)
    buffer.take(4)
    assert.isFalse(buffer.wantsMore)
    buffer.take(1)
    assert.isTrue(buffer.wantsMore)
  })

  it("counts what is left of a run as if its records were equally long, and to the byte once it is taken", () => {
    const { buffer } = make(0, { bytes: 100, records: 100 })
    buffer.append(fetched([...run(0, 3, 10), ...run(3, 4, 70)], 4))
    buffer.take(2)
    assert.isFalse(buffer.wantsMore) // 50 of 100 bytes
    buffer.take(1)
    assert.isTrue(buffer.wantsMore)
    buffer.take(1)
    buffer.append(fetched(run(4, 5, 49), 5))
    assert.isTrue(buffer.wantsMore)
    buffer.append(fetched(run(5, 6, 1), 6))
    assert.isFalse(buffer.wantsMore)
  })

  it("wants nothing while a fetch is under way, after a failure, and once closed", () => {
    const { buffer, changes } = make(0)
    buffer.fetching = true
    assert.isFalse(buffer.wantsMore)
    buffer.fetching = false
    buffer.append(fetched(run(0, 1), 1))
    const failure = new EventLogError({ reason: "Unreadable", detail: "first" })
    buffer.fail(failure)
    buffer.fail(new EventLogError({ reason: "Unreadable", detail: "second" }))
    assert.strictEqual(buffer.failure, failure)
    assert.strictEqual(changes(), 3)
    assert.isFalse(buffer.wantsMore)
    assert.deepStrictEqual(buffer.take(1).records, run(0, 1))
    const other = make(0).buffer
    other.closed = true
    assert.isFalse(other.wantsMore)
    other.append(fetched(run(0, 1), 1))
    assert.isFalse(other.hasMore)
  })

  it.prop(
    "gives each record once, in order, however it is filled and emptied",
    [Arbitrary.array(upTo(5), { minLength: 1, maxLength: 30 })],
    ([steps]) => {
      const { buffer } = make(0)
      let end = 0
      const expected: Array<bigint> = []
      const taken: Array<bigint> = []
      for (const [index, size] of steps.entries()) {
        if (index % 3 !== 2) {
          // one offset behind each run belongs to a marker
          for (const { offset } of run(end, end + size)) expected.push(offset)
          buffer.append(fetched(run(end, end + size), end + size + 1))
          end += size + 1
        } else if (buffer.hasMore) {
          taken.push(...buffer.take(size + 1).records.map(({ offset }) => offset))
        }
      }
      while (buffer.hasMore) taken.push(...buffer.take(3).records.map(({ offset }) => offset))
      assert.deepStrictEqual(taken, expected)
      assert.strictEqual(buffer.nextOffset, BigInt(end))
      assert.isTrue(buffer.wantsMore)
    }
  )
})
