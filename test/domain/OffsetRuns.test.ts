import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { OffsetRuns } from "../../src/domain/OffsetRuns.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

describe("OffsetRuns", () => {
  it("holds what was appended, at every border", () => {
    const runs = new OffsetRuns()
    assert.isFalse(runs.has(0n))
    const offsets = new Set<bigint>()
    // Runs of 1 to 7 offsets with gaps of 1 to 5 between them, many more than the first capacity.
    for (let n = 0n, at = 3n; n < 100n; n++) {
      const to = at + 1n + (n % 7n)
      runs.append(at, to)
      for (let offset = at; offset < to; offset++) offsets.add(offset)
      at = to + 1n + (n % 5n)
    }
    for (let offset = 0n; offset < 1_000n; offset++)
      assert.strictEqual(runs.has(offset), offsets.has(offset), `${offset}`)
    assert.strictEqual([...runs].length, 100)
  })

  it.prop(
    "holds exactly the offsets of runs that touch or leave gaps, as a set does",
    [Schema.Array(Schema.Struct({ gap: between(0, 3), size: between(1, 3) }))],
    ([runs]) => {
      const actual = new OffsetRuns()
      const expected = new Set<bigint>()
      let end = 0n
      for (const { gap, size } of runs) {
        const from = end + BigInt(gap)
        end = from + BigInt(size)
        actual.append(from, end)
        for (let offset = from; offset < end; offset++) expected.add(offset)
      }
      for (let offset = 0n; offset <= end; offset++) assert.strictEqual(actual.has(offset), expected.has(offset))
      const bounds = [...actual].flat()
      // Runs that touch are one.
      assert.isTrue(bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? bound)))
    },
    { arbitrary: { runs: 200, size: 30, seed: 1 } }
  )

  it("joins runs that touch, whatever their size", () => {
    const runs = new OffsetRuns()
    runs.append(5n, 6n)
    runs.append(6n, 2n ** 62n)
    runs.append(2n ** 62n + 1n, 2n ** 63n - 1n)
    assert.deepStrictEqual(
      [...runs],
      [
        [5n, 2n ** 62n],
        [2n ** 62n + 1n, 2n ** 63n - 1n]
      ]
    )
    assert.isTrue(runs.has(2n ** 40n))
    assert.isFalse(runs.has(2n ** 62n))
  })

  it("refuses a run out of order, and an empty one", () => {
    const runs = new OffsetRuns()
    runs.append(5n, 8n)
    assert.throws(() => runs.append(7n, 9n), /Run \[7, 9\) is out of order/)
    assert.throws(() => runs.append(9n, 9n), /Run \[9, 9\) is out of order/)
  })
})
