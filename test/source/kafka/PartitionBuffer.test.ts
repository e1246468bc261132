import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { EventLogError } from "../../../src/source/EventLog.ts"
import { Committed } from "../../../src/source/kafka/Committed.ts"
import { PartitionBuffer } from "../../../src/source/kafka/PartitionBuffer.ts"
import { type MemoryLimits, ReadMemory } from "../../../src/source/kafka/ReadMemory.ts"
import { encodeBatch, encodeMarker, patched } from "./KafkajsFrames.ts"

const ZSTD = 4
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]

const LIMITS: MemoryLimits = { fetchedBytes: 1e6, unpackedBytes: 1e6, takenBytes: 1e6, maxBatchBytes: 1e6 }

interface BatchSize {
  /** Bytes of each value. */
  readonly bytes?: number
  readonly codec?: number
}

/** A batch of the records from one offset (closed) to another (open). */
const batch = (from: number, to: number, { bytes = 1, codec = 0 }: BatchSize = {}): Promise<Buffer> =>
  encodeBatch({
    baseOffset: BigInt(from),
    codec,
    records: Array.from({ length: to - from }, (_, offsetDelta) => ({ offsetDelta, value: Buffer.alloc(bytes, "v") }))
  })

/** The response to a fetch at this offset. */
const answer = (from: number, ...batches: ReadonlyArray<Buffer>): Committed =>
  new Committed(
    {
      topic: "t",
      partition: 0,
      errorCode: 0,
      highWatermark: 0n,
      lastStableOffset: 0n,
      abortedTransactions: [],
      batches: Buffer.concat(batches)
    },
    BigInt(from)
  )

const make = (position = 0, memory = new ReadMemory(LIMITS), partition = 0) => {
  let changes = 0
  const input = { kind: "chat", topic: "t", partition } as const
  const buffer = new PartitionBuffer(input, BigInt(position), memory, () => changes++)
  return { buffer, memory, changes: () => changes }
}

const append = (buffer: PartitionBuffer, ...batches: ReadonlyArray<Buffer>): void => {
  const from = buffer.fetchOffset
  buffer.append(answer(Number(from), ...batches), from)
}

/** Offsets that are taken, and where that leads. */
const take = (buffer: PartitionBuffer, limit: number) => {
  const taken = buffer.take(limit)
  return taken === undefined
    ? undefined
    : { offsets: Array.from(taken.records, ({ offset }) => Number(offset)), nextOffset: Number(taken.nextOffset) }
}

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))

