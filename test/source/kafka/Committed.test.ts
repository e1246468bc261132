import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import {
  type AbortedTransaction,
  decodeFetchResponse,
  type FetchedPartition
} from "../../../src/source/kafka/FetchResponse.ts"
import { RecordBatchError } from "../../../src/source/kafka/RecordCursor.ts"
import { committedByRecord } from "./CommittedByRecord.ts"
import { committed } from "./Drain.ts"
import {
  type BatchSpec,
  decodeByKafkajs,
  encodeBatch,
  encodeMarker,
  encodeOldMessage,
  encodeResponse,
  patched,
  type RecordSpec
} from "./KafkajsFrames.ts"

const VERSION = 11

const partition = (
  batches: ReadonlyArray<Buffer>,
  aborted: ReadonlyArray<AbortedTransaction> = []
): FetchedPartition => ({
  topic: "t",
  partition: 0,
  errorCode: 0,
  highWatermark: 0n,
  lastStableOffset: 0n,
  abortedTransactions: aborted,
  batches: Buffer.concat(batches)
})

/** A batch, by default of one record. */
const batch = (baseOffset: number, changes: Partial<BatchSpec> = {}): Promise<Buffer> =>
  encodeBatch({
    baseOffset: BigInt(baseOffset),
    // The key is an abort marker's: a record's key means nothing here.
    records: [{ offsetDelta: 0, key: Buffer.from([0, 0, 0, 0]), value: Buffer.from(`v${baseOffset}`) }],
    ...changes
  })

const inTransaction = (producerId: bigint, baseOffset: number): Promise<Buffer> =>
  batch(baseOffset, { producerId, transactional: true })

const marker = (producerId: bigint, offset: number, type: "abort" | "commit"): Promise<Buffer> =>
  encodeMarker(BigInt(offset), producerId, type)

const offsets = (fetched: FetchedPartition, from: bigint): ReadonlyArray<bigint> =>
  committed(fetched, from).records.map(({ offset }) => offset)

const aborted = (...pairs: ReadonlyArray<readonly [producerId: bigint, firstOffset: bigint]>) =>
  pairs.map(([producerId, firstOffset]) => ({ producerId, firstOffset }))

const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const pick = <A>(values: ReadonlyArray<A>, index: number): A => {
  const found = values[index % values.length]
  assert(found !== undefined)
  return found
}

const CODECS = [0, 1, 2, 3, 4]
const BASES = [1_700_000_000_000n, -1n, 0n, 2n ** 62n]
const DELTAS = [
  0,
  1,
  -1,
  63,
  -64,
  64,
  2 ** 20,
  2 ** 27 - 1,
  2 ** 27,
  -(2 ** 27),
  -(2 ** 27) - 1,
  2 ** 31,
  -(2 ** 33),
  1_700_000_000_000,
  -(2n ** 62n) + 5n
]
const LENGTHS = [-1, 0, 1, 63, 64, 250, 9_000]

/**
 * A log made from numbers, with its aborted transactions ordered by their ends.
 */
const makeLog = async (steps: ReadonlyArray<readonly [kind: number, shape: number]>) => {
  const batches: Array<Buffer> = []
  const abortedTransactions: Array<AbortedTransaction> = []
  /** First offsets of the transactions under way, by producer. */
  const open = new Map<bigint, bigint>()
  let end = 0n
  for (const [kind, shape] of steps) {
    const producerId = BigInt(kind % 3)
    const first = open.get(producerId)
    if (kind >= 8 && first !== undefined) {
      const type = kind >= 10 ? "commit" : "abort"
      batches.push(await encodeMarker(end, producerId, type))
      if (type === "abort") abortedTransactions.push({ producerId, firstOffset: first })
      open.delete(producerId)
      end++
      continue
    }
    const transactional = kind >= 4
    if (transactional && first === undefined) open.set(producerId, end)
    const written = 1 + (shape % 5)
    const records: Array<RecordSpec> = Array.from({ length: written }, (_, n) => {
      const length = pick(LENGTHS, shape + n)
      return {
        offsetDelta: n,
        timestampDelta: pick(DELTAS, shape + 3 * n),
        key: shape % 2 === 0 ? null : Buffer.alloc(shape % 200, "k"),
        value: length < 0 ? null : Buffer.alloc(length, `value ${end} ${n} `),
        headers: shape % 3 === 0 ? { a: "1", "": "" } : {}
      }
    })
    // Compaction keeps the offsets of what it leaves.
    const kept = shape % 7 < 3 ? records.filter((_, n) => ((shape >> n) & 1) === 1) : records
    batches.push(
      await encodeBatch({
        baseOffset: end,
        records: kept.length === 0 ? records : kept,
        lastOffsetDelta: written - 1,
        baseTimestamp: pick(BASES, shape),
        maxTimestamp: 1_800_000_000_000n,
        logAppendTime: shape % 11 === 0,
        codec: pick(CODECS, shape >> 2),
        producerId: transactional ? producerId : kind === 0 ? -1n : producerId,
        transactional
      })
    )
    end += BigInt(written)
  }
  return { batches, abortedTransactions, end }
}

