import { assert, describe, it } from "@effect/vitest"
import { memberSessions } from "../../src/worker/Layers.ts"

describe("the sessions of a member", () => {
  it("are a share of the process's, and at least two", () => {
    assert.deepStrictEqual([1, 2, 3, 16].map(memberSessions), [5, 2, 2, 2])
  })
})
