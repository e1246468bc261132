import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { endOffsetAt, logTimeMs } from "../../../src/source/simulator/LogTime.ts"

const int = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("LogTime", () => {
  it("counts records from the origin at a constant pace", () => {
    const pace = { originMs: 5000, perSecond: 3 }
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4].map((offset) => logTimeMs(pace, offset)),
      [5000, 5333, 5666, 6000, 6333]
    )
    assert.deepStrictEqual(
      [0, 4999, 5000, 5332, 5333, 5999, 6000].map((ms) => endOffsetAt(pace, ms)),
      [0, 0, 1, 1, 2, 3, 4]
    )
  })

  it.prop(
    "the end offset at a time is that of the first record after it, years on and at any pace",
    [int(1, 100_000), int(0, 10 * 365 * 86_400_000)],
    ([perSecond, sinceMs]) => {
      const pace = { originMs: Date.UTC(2026, 0, 1), perSecond }
      const nowMs = pace.originMs + sinceMs
      const end = endOffsetAt(pace, nowMs)
      assert.isAtMost(logTimeMs(pace, end - 1), nowMs)
      assert.isAbove(logTimeMs(pace, end), nowMs)
    }
  )
})