describe("committed", () => {
  it.effect.prop(
    "gives what kafkajs decodes and a plain filter leaves, of any log, from any offset, wherever it is cut",
    [
      Arbitrary.array(Arbitrary.schema(Schema.Tuple([upTo(11), upTo(1_000)])), { minLength: 1, maxLength: 25 }),
      upTo(1_000_000),
      upTo(1_000_000)
    ],
    ([steps, fromSeed, cutSeed]) =>
      Effect.promise(async () => {
        const log = await makeLog(steps)
        const whole = Buffer.concat(log.batches)
        const first = log.batches[0]?.length ?? 0
        const cut = cutSeed % 2 === 0 ? whole.length : first + (cutSeed % (whole.length - first + 1))
        const fetchOffset = BigInt(fromSeed) % (log.end + 1n)
        const payload = encodeResponse(VERSION, 0, [
          { topic: "t", partition: 0, aborted: log.abortedTransactions, batches: whole.subarray(0, cut) }
        ])
        const theirs = (await decodeByKafkajs(VERSION, payload)).responses[0]?.partitions[0]
        const ours = decodeFetchResponse(VERSION, payload).responses[0]?.partitions[0]
        assert(theirs !== undefined && ours !== undefined)
        const expected = committedByRecord(theirs, fetchOffset)
        const found = committed(ours, fetchOffset)
        assert.deepStrictEqual(found, expected)
      }),
    { arbitrary: { runs: 100 } }
  )

  it("gives offset, timestamp and value; a negative timestamp where there is none", async () => {
    const nothing = { baseTimestamp: -1n, records: [{ offsetDelta: 0, value: null }] }
    assert.deepStrictEqual(committed(partition([await batch(7), await batch(8, nothing)]), 7n), {
      records: [
        { offset: 7n, timestampMs: 1_700_000_000_000, value: Buffer.from("v7") },
        { offset: 8n, timestampMs: -1, value: null }
      ],
      nextOffset: 9n
    })
  })

  it("gives offsets beyond what a double holds", async () => {
    const far = await encodeBatch({
      baseOffset: 2n ** 62n,
      records: [0, 1, 2].map((offsetDelta) => ({ offsetDelta, value: Buffer.from("v") }))
    })
    assert.deepStrictEqual(offsets(partition([far]), 2n ** 62n + 1n), [2n ** 62n + 1n, 2n ** 62n + 2n])
    assert.strictEqual(committed(partition([far]), 0n).nextOffset, 2n ** 62n + 3n)
  })

  it("takes the broker's time if the topic is configured so", async () => {
    const appended = await batch(0, { logAppendTime: true, maxTimestamp: 1_900_000_000_000n })
    assert.strictEqual(committed(partition([appended]), 0n).records[0]?.timestampMs, 1_900_000_000_000)
  })

  it("stays where it is when nothing came", () => {
    assert.deepStrictEqual(committed(partition([]), 5n), { records: [], nextOffset: 5n })
  })

  it("drops records before the requested offset, in whole batches and within one", async () => {
    const records = [0, 1, 2].map((offsetDelta) => ({ offsetDelta, value: Buffer.from("v") }))
    const fetched = partition([await batch(2), await batch(3, { records })])
    assert.deepStrictEqual(offsets(fetched, 5n), [5n])
  })

  it("moves on over what compaction took, up to whole batches, and never back", async () => {
    const records = [6, 7].map((offsetDelta) => ({ offsetDelta, value: Buffer.from("v") }))
    const tail = await batch(0, { records, lastOffsetDelta: 9 })
    assert.deepStrictEqual(committed(partition([tail]), 8n), { records: [], nextOffset: 10n })
    const emptied = await batch(10, { records: [], lastOffsetDelta: 4, producerId: 1n })
    assert.deepStrictEqual(committed(partition([emptied]), 10n), { records: [], nextOffset: 15n })
    assert.strictEqual(committed(partition([await batch(3)]), 8n).nextOffset, 8n)
  })

  it("counts markers at the end as read, also emptied ones", async () => {
    const fetched = partition([await inTransaction(1n, 0), await marker(1n, 1, "commit")])
    assert.deepStrictEqual(offsets(fetched, 0n), [0n])
    assert.strictEqual(committed(fetched, 0n).nextOffset, 2n)
    assert.deepStrictEqual(committed(fetched, 1n), { records: [], nextOffset: 2n })
    const emptied = await batch(2, { records: [], control: true, transactional: true, producerId: 1n })
    assert.strictEqual(committed(partition([emptied]), 2n).nextOffset, 3n)
  })

  it("drops aborted records up to their marker, and nothing else of that producer", async () => {
    const fetched = partition(
      await Promise.all([
        inTransaction(1n, 0),
        batch(1),
        inTransaction(1n, 2),
        marker(1n, 3, "abort"),
        inTransaction(1n, 4),
        marker(1n, 5, "commit"),
        batch(6, { producerId: 1n })
      ]),
      aborted([1n, 0n])
    )
    assert.deepStrictEqual(offsets(fetched, 0n), [1n, 4n, 6n])
  })

  it("keeps what a producer wrote outside of a transaction that was aborted", async () => {
    const fetched = partition(
      await Promise.all([inTransaction(1n, 0), batch(1, { producerId: 1n }), marker(1n, 2, "abort")]),
      aborted([1n, 0n])
    )
    assert.deepStrictEqual(offsets(fetched, 0n), [1n])
  })

  it("takes the aborted transactions in any order, and all that began before the first record", async () => {
    const batches = await Promise.all([
      inTransaction(2n, 10),
      inTransaction(1n, 11),
      inTransaction(3n, 12),
      marker(2n, 13, "abort"),
      inTransaction(1n, 14),
      marker(1n, 15, "abort"),
      marker(3n, 16, "commit")
    ])
    const list = aborted([2n, 5n], [1n, 2n])
    assert.deepStrictEqual(offsets(partition(batches, list), 10n), [12n])
    assert.deepStrictEqual(offsets(partition(batches, list.toReversed()), 10n), [12n])
  })

  it("takes them in any order also where they begin one after the other", async () => {
    const batches = await Promise.all([
      inTransaction(1n, 2),
      inTransaction(2n, 5),
      marker(2n, 6, "abort"),
      inTransaction(1n, 7),
      marker(1n, 8, "abort"),
      batch(9)
    ])
    // The broker lists them by their ends.
    assert.deepStrictEqual(offsets(partition(batches, aborted([2n, 5n], [1n, 2n])), 0n), [9n])
  })
})

