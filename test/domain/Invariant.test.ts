import { assert, describe, it } from "@effect/vitest"
import { invariant, outside, present } from "../../src/domain/Invariant.ts"

describe("Invariant", () => {
  it("returns every value except undefined", () => {
    for (const value of [0, Number.NaN, "", 0n, false, null]) assert.deepStrictEqual(present(value, "unused"), value)
  })

  it("names the violated invariant", () => {
    assert.throws(() => present([1n][1], "every input has a start"), /^Invariant violated: every input has a start$/)
  })

  it("fails unless a condition holds", () => {
    invariant(true, "unused")
    assert.throws(() => invariant(false, "time does not go back"), /^Invariant violated: time does not go back$/)
  })

  it("refuses an element outside the array", () => {
    const bytes = Uint8Array.of(7)
    assert.strictEqual(bytes[0] ?? outside(), 7)
    assert.throws(() => bytes[1] ?? outside(), /^Invariant violated: the index lies inside the array$/)
  })
})
