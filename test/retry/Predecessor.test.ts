import { assert, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Ref } from "effect"
import { TestClock } from "effect/testing"
import { afterPredecessor } from "../../src/retry/Predecessor.ts"
import { EmbeddedPostgresError } from "../../src/embedded/EmbeddedPostgresError.ts"

const WITHIN = Duration.seconds(20)

/**
 * A start that fails with these reasons, one an attempt, and succeeds after them. Counts its
 * attempts.
 */
const failing = (...reasons: ReadonlyArray<EmbeddedPostgresError["reason"]>) =>
  Effect.gen(function* () {
    const attempts = yield* Ref.make(0)
    const start = Effect.gen(function* () {
      const reason = reasons[yield* Ref.getAndUpdate(attempts, (before) => before + 1)]
      if (reason !== undefined) return yield* new EmbeddedPostgresError({ reason, detail: "" })
    })
    const fiber = yield* Effect.forkChild(
      Effect.result(afterPredecessor(start, ({ reason }) => reason === "InUse", WITHIN))
    )
    return { attempts, fiber }
  })

it.effect("a start waits until the worker before has freed what it holds", () =>
  Effect.gen(function* () {
    const { attempts, fiber } = yield* failing("InUse", "InUse", "InUse")
    yield* TestClock.adjust("5 seconds")
    assert.strictEqual((yield* Fiber.join(fiber))._tag, "Success")
    assert.strictEqual(yield* Ref.get(attempts), 4)
  })
)

it.effect("a start fails if it is still held after the longest stop", () =>
  Effect.gen(function* () {
    const { fiber } = yield* failing(...Array.from({ length: 1000 }, () => "InUse" as const))
    yield* TestClock.adjust("15 seconds")
    assert.isUndefined(fiber.pollUnsafe())
    yield* TestClock.adjust("6 seconds")
    const result = yield* Fiber.join(fiber)
    assert.strictEqual(result._tag === "Failure" && result.failure.reason, "InUse")
  })
)

it.effect("another failure ends the start at once, also while it waits", () =>
  Effect.gen(function* () {
    for (const reasons of [["Unwritable"], ["InUse", "Unwritable"]] as const) {
      const { attempts, fiber } = yield* failing(...reasons)
      yield* TestClock.adjust("1 second")
      const result = yield* Fiber.join(fiber)
      assert.strictEqual(result._tag === "Failure" && result.failure.reason, "Unwritable")
      assert.strictEqual(yield* Ref.get(attempts), reasons.length)
    }
  })
)
