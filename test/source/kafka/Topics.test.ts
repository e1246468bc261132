import { assert, describe, it } from "@effect/vitest"
import { toolCommand } from "../../../src/source/kafka/ToolCommand.ts"
import { topicsProblem } from "../../../src/source/kafka/Topics.ts"

const TOOL = toolCommand("kafka-topics", { bootstrapServers: ["a:9092", "b:9092"], securityProtocol: "PLAINTEXT" })

const counts = (chat: number | undefined, viewer: number | undefined) =>
  new Map([
    ["chat", chat],
    ["viewer", viewer]
  ])

describe("topicsProblem", () => {
  it("is content with equal counts, and under TASK_SCOPE=all with any", () => {
    assert.isUndefined(topicsProblem(counts(3, 3), "partition", TOOL))
    assert.isUndefined(topicsProblem(counts(1, 12), "all", TOOL))
  })

  it("names counts and remedies", () => {
    assert.strictEqual(
      topicsProblem(counts(3, 1), "partition", TOOL),
      "chat has 3 partitions, viewer has 1 partition: the counts must be equal. Add partitions (kafka-topics.sh --bootstrap-server a:9092,b:9092 --alter --topic viewer --partitions 3), or set TASK_SCOPE=all so that one task reads everything"
    )
  })

  it("names what is missing, under either scope", () => {
    assert.strictEqual(
      topicsProblem(counts(4, undefined), "all", TOOL),
      "topic viewer missing: create with kafka-topics.sh --bootstrap-server a:9092,b:9092 --create --topic viewer --partitions 4 (or correct CHAT_TOPIC and VIEWER_TOPIC)"
    )
    assert.match(
      topicsProblem(counts(undefined, undefined), "partition", TOOL) ?? "",
      /^topics chat and viewer missing: create with .*--topic chat --partitions 3; .*--topic viewer --partitions 3/
    )
  })

  it("names the file with the login if the brokers require one, and never a secret", () => {
    const config = { bootstrapServers: ["a:9093"], securityProtocol: "SASL_SSL" } as const
    assert.strictEqual(
      toolCommand("kafka-topics", config),
      "kafka-topics.sh --bootstrap-server a:9093 --command-config client.properties"
    )
  })
})
