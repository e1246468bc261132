/**
 * The text that Prometheus scrapes: counters since the start, and gauges of the current state. Each
 * scrape collects the gauges in a new registry, so that no series outlives its task or partition.
 */
import { Clock, Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import * as Metrics from "./Metrics.ts"
import * as ProcessMetrics from "./ProcessMetrics.ts"
import { VERSION } from "./Version.ts"
import { WorkerStatus } from "./WorkerStatus.ts"

const flag = (value: boolean): number => (value ? 1 : 0)

const updateWorker = Effect.fnUntraced(function* (group: string) {
  const status = yield* WorkerStatus
  const { checkpoints, lags } = yield* status.running
  const nowMs = yield* Clock.currentTimeMillis
  yield* Metric.update(Metrics.build({ version: VERSION, node: process.versions.node }), 1)
  yield* Metric.update(Metrics.tasks, checkpoints.length)
  yield* Metric.update(Metrics.ready, flag((yield* status.readiness).every(({ ok }) => ok)))
  yield* Metric.update(Metrics.live, flag((yield* status.liveness).every(({ ok }) => ok)))
  // A task has a finite watermark from its first event to the end of its input.
  const started = checkpoints.filter(({ watermarkMs }) => Number.isFinite(watermarkMs))
  for (const { sourcePartition, watermarkMs } of started) {
    yield* Metric.update(Metrics.watermarkSeconds(sourcePartition), watermarkMs / 1000)
    yield* Metric.update(Metrics.watermarkLagSeconds(sourcePartition), (nowMs - watermarkMs) / 1000)
  }
  if (started.length > 0) {
    const least = started.reduce((least, { watermarkMs }) => Math.min(least, watermarkMs), nowMs)
    yield* Metric.update(Metrics.eventTimeLagSeconds, (nowMs - least) / 1000)
  }
  for (const { ratio, topic } of yield* status.acceptedRatios) {
    yield* Metric.update(Metrics.acceptedRatio(topic), ratio)
  }
  for (const lag of lags) yield* Metric.update(Metrics.groupLag(group, lag), lag.records)
})

/** Returns the metrics in Prometheus' text format 0.0.4. `group` is the consumer group. */
export const scrape = Effect.fn("observability.scrape")(function* (group: string) {
  const counted = yield* PrometheusMetrics.format()
  const now = yield* updateWorker(group).pipe(
    Effect.andThen(ProcessMetrics.update),
    Effect.andThen(PrometheusMetrics.format()),
    Effect.provideService(Metric.MetricRegistry, new Map())
  )
  return counted + now
})
