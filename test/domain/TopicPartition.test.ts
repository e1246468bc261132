import { assert, describe, it } from "@effect/vitest"
import { partitionKey, partitionLabel } from "../../src/domain/TopicPartition.ts"

describe("TopicPartition", () => {
  it("has a key that no other topic partition has", () => {
    const inputs = [
      { topic: "a", partition: 11 },
      { topic: "a1", partition: 1 },
      { topic: "a-1", partition: 1 },
      { topic: "a", partition: 1 }
    ]
    assert.strictEqual(new Set(inputs.map(partitionKey)).size, inputs.length)
  })

  it("has a label for messages", () => {
    assert.strictEqual(partitionLabel({ topic: "telemetra.events.chat", partition: 0 }), "telemetra.events.chat[0]")
  })
})
