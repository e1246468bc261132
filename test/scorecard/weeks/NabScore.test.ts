import { assert, describe, it } from "@effect/vitest"
import { nabScore } from "./NabScore.ts"

const series = (detections: ReadonlyArray<number>) => [
  {
    steps: 10_000,
    windows: [
      [2000, 2399],
      [6000, 6399]
    ] as const,
    detections
  }
]

describe("the score over weeks", () => {
  it("is 0 for silence and 100 for each window at its start", () => {
    assert.strictEqual(nabScore(series([])), 0)
    assert.closeTo(nabScore(series([2000, 6000])), 100, 1e-9)
  })

  it("rewards early detections, and each window once", () => {
    const early = nabScore(series([2050, 6050]))
    const late = nabScore(series([2390, 6390]))
    assert.isBelow(late, early)
    assert.isAbove(late, 50)
    assert.strictEqual(nabScore(series([2050, 2060, 2300, 6050])), early)
  })

  it("charges 0.11 for a detection far from all windows, less for one close behind, nothing in the probation", () => {
    assert.closeTo(nabScore(series([1000])), (100 * -0.11) / 4, 1e-9)
    assert.closeTo(nabScore(series([9000])), (100 * -0.11) / 4, 1e-9)
    assert.isAbove(nabScore(series([2410])), nabScore(series([5900])))
    assert.strictEqual(nabScore(series([700])), 0)
  })
})
