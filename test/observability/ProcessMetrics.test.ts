import { assert, it } from "@effect/vitest"
import { Effect, Layer, Metric } from "effect"
import { TestClock } from "effect/testing"
import * as Metrics from "../../src/observability/Metrics.ts"
import { eventLoopLayer } from "../../src/observability/ProcessMetrics.ts"

it.effect("the event loop is measured ten times a second until the scope ends", () =>
  Effect.gen(function* () {
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Layer.build(eventLoopLayer)
        yield* TestClock.adjust("2 seconds")
      })
    )
    yield* TestClock.adjust("2 seconds")
    const { count, sum } = yield* Metric.value(Metrics.eventLoopLagSeconds)
    assert.deepStrictEqual([count, sum], [20, 0])
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)
