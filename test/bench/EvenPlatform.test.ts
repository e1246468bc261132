import { assert, describe, it } from "@effect/vitest"
import type { InputKind } from "../../src/domain/Task.ts"
import { expected } from "../../bench/recovery/Recount.ts"
import { EvenPlatform, MOST_DELAY_MS } from "../../bench/recovery/EvenPlatform.ts"
import { DEFAULTS } from "../oracle/Defaults.ts"
import { recount, NO_DECISIONS } from "../oracle/Recount.ts"

const ORIGIN_MS = Date.UTC(2026, 0, 1)
const PARTITION = 1
const WRITTEN = { chat: 3_000, viewer: 300 }

const platform = new EvenPlatform({ partitions: 2, streams: 60, eventsPerSecond: 44, originMs: ORIGIN_MS })

const inputOf = (kind: InputKind) => ({
  kind,
  topic: kind,
  partition: PARTITION,
  records: Array.from({ length: WRITTEN[kind] }, (_, offset) => platform.recordAt(kind, PARTITION, BigInt(offset))),
  ...NO_DECISIONS
})

describe("the even platform", () => {
  const upToMs = ORIGIN_MS + 120_000
  const { counts, rows } = recount(
    [inputOf("chat"), inputOf("viewer")],
    { ...DEFAULTS, watermarkDelayMs: MOST_DELAY_MS, maxFutureSkewMs: MOST_DELAY_MS },
    upToMs
  )

  it("has no dead letters and no late events", () => {
    assert.deepStrictEqual([counts.deadLetters, counts.late], [0, 0])
  })

  it("lets every stream chat once a round", () => {
    const count = platform.streamsPerPartition
    for (const round of [0, 1, 7]) {
      const spoken = Array.from({ length: count }, (_, place) => platform.streamAt(round * count + place))
      assert.strictEqual(new Set(spoken).size, count)
    }
    assert.notStrictEqual(platform.streamAt(0), platform.streamAt(count))
  })

  it("has windows that are counted as the oracle counts them", () => {
    const found = new Map<number, { rows: number; chats: number }>()
    for (const row of rows) {
      const start = row.startMs / 10_000
      const sums = found.get(start) ?? { rows: 0, chats: 0 }
      found.set(start, { rows: sums.rows + 1, chats: sums.chats + row.chatCount })
    }
    assert.isAbove(found.size, 10)
    assert.deepStrictEqual(
      [...expected(platform, PARTITION, WRITTEN, upToMs)].toSorted(([a], [b]) => a - b),
      [...found].toSorted(([a], [b]) => a - b)
    )
  })

  it("misses a record that was not counted", () => {
    assert.notDeepEqual(
      [...expected(platform, PARTITION, { ...WRITTEN, chat: 1_000 }, upToMs)],
      [...expected(platform, PARTITION, { ...WRITTEN, chat: 999 }, upToMs)]
    )
  })
})
