/** How this worker is doing: told of every durable flush, asked by the status line, the health routes and the metrics. */
import { Clock, Context, Effect, Layer, Metric } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { AFTER_ALL } from "../domain/EventTime.ts"
import type { Flush } from "../domain/Flush.ts"
import * as Metrics from "./Metrics.ts"
import type { Status } from "./StatusLine.ts"

export class WorkerStatus extends Context.Service<
  WorkerStatus,
  {
    /** Takes note of a task that this worker has taken over, and where it stands. */
    readonly started: (checkpoint: Checkpoint) => Effect.Effect<void>
    /** Takes note of a task that this worker no longer runs. */
    readonly ended: (sourcePartition: number, fenced: boolean) => Effect.Effect<void>
    /** Takes note of a flush that is durable. */
    readonly committed: (flush: Flush, refusedRows: number) => Effect.Effect<void>
    /** The lag in records over all tasks, `undefined` while the log doesn't say. */
    readonly lag: (records: number | undefined) => Effect.Effect<void>
    /** The last checkpoint of every task. */
    readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>>
    /** The state now; rates are since the call before. */
    readonly take: Effect.Effect<Status>
  }
>()("telemetra/observability/WorkerStatus") {
  static readonly layer = Layer.effect(
    WorkerStatus,
    Effect.gen(function* () {
      const checkpoints = new Map<number, Checkpoint>()
      const totals = { records: 0, rows: 0, moments: 0, lateEvents: 0, deadLetters: 0 }
      let lagRecords: number | undefined
      let taken = { atMs: yield* Clock.currentTimeMillis, records: 0 }

      const committed = Effect.fnUntraced(function* ({ checkpoint, ...flush }: Flush, refusedRows: number) {
        const { sourcePartition, watermarkMs } = checkpoint
        checkpoints.set(sourcePartition, checkpoint)
        // A moment is told with every window that it lasts: new is one that ends with its first window.
        const opened = flush.moments.filter(
          ({ endedAtMs, timestampMs }) => endedAtMs === timestampMs + checkpoint.window.slideMs
        )
        totals.records += flush.status.records
        totals.rows += flush.rows.length
        totals.moments += opened.length
        totals.lateEvents += flush.status.late
        totals.deadLetters += flush.status.deadLetters
        yield* Metric.update(Metrics.records, flush.status.records)
        yield* Metric.update(Metrics.events, flush.status.events)
        yield* Metric.update(Metrics.lateEvents, flush.status.late)
        yield* Metric.update(Metrics.lateChatPairs, flush.status.droppedChatPairs)
        yield* Metric.update(Metrics.tombstones, flush.status.tombstones)
        yield* Metric.update(Metrics.gaps, flush.gaps.filter(({ eventsToMs }) => eventsToMs === AFTER_ALL).length)
        yield* Metric.update(Metrics.rows, flush.rows.length)
        yield* Metric.update(Metrics.flushes, 1)
        yield* Metric.update(Metrics.refusedRows, refusedRows)
        yield* Effect.forEach(flush.deadLetters, ({ reason }) => Metric.update(Metrics.deadLetters(reason), 1), {
          discard: true
        })
        yield* Effect.forEach(opened, ({ type }) => Metric.update(Metrics.moments(type), 1), { discard: true })
        if (Number.isFinite(watermarkMs)) {
          yield* Metric.update(Metrics.watermarkSeconds(sourcePartition), watermarkMs / 1000)
        }
      })

      const take = Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const seconds = (nowMs - taken.atMs) / 1000
        const eventsPerSecond = seconds > 0 ? (totals.records - taken.records) / seconds : 0
        taken = { atMs: nowMs, records: totals.records }
        const watermarks = [...checkpoints.values()].map(({ watermarkMs }) => watermarkMs)
        return {
          eventsPerSecond,
          lagRecords,
          watermarkMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
          nowMs,
          rows: totals.rows,
          moments: totals.moments,
          lateEvents: totals.lateEvents,
          deadLetters: totals.deadLetters
        }
      })

      return {
        started: (checkpoint) => Effect.sync(() => checkpoints.set(checkpoint.sourcePartition, checkpoint)),
        ended: (sourcePartition, fenced) =>
          Effect.suspend(() => {
            checkpoints.delete(sourcePartition)
            return fenced ? Metric.update(Metrics.fencedFlushes, 1) : Effect.void
          }),
        committed,
        lag: (records) => Effect.sync(() => (lagRecords = records)),
        checkpoints: Effect.sync(() => [...checkpoints.values()]),
        take
      }
    })
  )
}
