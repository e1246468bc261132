import { assert, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { after, both, check, doubtful, fine, wrong } from "../../src/doctor/Check.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { exitCodeOf } from "../../src/terminal/ExitCodes.ts"
import { DoctorError } from "../../src/cli/Doctor.ts"
import { ResultStoreError } from "../../src/sink/ResultStore.ts"

it.effect("a check that depends on a failed one is skipped, and reports that", () =>
  Effect.gen(function* () {
    const base = yield* check("base", undefined, Effect.succeed(wrong("broken", "mend it", ExitCode.config)))
    const next = yield* after(base, "next", undefined, () => Effect.die("looked at"))
    const last = yield* after(next, "last", undefined, () => Effect.die("looked at"))
    assert.deepStrictEqual(
      [base, next, last].map(({ finding: { found, status } }) => `${status}: ${found}`),
      ["failure: broken", "skipped: not checked: base", "skipped: not checked: next"]
    )
  })
)

it.effect("what builds on two names the one that is missing", () =>
  Effect.gen(function* () {
    const good = yield* check("good", undefined, Effect.succeed(doubtful("so so", "look", 7)))
    const bad = yield* check("bad", undefined, Effect.succeed(wrong("broken", undefined, ExitCode.config)))
    const seen = yield* after(both(good, good), "fine", undefined, ([a, b]) => Effect.succeed(fine("sum", a + b)))
    assert.deepStrictEqual(seen.value, { of: 14 })
    const first = yield* after(both(bad, good), "none", undefined, () => Effect.die("looked at"))
    const second = yield* after(both(good, bad), "none", undefined, () => Effect.die("looked at"))
    assert.strictEqual(first.finding.found, "not checked: bad")
    assert.strictEqual(second.finding.found, "not checked: bad")
  })
)

const of = (error: unknown) =>
  Effect.map(check("x", "start it", Effect.fail(error)), ({ finding: { exitCode, found, remedy } }) => [
    exitCode,
    found,
    remedy
  ])

it.effect("errors and defects are findings; only what can't be reached gets the remedy for that", () =>
  Effect.gen(function* () {
    const refused = new ResultStoreError({ reason: "Unauthorized", detail: "wrong password: correct it" })
    const away = new ResultStoreError({ reason: "Unreachable", detail: "nobody there" })
    assert.deepStrictEqual(yield* of(refused), [77, "wrong password: correct it", undefined])
    assert.deepStrictEqual(yield* of(away), [69, "nobody there", "start it"])
    const { finding } = yield* check("x", undefined, Effect.die(new TypeError("oh")))
    assert.deepStrictEqual([finding.status, finding.found, finding.exitCode], ["failure", "oh", 1])
  })
)

it.effect("what does not answer is a failure, after a bounded time", () =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(check("x", "start it", Effect.never))
    yield* TestClock.adjust("10 seconds")
    const { finding } = yield* Fiber.join(fiber)
    assert.deepStrictEqual([finding.status, finding.exitCode, finding.remedy], ["failure", 69, "start it"])
  })
)

it("the process ends with what run would end with", () => {
  assert.strictEqual(exitCodeOf(new DoctorError({ detail: "1 failure", exitCode: 73 })), 73)
})
