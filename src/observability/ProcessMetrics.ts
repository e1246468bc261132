/** Metrics that Node reports about the process, named as in Prometheus' own client libraries. */
import { memoryUsage, resourceUsage, uptime } from "node:process"
import { Clock, Effect, Layer, Metric } from "effect"
import * as Metrics from "./Metrics.ts"

/** Updates the gauges of the process. */
export const update = Effect.gen(function* () {
  const nowMs = yield* Clock.currentTimeMillis
  const { userCPUTime, systemCPUTime } = resourceUsage()
  const { external, heapTotal, heapUsed, rss } = memoryUsage()
  yield* Metric.update(Metrics.cpuSeconds, (userCPUTime + systemCPUTime) / 1e6)
  yield* Metric.update(Metrics.startTimeSeconds, nowMs / 1000 - uptime())
  yield* Metric.update(Metrics.residentBytes, rss)
  yield* Metric.update(Metrics.heapSizeBytes, heapTotal)
  yield* Metric.update(Metrics.heapUsedBytes, heapUsed)
  yield* Metric.update(Metrics.externalBytes, external)
})

const PERIOD_MS = 100

/** Measures the delay of the event loop during the layer's life. */
export const eventLoopLayer = Layer.effectDiscard(
  Effect.gen(function* () {
    const startedAt = yield* Clock.monotonicTimeNanos
    yield* Effect.sleep(PERIOD_MS)
    const lateMs = Number((yield* Clock.monotonicTimeNanos) - startedAt) / 1e6 - PERIOD_MS
    yield* Metric.update(Metrics.eventLoopLagSeconds, Math.max(0, lateMs) / 1000)
  }).pipe(Effect.forever, Effect.forkScoped)
)
