import { assert, describe, it } from "@effect/vitest"
import { makeDuplicates } from "../../../src/collect/twitch/Duplicates.ts"

describe("makeDuplicates", () => {
  it("knows no ids while one connection is open", () => {
    const duplicates = makeDuplicates()
    assert.isFalse(duplicates.isKnown("a", 0))
    assert.isFalse(duplicates.isKnown("a", 0))
    duplicates.stop(0)
    assert.isFalse(duplicates.isKnown("a", 0))
    assert.isFalse(duplicates.isKnown("a", 0))
  })

  it("knows ids from the start until a minute after the stop", () => {
    const duplicates = makeDuplicates()
    duplicates.start()
    assert.isFalse(duplicates.isKnown("a", 0))
    assert.isTrue(duplicates.isKnown("a", 1e9))
    duplicates.stop(1e9)
    // A second stop does not prolong it.
    duplicates.stop(1e9 + 50_000)
    assert.isTrue(duplicates.isKnown("a", 1e9 + 60_000))
    assert.isFalse(duplicates.isKnown("b", 1e9 + 60_000))
    assert.isFalse(duplicates.isKnown("a", 1e9 + 60_001))
    duplicates.start()
    assert.isFalse(duplicates.isKnown("a", 2e9))
  })

  it("forgets the oldest ids beyond its bound", () => {
    const duplicates = makeDuplicates()
    duplicates.start()
    let known = 0
    for (let id = 0; id < 200_001; id++) if (duplicates.isKnown(String(id), 0)) known++
    assert.strictEqual(known, 0)
    assert.isTrue(duplicates.isKnown("100000", 0))
    assert.isTrue(duplicates.isKnown("200000", 0))
    assert.isFalse(duplicates.isKnown("99999", 0))
  })
})
