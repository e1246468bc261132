import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import { HangingTransactions } from "../../../src/source/kafka/HangingTransactions.ts"
import { PartitionBuffer } from "../../../src/source/kafka/PartitionBuffer.ts"
import { ReadMemory } from "../../../src/source/kafka/ReadMemory.ts"
import { limits } from "./KafkaLogHarness.ts"

const HANGING_AFTER_MS = 120_000

const buffer = (partition: number): PartitionBuffer =>
  new PartitionBuffer({ kind: "chat", topic: "chat", partition }, 0n, new ReadMemory(limits.memory), () => {})

describe("hanging transactions", () => {
  it.effect("are reported once with the remedy, and once more when they have ended", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    return Effect.gen(function* () {
      const [one, other] = [buffer(0), buffer(1)]
      const { problem, watch } = new HangingTransactions(
        { bootstrapServers: ["a:9092", "b:9092"], securityProtocol: "PLAINTEXT" },
        () => [one, other],
        HANGING_AFTER_MS
      )
      yield* Effect.forkChild(watch)
      one.noteEnds(20n, 7n, 0)
      other.noteEnds(9n, 9n, 0)
      yield* TestClock.adjust("119 seconds")
      // A response with the same offsets does not restart the time.
      one.noteEnds(30n, 7n, 119_000)
      assert.isUndefined(yield* problem)
      yield* TestClock.adjust("1 second")
      const line =
        "Kafka topic chat[0]: a transaction has been open for 2m and blocks reading from offset 7, so results are delayed. " +
        "If its producer is gone, abort it: kafka-transactions.sh --bootstrap-server a:9092,b:9092 abort --topic chat --partition 0 --start-offset 7"
      assert.strictEqual(yield* problem, line)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(lines, [line])
      // The next one is another.
      one.noteEnds(40n, 35n, 180_000)
      yield* TestClock.adjust("15 seconds")
      assert.isUndefined(yield* problem)
      assert.deepStrictEqual(lines.slice(1), ["Kafka topic chat[0]: the transaction at offset 7 has ended"])
      one.noteEnds(40n, 40n, 195_000)
      yield* TestClock.adjust("10 minutes")
      assert.isUndefined(yield* problem)
      assert.strictEqual(lines.length, 2)
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
