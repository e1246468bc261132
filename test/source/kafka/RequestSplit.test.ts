import { assert, describe, it } from "@effect/vitest"
import { splitRequests } from "../../../src/source/kafka/RequestSplit.ts"

const split = (items: ReadonlyArray<readonly [batch: string, bytes: number]>) =>
  splitRequests(
    items,
    ([batch]) => batch,
    ([, bytes]) => bytes,
    10
  ).map((request) => request.map(([batch, bytes]) => `${batch}${bytes}`).join(" "))

describe("splitRequests", () => {
  it("keeps each batch within the limit, counting each for itself", () => {
    assert.deepStrictEqual(
      split([
        ["a", 6],
        ["b", 6],
        ["a", 4],
        ["b", 5],
        ["a", 9]
      ]),
      ["a6 b6 a4", "b5 a9"]
    )
  })

  it("sends what is too large for any batch by itself", () => {
    assert.deepStrictEqual(
      split([
        ["a", 1],
        ["a", 50],
        ["a", 1]
      ]),
      ["a1", "a50", "a1"]
    )
    assert.deepStrictEqual(split([["a", 50]]), ["a50"])
  })

  it("makes no request of nothing", () => {
    assert.deepStrictEqual(split([]), [])
  })
})
