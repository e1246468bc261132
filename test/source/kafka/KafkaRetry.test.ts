import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { EventLogError } from "../../../src/source/EventLog.ts"
import { retryAtStart, retryForever } from "../../../src/source/kafka/KafkaRetry.ts"
import { observeAttempts } from "../../retry/Attempts.ts"

const unreachable = new EventLogError({ reason: "Unreachable", detail: "Kafka host:9092: connect ECONNREFUSED" })

describe("KafkaRetry", () => {
  it.effect("at the start makes a number of attempts, logs each, and fails with that number", () =>
    Effect.gen(function* () {
      const { fiber, lines, times } = yield* observeAttempts(unreachable, (call) => Effect.flip(retryAtStart(60, call)))
      const error = yield* Effect.flatten(Fiber.join(fiber))
      assert.strictEqual(error.reason, "Unreachable")
      assert.include(error.detail, "Kafka not available after 60 attempts: host:9092: connect ECONNREFUSED")
      assert.strictEqual(times.length, 60)
      assert.strictEqual(lines.length, 60)
      assert.strictEqual(lines[0], "Kafka not available (attempt 1 of 60): host:9092: connect ECONNREFUSED")
      assert.strictEqual(lines[59], "Kafka not available (attempt 60 of 60): host:9092: connect ECONNREFUSED")
    })
  )

  it.effect("afterwards retries without an end", () =>
    Effect.gen(function* () {
      const { fiber, lines, times } = yield* observeAttempts(unreachable, (call) =>
        retryForever("Kafka not available", call)
      )
      assert.isAbove(times.length, 100)
      assert.strictEqual(lines[2], "Kafka not available (attempt 3): host:9092: connect ECONNREFUSED")
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("does not retry a failure that needs an operator", () =>
    Effect.gen(function* () {
      const refused = new EventLogError({ reason: "Unauthorized", detail: "refused" })
      assert.strictEqual(yield* Effect.flip(retryAtStart(60, Effect.fail(refused))), refused)
      assert.strictEqual(yield* Effect.flip(retryForever("x", Effect.fail(refused))), refused)
    })
  )
})
