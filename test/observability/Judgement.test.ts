import { assert, describe, it } from "@effect/vitest"
import { Judgement } from "../../src/observability/Judgement.ts"

const judged = (...parts: ReadonlyArray<readonly [records: number, accepted: number]>): Judgement => {
  const judgement = new Judgement()
  for (const [records, accepted] of parts) judgement.take({ records, accepted })
  return judgement
}

describe("the judgement", () => {
  it("needs ten records", () => {
    assert.isFalse(judged([9, 0]).isBlocked)
    assert.isUndefined(judged([9, 0]).ratio)
    assert.isTrue(judged([9, 0], [1, 0]).isBlocked)
  })

  it("opens once a tenth or less of the last hundred counts", () => {
    assert.isTrue(judged([100, 10]).isBlocked)
    assert.isFalse(judged([100, 11]).isBlocked)
    assert.isFalse(judged([10_000, 10_000], [90, 0]).isBlocked)
    assert.isTrue(judged([10_000, 10_000], [90, 0], [10, 0]).isBlocked)
  })

  it("ends once half of the last ten counts", () => {
    assert.isTrue(judged([450, 0], [9, 9]).isBlocked)
    assert.isFalse(judged([450, 0], [9, 9], [1, 1]).isBlocked)
    assert.isFalse(judged([450, 0], [20, 10]).isBlocked)
    assert.isTrue(judged([450, 0], [20, 9]).isBlocked)
    assert.isTrue(judged([450, 0], [20, 10], [200, 0]).isBlocked)
  })

  it("lasts while nothing comes", () => {
    const judgement = judged([450, 0])
    assert.isFalse(judgement.take({ records: 0, accepted: 0 }))
    assert.isTrue(judgement.isBlocked)
  })

  it("counts all records since the last that counted, however many flushes held them", () => {
    assert.deepStrictEqual(judged([50, 50], [5, 0], [200, 0], [245, 0]).share, { records: 450, accepted: 0 })
  })

  it("reports its changes", () => {
    const judgement = new Judgement()
    assert.deepStrictEqual(
      [
        [5, 0],
        [5, 0],
        [5, 0],
        [10, 10],
        [10, 10]
      ].map(([records = 0, accepted = 0]) => judgement.take({ records, accepted })),
      [false, true, false, true, false]
    )
  })
})
