import { assert, describe, it } from "@effect/vitest"
import { topicsProblem } from "../../../src/source/kafka/Topics.ts"

const counts = (chat: number | undefined, viewer: number | undefined) =>
  new Map([
    ["chat", chat],
    ["viewer", viewer]
  ])

describe("topicsProblem", () => {
  it("is content with equal counts, and under TASK_SCOPE=all with any", () => {
    assert.isUndefined(topicsProblem(counts(3, 3), "partition"))
    assert.isUndefined(topicsProblem(counts(1, 12), "all"))
  })

  it("names counts and remedies", () => {
    assert.strictEqual(
      topicsProblem(counts(3, 1), "partition"),
      "chat has 3 partitions, viewer has 1 partition: the counts must be equal; add partitions (kafka-topics.sh --alter --topic viewer --partitions 3), or set TASK_SCOPE=all so that one task reads everything"
    )
  })

  it("names what is missing, under either scope", () => {
    assert.strictEqual(
      topicsProblem(counts(4, undefined), "all"),
      "topic viewer missing: create with kafka-topics.sh --create --topic viewer --partitions 4 (or correct CHAT_TOPIC and VIEWER_TOPIC)"
    )
    assert.match(
      topicsProblem(counts(undefined, undefined), "partition") ?? "",
      /^topics chat and viewer missing: create with .*--topic chat --partitions 3; .*--topic viewer --partitions 3/
    )
  })
})
