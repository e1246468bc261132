import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Logger } from "effect"
import { TestClock } from "effect/testing"
import { OnRetry } from "../../src/retry/Retry.ts"
import { EventLogError } from "../../src/source/EventLog.ts"
import { atStart, untilAvailable } from "../../src/source/kafka/Attempts.ts"

const away = new EventLogError({ reason: "Unreachable", detail: "Kafka host:9092: connect ECONNREFUSED" })

/** Runs it to its end under the test clock; gives its exit, the log lines, and the times of the calls. */
const observe = <A>(make: (calls: Effect.Effect<never, EventLogError>) => Effect.Effect<A, EventLogError>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const times: Array<number> = []
    const failing = Effect.gen(function* () {
      times.push(yield* Clock.currentTimeMillis)
      return yield* away
    })
    const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
    const fiber = yield* make(failing).pipe(
      Effect.provide(Logger.layer([logger])),
      Effect.exit,
      Effect.forkChild({ startImmediately: true })
    )
    yield* TestClock.adjust("10 minutes")
    return { fiber, lines, times }
  })

describe("Attempts", () => {
  it.effect("at the start: so many attempts, a line each, then one failure that says so", () =>
    Effect.gen(function* () {
      const { fiber, lines, times } = yield* observe((failing) => Effect.flip(atStart(60, failing)))
      const error = yield* Effect.flatten(Fiber.join(fiber))
      assert.strictEqual(error.reason, "Unreachable")
      assert.include(error.detail, "Kafka not available after 60 attempts: host:9092: connect ECONNREFUSED")
      assert.strictEqual(times.length, 60)
      assert.strictEqual(lines.length, 60)
      assert.strictEqual(lines[0], "Kafka not available (attempt 1 of 60): host:9092: connect ECONNREFUSED")
      assert.strictEqual(lines[59], "Kafka not available (attempt 60 of 60): host:9092: connect ECONNREFUSED")
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
      assert.isAtMost(Math.max(...pauses), 5_000)
      assert.isBelow(pauses[0] ?? 0, 1_000)
    })
  )

  it.effect("afterwards: without an end", () =>
    Effect.gen(function* () {
      const { fiber, lines, times } = yield* observe((failing) => untilAvailable("Kafka not available", failing))
      assert.isAbove(times.length, 100)
      assert.strictEqual(lines[2], "Kafka not available (attempt 3): host:9092: connect ECONNREFUSED")
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("told of one by one, the last failure left out: nothing follows it", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const { times } = yield* observe((failing) => Effect.flip(atStart(3, failing))).pipe(
        Effect.provideService(OnRetry, ({ message }) => Effect.sync(() => told.push(message)))
      )
      assert.strictEqual(times.length, 3)
      assert.deepStrictEqual(told, [away.message, away.message])
    })
  )

  it.effect("never for what waiting won't cure", () =>
    Effect.gen(function* () {
      const refused = new EventLogError({ reason: "Unauthorized", detail: "refused" })
      assert.strictEqual(yield* Effect.flip(atStart(60, Effect.fail(refused))), refused)
      assert.strictEqual(yield* Effect.flip(untilAvailable("x", Effect.fail(refused))), refused)
    })
  )
})
