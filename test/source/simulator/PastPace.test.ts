import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { PastPace } from "../../../src/source/simulator/PastPace.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("PastPace", () => {
  it("counts the records of each second, and none between the hours", () => {
    const rates = new Map([
      [10, 1.5],
      [11, 0],
      [12, 2.5],
      [20, 1]
    ])
    const hours = [
      { startMs: 10_000, endMs: 13_000 },
      { startMs: 20_000, endMs: 21_000 }
    ]
    const pace = new PastPace(hours, (second) => rates.get(second) ?? 0)
    assert.strictEqual(pace.end, 5)
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4].map((offset) => pace.logTimeMs(offset)),
      [10_000, 12_000, 12_333, 12_666, 20_000]
    )
    assert.deepStrictEqual(
      [0, 9999, 10_000, 11_999, 12_000, 12_333, 13_000, 19_999, 20_000, 99_000].map((ms) => pace.endOffsetAt(ms)),
      [0, 0, 1, 1, 2, 3, 4, 4, 5, 5]
    )
  })

  it.prop(
    "the end offset at a time is that of the first record after it, and log times never descend",
    [Schema.Array(int(0, 40)).check(Schema.isMinLength(4), Schema.isMaxLength(40)), int(0, 60_000)],
    ([rates, sinceMs]) => {
      const middle = Math.floor(rates.length / 2)
      const hours = [
        { startMs: 5000, endMs: 5000 + middle * 1000 },
        { startMs: 20_000 + middle * 1000, endMs: 20_000 + rates.length * 1000 }
      ]
      const pace = new PastPace(hours, (second) => (rates[second < 20 ? second - 5 : second - 20] ?? 0) / 3)
      const times = Array.from({ length: pace.end }, (_, offset) => pace.logTimeMs(offset))
      assert.deepStrictEqual(
        times,
        times.toSorted((a, b) => a - b)
      )
      assert.strictEqual(pace.endOffsetAt(sinceMs), times.filter((ms) => ms <= sinceMs).length)
    }
  )
})