const refusal = (batches: ReadonlyArray<Buffer>): string => {
  try {
    committed(partition(batches), 0n)
  } catch (error) {
    assert.instanceOf(error, RecordBatchError)
    return error.message
  }
  return "none"
}

describe("committed, over unreadable bytes", () => {
  const records = [0, 1].map((offsetDelta) => ({ offsetDelta, value: Buffer.from("a value") }))
  const ATTRIBUTES = 21
  const COUNT = 57
  const RECORDS = 61

  it("notices each damaged bit from the checksum on", async () => {
    for (const codec of CODECS) {
      const good = await batch(0, { records, codec })
      for (let at = 17; at < good.length; at++) {
        const bad = Buffer.from(good)
        bad.writeUInt8(bad.readUInt8(at) ^ (1 << (at % 8)), at)
        assert.match(refusal([bad]), /checksum/)
      }
    }
  })

  it("gives what comes before the broken batch, whole batches only", async () => {
    const bad = Buffer.from(await batch(2, { records }))
    bad.writeInt32BE(3, COUNT)
    assert.deepStrictEqual(committed(partition([await batch(0), await batch(1), bad, await batch(4)]), 0n), {
      records: [0, 1].map((n) => ({
        offset: BigInt(n),
        timestampMs: 1_700_000_000_000,
        value: Buffer.from(`v${n}`)
      })),
      nextOffset: 2n
    })
    assert.match(refusal([bad]), /checksum/)
  })

  it("names the codec that fails, and numbers that none has", async () => {
    for (const [codec, name] of ["", "gzip", "snappy", "lz4", "zstd"].entries()) {
      if (codec === 0) continue
      const bad = patched(await batch(0, { records, codec }), (bytes) => bytes.fill(0x11, RECORDS))
      assert.match(refusal([bad]), new RegExp(`^${name}: `))
    }
    for (const codec of [5, 6, 7]) {
      const bad = patched(await batch(0, { records }), (bytes) => bytes.writeInt16BE(codec, ATTRIBUTES))
      assert.strictEqual(refusal([bad]), `unknown compression codec ${codec}`)
    }
  })

  it("refuses other formats by their number", async () => {
    assert.match(refusal([encodeOldMessage(0n, Buffer.from("old"))]), /message format 1 \(before Kafka 0\.11\)/)
    const next = Buffer.from(await batch(0))
    next.writeInt8(3, 16)
    assert.match(refusal([next]), /unknown record format 3/)
  })

  it("refuses records that reach beyond their batch or each other, or are fewer than it holds", async () => {
    const good = await batch(0, { records })
    const length = good.readUInt8(RECORDS)
    // The lengths of the first record, its key and its value; then the number of records.
    for (const [at, value] of [
      [RECORDS, length + 2],
      [RECORDS, 0xff],
      [RECORDS + 4, 100],
      [RECORDS + 5, 100],
      [COUNT + 3, 1],
      [COUNT + 3, 9],
      [COUNT, 0xff]
    ] as const) {
      assert.match(refusal([patched(good, (bytes) => bytes.writeUInt8(value, at))]), /record \d+ /)
    }
  })

  it("refuses records whose offsets are not ascending, or beyond their batch's", async () => {
    for (const deltas of [
      [1, 0],
      [0, 0],
      [-1, 0],
      [0, 7]
    ]) {
      const bad = await batch(0, {
        records: deltas.map((offsetDelta) => ({ offsetDelta, value: Buffer.from("v") })),
        lastOffsetDelta: 1
      })
      assert.match(refusal([bad]), /an invalid offset/)
    }
  })

  it("refuses a batch that ends before it begins: reading would never get past it", async () => {
    const LAST_OFFSET_DELTA = 23
    const bad = patched(await batch(0), (bytes) => bytes.writeInt32BE(-2, LAST_OFFSET_DELTA))
    assert.match(refusal([bad]), /last offset is before its first/)
  })

  it("refuses a marker without its key", async () => {
    const bad = await batch(0, { control: true, records: [{ offsetDelta: 0, key: Buffer.alloc(3), value: null }] })
    assert.match(refusal([bad]), /record 0 does not match its declared length/)
  })

  it("refuses an answer without a whole batch, and batches shorter than their head", async () => {
    const good = await batch(0, { records })
    for (const length of [1, 20, 21, 60, good.length - 1])
      assert.match(refusal([good.subarray(0, length)]), /no complete batch/)
    for (const length of [-(2 ** 31), -13, -12, 0, 4, 5, 48]) {
      const bad = Buffer.from(good)
      bad.writeInt32BE(length, 8)
      assert.match(refusal([bad]), /too short|no batch/)
    }
  })
})
