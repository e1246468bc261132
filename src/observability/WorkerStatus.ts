/** How this worker is doing: told by its members, asked by the status line, the health routes and the metrics. */
import { Clock, Context, Effect, Layer, Metric } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { lagSum } from "../domain/Lag.ts"
import * as Metrics from "./Metrics.ts"
import type { Committed, Condition, Report } from "./Report.ts"
import type { Status } from "./StatusLine.ts"

export class WorkerStatus extends Context.Service<
  WorkerStatus,
  {
    /** Takes note of what a member says. Members are told apart by their number. */
    readonly tell: (member: number, report: Report) => Effect.Effect<void>
    /** What keeps the worker from its work, a line each; none = it is ready. */
    readonly problems: Effect.Effect<ReadonlyArray<string>>
    /** The state now; rates are since the call before. */
    readonly take: Effect.Effect<Status>
  }
>()("telemetra/observability/WorkerStatus") {
  static readonly layer = Layer.effect(
    WorkerStatus,
    Effect.gen(function* () {
      const checkpoints = new Map<number, Checkpoint>()
      const conditions = new Map<number, Condition>()
      const totals = { records: 0, rows: 0, moments: 0, lateEvents: 0, deadLetters: 0 }
      let taken = { atMs: yield* Clock.currentTimeMillis, records: 0 }

      /** Members mostly have the same ones. */
      const problems = (): ReadonlyArray<string> => [
        ...new Set([...conditions.values()].flatMap((condition) => condition.problems))
      ]

      const commit = Effect.fnUntraced(function* (report: Committed) {
        const { checkpoint, counts, deadLetterReasons, gaps, momentTypes, refusedRows, rows } = report
        const { sourcePartition, watermarkMs } = checkpoint
        checkpoints.set(sourcePartition, checkpoint)
        totals.records += counts.records
        totals.rows += rows
        totals.moments += momentTypes.length
        totals.lateEvents += counts.late
        totals.deadLetters += counts.deadLetters
        yield* Metric.update(Metrics.records, counts.records)
        yield* Metric.update(Metrics.events, counts.events)
        yield* Metric.update(Metrics.lateEvents, counts.late)
        yield* Metric.update(Metrics.lateChatPairs, counts.droppedChatPairs)
        yield* Metric.update(Metrics.tombstones, counts.tombstones)
        yield* Metric.update(Metrics.rows, rows)
        yield* Metric.update(Metrics.flushes, 1)
        yield* Metric.update(Metrics.gaps, gaps)
        yield* Metric.update(Metrics.refusedRows, refusedRows)
        yield* Effect.forEach(deadLetterReasons, (reason) => Metric.update(Metrics.deadLetters(reason), 1), {
          discard: true
        })
        yield* Effect.forEach(momentTypes, (type) => Metric.update(Metrics.moments(type), 1), { discard: true })
        if (Number.isFinite(watermarkMs)) {
          yield* Metric.update(Metrics.watermarkSeconds(sourcePartition), watermarkMs / 1000)
        }
      })

      const tell = (member: number, report: Report): Effect.Effect<void> =>
        Effect.suspend(() => {
          switch (report._tag) {
            case "Started":
              checkpoints.set(report.checkpoint.sourcePartition, report.checkpoint)
              return Metric.update(Metrics.tasks, checkpoints.size)
            case "Ended":
              checkpoints.delete(report.sourcePartition)
              return Effect.andThen(
                Metric.update(Metrics.tasks, checkpoints.size),
                Metric.update(Metrics.fencedFlushes, report.fenced ? 1 : 0)
              )
            case "Committed":
              return commit(report)
            case "Condition":
              conditions.set(member, report)
              return Metric.update(Metrics.ready, problems().length === 0 ? 1 : 0)
            case "Stalled":
              return Metric.update(Metrics.stalls, 1)
          }
        })

      const take = Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const seconds = (nowMs - taken.atMs) / 1000
        const eventsPerSecond = seconds > 0 ? (totals.records - taken.records) / seconds : 0
        taken = { atMs: nowMs, records: totals.records }
        const watermarks = [...checkpoints.values()].map(({ watermarkMs }) => watermarkMs)
        const lags = [...conditions.values()].map(({ lags }) => lags)
        const known = lags.filter((lag) => lag !== undefined)
        return {
          eventsPerSecond,
          lagRecords: known.length === 0 || known.length < lags.length ? undefined : lagSum(known.flat()),
          watermarkMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
          nowMs,
          rows: totals.rows,
          moments: totals.moments,
          lateEvents: totals.lateEvents,
          deadLetters: totals.deadLetters
        }
      })

      return { tell, problems: Effect.sync(problems), take }
    })
  )
}
