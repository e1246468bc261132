import { assert, describe, it } from "@effect/vitest"
import { committed, type FetchedMessage, type FetchedPartition } from "../../../src/source/kafka/FetchResponse.ts"

/** A record of a batch of its own, unless said otherwise. */
const record = (
  offset: number,
  context: Partial<NonNullable<FetchedMessage["batchContext"]>> = {}
): FetchedMessage => ({
  offset: String(offset),
  timestamp: "1700000000000",
  key: Buffer.from([0, 0, 0, 0]), // as an abort marker's: a record's key means nothing here
  value: Buffer.from(`v${offset}`),
  isControlRecord: false,
  batchContext: { firstOffset: String(offset), lastOffsetDelta: 0, producerId: "-1", inTransaction: false, ...context }
})

const inTransaction = (producerId: string, offset: number): FetchedMessage =>
  record(offset, { producerId, inTransaction: true })

const marker = (producerId: string, offset: number, type: "abort" | "commit"): FetchedMessage => ({
  ...inTransaction(producerId, offset),
  key: Buffer.from([0, 0, 0, type === "abort" ? 0 : 1]),
  isControlRecord: true
})

const partition = (
  messages: ReadonlyArray<FetchedMessage>,
  aborted: ReadonlyArray<readonly [producerId: string, firstOffset: number]> = []
): FetchedPartition => ({
  partition: 0,
  messages,
  abortedTransactions: aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset: String(firstOffset) }))
})

const offsets = (fetched: FetchedPartition, from: bigint): ReadonlyArray<bigint> =>
  committed(fetched, from).records.map(({ offset }) => offset)

describe("committed", () => {
  it("gives offset, timestamp and value; a negative timestamp where there is none", () => {
    const nothing = { ...record(8), timestamp: "-1", value: null }
    assert.deepStrictEqual(committed(partition([record(7), nothing]), 7n), {
      records: [
        { offset: 7n, timestampMs: 1_700_000_000_000, value: Buffer.from("v7") },
        { offset: 8n, timestampMs: -1, value: null }
      ],
      nextOffset: 9n
    })
  })

  it("stays where it is when nothing came", () => {
    assert.deepStrictEqual(committed(partition([]), 5n), { records: [], nextOffset: 5n })
  })

  it("drops what lies before the offset asked for", () => {
    assert.deepStrictEqual(offsets(partition([record(3), record(4), record(5)]), 5n), [5n])
  })

  it("moves on when only records before the offset came", () => {
    const batch = { firstOffset: "0", lastOffsetDelta: 9 }
    // 8 and 9 were compacted away
    assert.strictEqual(committed(partition([record(6, batch), record(7, batch)]), 8n).nextOffset, 10n)
  })

  it("never moves back", () => {
    assert.strictEqual(committed(partition([record(3)]), 8n).nextOffset, 8n)
  })

  it("counts markers at the end as read", () => {
    const fetched = partition([inTransaction("1", 0), marker("1", 1, "commit")])
    assert.deepStrictEqual(offsets(fetched, 0n), [0n])
    assert.strictEqual(committed(fetched, 0n).nextOffset, 2n)
    assert.deepStrictEqual(committed(fetched, 1n), { records: [], nextOffset: 2n })
  })

  it("drops aborted records up to their marker, and nothing else of that producer", () => {
    const fetched = partition(
      [
        inTransaction("1", 0),
        record(1),
        inTransaction("1", 2),
        marker("1", 3, "abort"),
        inTransaction("1", 4),
        marker("1", 5, "commit"),
        record(6, { producerId: "1" })
      ],
      [["1", 0]]
    )
    assert.deepStrictEqual(offsets(fetched, 0n), [1n, 4n, 6n])
  })

  it("takes the aborted transactions in any order, and all that began before the first record", () => {
    const messages = [
      inTransaction("2", 10),
      inTransaction("1", 11),
      inTransaction("3", 12),
      marker("2", 13, "abort"),
      inTransaction("1", 14),
      marker("1", 15, "abort"),
      marker("3", 16, "commit")
    ]
    const aborted = [
      ["2", 5],
      ["1", 2]
    ] as const
    assert.deepStrictEqual(offsets(partition(messages, aborted), 10n), [12n])
    assert.deepStrictEqual(offsets(partition(messages, aborted.toReversed()), 10n), [12n])
  })

  it("takes them in any order also where they begin one after the other", () => {
    const messages = [
      inTransaction("1", 2),
      inTransaction("2", 5),
      marker("2", 6, "abort"),
      inTransaction("1", 7),
      marker("1", 8, "abort"),
      record(9)
    ]
    // the broker lists them by their ends
    assert.deepStrictEqual(
      offsets(
        partition(messages, [
          ["2", 5],
          ["1", 2]
        ]),
        0n
      ),
      [9n]
    )
  })

  it("reads the formats from before transactions", () => {
    const { batchContext: _, ...old } = record(4)
    assert.deepStrictEqual(committed(partition([old]), 4n).nextOffset, 5n)
    assert.deepStrictEqual(offsets(partition([old]), 4n), [4n])
  })
})
