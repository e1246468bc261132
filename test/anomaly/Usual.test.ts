import { assert, describe, it } from "@effect/vitest"
import { learn, scaleOf } from "../../src/anomaly/Usual.ts"

const learned = (values: ReadonlyArray<number>, gain: number): Float64Array => {
  const numbers = new Float64Array(2)
  for (const [known, value] of values.entries())
    learn(numbers, 0, value, scaleOf(numbers[0] ?? 0, numbers[1] ?? 0, 1.6), known, gain)
  return numbers
}

describe("what is usual", () => {
  it("is the mean of the first values, then moves with the gain", () => {
    assert.closeTo(learned([10, 20, 30], 0.01)[0] ?? 0, 20, 1e-9)
    assert.closeTo(learned([...Array.from({ length: 500 }, () => 10), 11], 0.02)[0] ?? 0, 10.02, 1e-9)
  })

  it("hardly moves with a spike, however high", () => {
    const before = learned(
      Array.from({ length: 300 }, (_, index) => 20 + (index % 5)),
      0.02
    )
    const after = before.slice()
    for (const spike of [500, 1_000_000]) {
      const numbers = before.slice()
      learn(numbers, 0, spike, scaleOf(numbers[0] ?? 0, numbers[1] ?? 0, 1.6), 300, 0.02)
      after.set(numbers)
      assert.closeTo(after[0] ?? 0, before[0] ?? 0, 0.5)
    }
  })

  it("has a scale of at least its floor in roots of the mean", () => {
    assert.strictEqual(scaleOf(100, 0, 1.6), 16)
    assert.strictEqual(scaleOf(0, 0, 1.6), 1.6)
    assert.closeTo(scaleOf(100, 20, 1.6), 33.42, 1e-9)
  })
})
