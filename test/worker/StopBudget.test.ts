import { assert, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import * as StopBudget from "../../src/worker/StopBudget.ts"

const left = ({ left }: StopBudget.StopBudget) =>
  Effect.map(Effect.all([left("flush"), left("close"), left("database")]), (phases) => phases.map(Duration.toMillis))

it.effect("the phases end at parts of SHUTDOWN_TIMEOUT, counted from the first request", () =>
  Effect.gen(function* () {
    const budget = StopBudget.make(Duration.seconds(20))
    yield* TestClock.adjust("1 minute")
    assert.deepStrictEqual(yield* left(budget), [15_000, 17_000, 19_000])
    yield* budget.begin
    yield* TestClock.adjust("10 seconds")
    yield* budget.begin
    assert.deepStrictEqual(yield* left(budget), [5_000, 7_000, 9_000])
    yield* TestClock.adjust("8 seconds")
    assert.deepStrictEqual(yield* left(budget), [0, 0, 1_000])
  })
)
