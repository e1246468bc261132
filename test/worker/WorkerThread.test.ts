import { getHeapStatistics } from "node:v8"
import { assert, describe, it } from "@effect/vitest"
import { heapMiB } from "../../src/worker/WorkerThread.ts"

/** Limit of the process's own thread, which V8 sets to at most half of the memory. */
const own = getHeapStatistics().heap_size_limit / 2 ** 20

describe("the heaps of all threads", () => {
  it.each([1, 2, 3, 8, 16])("stay together below twice the first one's: %i", (threads) => {
    assert.isBelow(own + (threads - 1) * heapMiB(threads), 2 * own)
  })

  it("are never too small to work with", () => assert.strictEqual(heapMiB(1_000_000), 128))
})
