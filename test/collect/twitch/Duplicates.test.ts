import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { assert, describe, it } from "@effect/vitest"
import { makeDuplicates } from "../../../src/collect/twitch/Duplicates.ts"

setFlagsFromString("--expose-gc")
const collectGarbage: () => void = runInNewContext("gc")

describe("makeDuplicates", () => {
  it("keeps ids, and not the lines that they were cut from", () => {
    const duplicates = makeDuplicates()
    duplicates.start()
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    // 500 lines of 200 KB.
    for (let line = 0; line < 500; line++) {
      const text = Buffer.alloc(200_000, `id=${line}-0000-0000-0000-000000000000;`).toString()
      assert.isFalse(duplicates.isKnown(text.slice(3, text.indexOf(";")), 0))
    }
    collectGarbage()
    assert.isBelow(process.memoryUsage().heapUsed - before, 50_000_000)
    assert.isTrue(duplicates.isKnown("0-0000-0000-0000-000000000000", 0))
  })

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
