import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { limits } from "../../../src/source/kafka/KafkaLog.ts"

const of = (members: number) =>
  limits({ maxBatchBytes: 64 * 1024 * 1024, members, sessionTimeout: Duration.seconds(30) })

describe("the memory of a log", () => {
  it.each([1, 2, 8])("is one budget, divided among %d members", (members) => {
    const { fetch, memory } = of(members)
    const bytes = memory.fetchedBytes + memory.unpackedBytes + memory.takenBytes
    assert.isAtMost(bytes * members, 128 * 1024 * 1024)
    assert.strictEqual(bytes * members, of(1).memory.unpackedBytes * 2)
    // Several answers are under way at once, from several brokers.
    assert.isAtMost(fetch.maxBytes * 8, memory.fetchedBytes)
    assert.isAbove(fetch.maxBytes, 0)
  })
})
