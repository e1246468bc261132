import { assert, describe, it } from "@effect/vitest"
import { toBroker, toHost, toKafkajs } from "../../../src/source/kafka/BrokerAddress.ts"
import { toEventLogError } from "../../../src/source/kafka/KafkaError.ts"
import { config } from "./KafkaLogHarness.ts"

const thrown = (fields: object): Error => Object.assign(new Error("the broker's words"), fields)

describe("what waiting cannot fix", () => {
  const answers: ReadonlyArray<readonly [object, string, string]> = [
    [{ name: "KafkaJSProtocolError", type: "UNSUPPORTED_VERSION" }, "Topics", "Kafka 1.0 or later"],
    [{ name: "KafkaJSServerDoesNotSupportApiKey" }, "Topics", "Kafka 1.0 or later"],
    [{ name: "KafkaJSProtocolError", type: "INVALID_GROUP_ID" }, "Topics", "set another KAFKA_GROUP_ID"],
    [{ name: "KafkaJSProtocolError", type: "INCONSISTENT_GROUP_PROTOCOL" }, "Topics", "TASK_SCOPE"],
    [{ name: "KafkaJSProtocolError", type: "GROUP_MAX_SIZE_REACHED" }, "Topics", "group.max.size"],
    [{ name: "KafkaJSProtocolError", type: "INVALID_SESSION_TIMEOUT" }, "Topics", "KAFKA_SESSION_TIMEOUT"],
    [{ name: "KafkaJSProtocolError", type: "INVALID_TOPIC_EXCEPTION" }, "Topics", "words"],
    [{ name: "KafkaJSProtocolError", type: "UNSUPPORTED_SASL_MECHANISM" }, "Unauthorized", "KAFKA_SASL_MECHANISM"],
    [{ name: "KafkaJSProtocolError", type: "TOPIC_AUTHORIZATION_FAILED" }, "Unauthorized", "Read and Describe"],
    [{ name: "KafkaJSProtocolError", type: "GROUP_AUTHORIZATION_FAILED" }, "Unauthorized", "on group"],
    [{ name: "KafkaJSProtocolError", type: "CLUSTER_AUTHORIZATION_FAILED" }, "Unauthorized", "CLUSTER_AUTHORIZATION"],
    [{ code: "ERR_SSL_WRONG_VERSION_NUMBER" }, "Unauthorized", "KAFKA_SECURITY_PROTOCOL"]
  ]
  for (const [fields, reason, words] of answers) {
    it(JSON.stringify(fields), () => {
      const error = toEventLogError(config("kafka:9092"), thrown(fields))
      assert.strictEqual(error.reason, reason)
      assert.isFalse(error.isRetryable)
      assert.include(error.detail, words)
    })
  }
})

describe("what may pass", () => {
  for (const fields of [{ code: "ECONNREFUSED" }, { code: "ENOTFOUND" }, { type: "COORDINATOR_NOT_AVAILABLE" }]) {
    it(JSON.stringify(fields), () => {
      const error = toEventLogError(config("kafka:9092"), thrown(fields))
      assert.isTrue(error.isRetryable)
      assert.notInclude(error.detail, "KAFKA_SECURITY_PROTOCOL")
    })
  }
  it("a connection that closes: the cause may be the listener's security", () => {
    const error = toEventLogError(config("kafka:9092"), thrown({ code: "ECONNRESET" }))
    assert.isTrue(error.isRetryable)
    assert.include(error.detail, "KAFKA_SECURITY_PROTOCOL=PLAINTEXT")
  })
})

describe("addresses of brokers", () => {
  for (const broker of ["[::1]:9092", "[2001:db8::1]:9093", "[::ffff:10.0.0.1]:1"]) {
    it(broker, () => {
      const named = toKafkajs(broker)
      assert.strictEqual(named.split(":").length, 2)
      assert.strictEqual(`[${toHost(named.split(":")[0] ?? "")}]`, broker.slice(0, broker.lastIndexOf(":")))
      assert.strictEqual(toBroker(named), broker)
    })
  }
  it("others stay as they are, and addresses that a broker advertises get brackets", () => {
    assert.strictEqual(toKafkajs("kafka-1.a:9092"), "kafka-1.a:9092")
    assert.strictEqual(toBroker("kafka-1.a:9092"), "kafka-1.a:9092")
    assert.strictEqual(toBroker("::1:9092"), "[::1]:9092")
  })
})