describe("PartitionBuffer", () => {
  it("gives records in order, at most so many at a time, over the ends of batches and answers", async () => {
    const { buffer, changes } = make(5)
    assert.isFalse(buffer.hasMore)
    append(buffer, await batch(5, 8), await batch(8, 9))
    append(buffer, await batch(9, 12, { codec: ZSTD }))
    assert.strictEqual(changes(), 2)
    assert.deepStrictEqual(take(buffer, 2), { offsets: [5, 6], nextOffset: 7 })
    assert.deepStrictEqual(take(buffer, 3), { offsets: [7, 8, 9], nextOffset: 10 })
    assert.deepStrictEqual(take(buffer, 9), { offsets: [10, 11], nextOffset: 12 })
    assert.isFalse(buffer.hasMore)
  })

  it("reaches over markers behind the last record, and over markers alone", async () => {
    const { buffer } = make()
    append(buffer, await batch(0, 2), await encodeMarker(2n, 1n, "commit"))
    append(buffer, await encodeMarker(3n, 1n, "abort"), await encodeMarker(4n, 1n, "commit"))
    assert.deepStrictEqual(take(buffer, 1), { offsets: [0], nextOffset: 1 })
    assert.deepStrictEqual(take(buffer, 2), { offsets: [1], nextOffset: 5 })
    append(buffer, await encodeMarker(5n, 1n, "commit"))
    assert.isTrue(buffer.hasMore)
    assert.deepStrictEqual(take(buffer, 1), { offsets: [], nextOffset: 6 })
    assert.isFalse(buffer.hasMore)
  })

  it("gives records memory of their own: a few of them keep no batch", async () => {
    for (const codec of [0, ZSTD]) {
      const { buffer } = make()
      append(buffer, await batch(0, 100, { bytes: 1_000, codec }))
      const [record] = buffer.take(1)?.records ?? []
      assert.strictEqual(record?.value?.length, 1_000)
      assert.isBelow(record?.value?.buffer.byteLength ?? 0, 1_100)
    }
  })

  it("takes no more bytes at once than its share, but for a record that is larger", async () => {
    const { buffer } = make(0, new ReadMemory({ ...LIMITS, takenBytes: 20_000 }))
    append(buffer, await batch(0, 10, { bytes: 9_000 }), await batch(10, 12, { bytes: 30_000 }))
    const taken = []
    for (let next = take(buffer, 100); next !== undefined; next = take(buffer, 100)) taken.push(next.offsets.length)
    assert.deepStrictEqual(taken, [3, 3, 3, 2, 1])
  })

  it("wants more below half of its share, and ahead of demand only while memory is plenty", async () => {
    const memory = new ReadMemory({ ...LIMITS, fetchedBytes: 40_000 })
    const { buffer } = make(0, memory)
    const other = make(0, memory, 1).buffer
    assert.isTrue(buffer.wantsMore)
    // Its share is half of 30 kB.
    append(buffer, await batch(0, 1, { bytes: 8_000 }))
    assert.isFalse(buffer.wantsMore)
    other.isDemanded = false
    assert.isTrue(other.wantsMore)
    memory.holdFetched(15_000)
    assert.isFalse(other.wantsMore)
    other.isDemanded = true
    assert.isTrue(other.wantsMore)
    take(buffer, 1)
    assert.isTrue(buffer.wantsMore)
  })

  it("wants nothing while a fetch is under way, after a failure, and once closed", async () => {
    const { buffer, changes } = make()
    buffer.fetching = true
    assert.isFalse(buffer.wantsMore)
    buffer.fetching = false
    append(buffer, await batch(0, 1))
    const failure = new EventLogError({ reason: "Unreadable", detail: "first" })
    buffer.fail(failure)
    buffer.fail(new EventLogError({ reason: "Unreadable", detail: "second" }))
    assert.strictEqual(buffer.failure, failure)
    assert.strictEqual(changes(), 3)
    assert.isFalse(buffer.wantsMore)
    assert.deepStrictEqual(take(buffer, 1)?.offsets, [0])
    const { buffer: other, memory } = make()
    append(other, await batch(0, 100, { codec: ZSTD }))
    take(other, 1)
    assert.isAbove(memory.fetchedBytes + memory.unpackedBytes, 0)
    other.close()
    assert.strictEqual(memory.fetchedBytes + memory.unpackedBytes, 0)
    assert.isFalse(other.wantsMore)
    append(other, await batch(0, 1))
    assert.isFalse(other.hasMore)
  })

  it("unpacks one batch at a time, when its records are taken", async () => {
    const { buffer, memory } = make()
    append(
      buffer,
      await batch(0, 10, { bytes: 1_000, codec: ZSTD }),
      await batch(10, 20, { bytes: 3_000, codec: ZSTD })
    )
    assert.strictEqual(memory.unpackedBytes, 0)
    assert.isBelow(memory.fetchedBytes, 1_000)
    take(buffer, 5)
    assert.isAbove(memory.unpackedBytes, 10_000)
    assert.isBelow(memory.unpackedBytes, 11_000)
    take(buffer, 6)
    assert.isAbove(memory.unpackedBytes, 30_000)
    take(buffer, 9)
    take(buffer, 1)
    assert.strictEqual(memory.unpackedBytes + memory.fetchedBytes, 0)
  })

  it("gives what was fetched and unpacked up for one that is demanded, if it is not", async () => {
    const memory = new ReadMemory({ ...LIMITS, fetchedBytes: 2_000, unpackedBytes: 15_000 })
    const { buffer: paused } = make(0, memory)
    const { buffer: wanted } = make(0, memory, 1)
    append(paused, await batch(0, 10, { bytes: 1_000, codec: ZSTD }))
    append(wanted, await batch(0, 10, { bytes: 1_000, codec: ZSTD }))
    assert.deepStrictEqual(take(paused, 3)?.nextOffset, 3)
    // No room while the other one is demanded.
    assert.isUndefined(take(wanted, 3))
    assert.isFalse(wanted.hasMore)
    paused.isDemanded = false
    wanted.retry()
    assert.deepStrictEqual(take(wanted, 3)?.nextOffset, 3)
    assert.isFalse(memory.makeRoom(3_000))
    assert.strictEqual(paused.fetchOffset, 3n)
    assert.isFalse(paused.hasMore)
    assert.isTrue(memory.makeRoom(1_000))
    // An answer that was under way continues nothing.
    paused.append(answer(10, await batch(10, 11)), 10n)
    assert.isFalse(paused.hasMore)
    append(paused, await batch(0, 10, { bytes: 1_000 }))
    paused.isDemanded = true
    assert.deepStrictEqual(take(paused, 3)?.offsets, [3, 4, 5])
  })

  it("lets those that wait for room unpack in their order, and one that is larger than the room alone", async () => {
    const memory = new ReadMemory({ ...LIMITS, unpackedBytes: 15_000 })
    const [first, second, third] = [0, 1, 2].map((partition) => make(0, memory, partition).buffer)
    assert(first !== undefined && second !== undefined && third !== undefined)
    append(first, await batch(0, 10, { bytes: 1_000, codec: ZSTD }))
    append(second, await batch(0, 10, { bytes: 5_000, codec: ZSTD }))
    append(third, await batch(0, 1, { bytes: 1_000, codec: ZSTD }))
    take(first, 1)
    assert.isUndefined(take(second, 1))
    // It would fit, but not before its turn.
    assert.isUndefined(take(third, 1))
    take(first, 100)
    assert.isTrue(second.hasMore)
    assert.isFalse(third.hasMore)
    assert.strictEqual(take(second, 100)?.nextOffset, 10)
    assert.isTrue(third.hasMore)
    assert.strictEqual(take(third, 100)?.nextOffset, 1)
  })

  it("takes nothing from another one that takes as soon as memory is freed, in the midst of a take", async () => {
    const memory = new ReadMemory({ ...LIMITS, unpackedBytes: 15_000 })
    const { buffer: first } = make(0, memory)
    const woken: Array<ReturnType<typeof take>> = []
    const input = { kind: "chat", topic: "t", partition: 1 } as const
    const second = new PartitionBuffer(input, 0n, memory, () => {
      if (isWaiting && second.hasMore) woken.push(take(second, 100))
    })
    let isWaiting = false
    append(first, await batch(0, 2, { bytes: 1_000, codec: ZSTD }), await batch(2, 4, { bytes: 1_000, codec: ZSTD }))
    append(second, await batch(0, 3, { bytes: 5_000, codec: ZSTD }))
    take(first, 1)
    assert.isUndefined(take(second, 100))
    isWaiting = true
    assert.deepStrictEqual(take(first, 100), { offsets: [1, 2, 3], nextOffset: 4 })
    assert.deepStrictEqual(woken, [{ offsets: [0, 1, 2], nextOffset: 3 }])
  })

  for (const codec of [1, 2, 3, ZSTD]) {
    it(`passes over a batch of ${CODECS[codec]} that unpacks to more than it may, after what comes before it`, async () => {
      const memory = new ReadMemory({ ...LIMITS, maxBatchBytes: 20_000 })
      const { buffer } = make(0, memory)
      const bomb = await batch(2, 5, { bytes: 100_000, codec })
      append(buffer, await batch(0, 2, { bytes: 9_000, codec }), bomb)
      assert.deepStrictEqual(take(buffer, 10)?.offsets, [0, 1])
      assert.isUndefined(take(buffer, 10))
      assert.isFalse(buffer.hasMore)
      assert.strictEqual(buffer.failure?.reason, "BatchTooLarge")
      assert.deepStrictEqual(buffer.failure?.range, { topic: "t", partition: 0, expected: 2n, start: 5n, end: 5n })
      assert.strictEqual(
        buffer.failure?.detail,
        `Kafka topic t[0]: skipped offsets 2 to 4: the batch at offset 2 (${bomb.length} bytes of ${CODECS[codec]}) decompresses to more than MAX_BATCH_BYTES (20000). ` +
          "Windows that may lack these records have complete = false. " +
          "If a producer writes such batches on purpose, raise MAX_BATCH_BYTES or lower its batch size"
      )
      assert.strictEqual(memory.unpackedBytes, 0)
    })
  }

  it("gives the records before one that is broken, then names its offset", async () => {
    const COUNT = 57
    const { buffer } = make()
    append(
      buffer,
      await batch(0, 1),
      patched(await batch(1, 3), (bytes) => bytes.writeInt32BE(3, COUNT)),
      await batch(3, 4)
    )
    assert.deepStrictEqual(take(buffer, 10), { offsets: [0, 1, 2], nextOffset: 3 })
    assert.isUndefined(take(buffer, 10))
    assert.strictEqual(buffer.failure?.reason, "Unreadable")
    assert.include(
      buffer.failure?.detail,
      "cannot read the batch at offset 3: record 2 does not match its declared length"
    )
  })

  it.effect.prop(
    "gives each record once, in order, within its memory, however it is filled, emptied and paused",
    [Arbitrary.array(upTo(59), { minLength: 1, maxLength: 60 }), upTo(4)],
    ([steps, inputs]) =>
      Effect.promise(async () => {
        const memory = new ReadMemory({ ...LIMITS, fetchedBytes: 20_000, unpackedBytes: 8_000, takenBytes: 4_000 })
        const logs = await Promise.all(
          Array.from({ length: inputs + 1 }, async (_, partition) => {
            const batches = await Promise.all(
              Array.from({ length: 8 }, (_, n) =>
                batch(n * 10, n * 10 + 10, { bytes: 40 * (1 + ((n + partition) % 7)), codec: (n + partition) % 5 })
              )
            )
            return { ...make(0, memory, partition), batches, taken: [] as Array<number> }
          })
        )
        const fetch = ({ batches, buffer }: (typeof logs)[number]) => {
          const next = Math.floor(Number(buffer.fetchOffset) / 10)
          if (next < 8 && memory.makeRoom(3_000)) append(buffer, ...batches.slice(next, next + 2))
        }
        const read = ({ buffer, taken }: (typeof logs)[number], limit: number) => {
          if (buffer.hasMore) taken.push(...(take(buffer, limit)?.offsets ?? []))
          assert.isAtMost(memory.unpackedBytes, 8_000)
          assert.isAtMost(memory.fetchedBytes, 20_000 + 6_000)
        }
        for (const step of steps) {
          const log = logs[step % logs.length]
          if (log === undefined) continue
          if (step % 3 === 0) fetch(log)
          else if (step % 3 === 1) read(log, 1 + (step % 7))
          else log.buffer.isDemanded = !log.buffer.isDemanded
        }
        for (const { buffer } of logs) buffer.isDemanded = true
        for (let round = 0; round < 200; round++) {
          for (const log of logs) {
            fetch(log)
            read(log, 5)
          }
        }
        for (const { buffer, taken } of logs) {
          assert.deepStrictEqual(
            taken,
            Array.from({ length: 80 }, (_, offset) => offset)
          )
          assert.strictEqual(buffer.nextOffset, 80n)
        }
        assert.strictEqual(memory.fetchedBytes + memory.unpackedBytes, 0)
      }),
    { arbitrary: { runs: 30 } }
  )
})
