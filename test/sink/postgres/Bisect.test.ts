import { assert, describe, it } from "@effect/vitest"
import { chunked } from "../../../src/sink/postgres/Bisect.ts"
import { arrayLiteral } from "../../../src/sink/postgres/Insert.ts"

const weigh = (n: number) => n

describe("chunked", () => {
  it("cuts by count and by weight, keeps the order, and never splits or drops an item", () => {
    const limits = { count: 3, weight: 10 }
    assert.deepStrictEqual(chunked([], limits, weigh), [])
    assert.deepStrictEqual(chunked([1, 1, 1, 1], limits, weigh), [[1, 1, 1], [1]])
    assert.deepStrictEqual(chunked([5, 5, 1], limits, weigh), [[5, 5], [1]])
    assert.deepStrictEqual(chunked([99, 1, 99], limits, weigh), [[99], [1], [99]])
  })
})

describe("arrayLiteral", () => {
  it("quotes every element, so that none is read as NULL or as syntax", () => {
    assert.strictEqual(arrayLiteral([]), "{}")
    assert.strictEqual(arrayLiteral(["NULL", "", "a,b", "{}"]), '{"NULL","","a,b","{}"}')
    assert.strictEqual(arrayLiteral(['say "hi"', "back\\slash"]), '{"say \\"hi\\"","back\\\\slash"}')
  })
})
