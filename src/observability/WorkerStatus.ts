/**
 * The status of this worker. Its members report to it. The status line, the health routes and the
 * metrics read it.
 */
import { Clock, Context, Deferred, Duration, Effect, Layer, Metric } from "effect"
import type { Collecting } from "./Collecting.ts"
import { CutLog, countFlush } from "./FlushMetrics.ts"
import type { Check } from "./MemberHealth.ts"
import * as Metrics from "./Metrics.ts"
import type { Committed, Report } from "./Report.ts"
import type { Status } from "./StatusLine.ts"
import type { Traffic } from "./Traffic.ts"
import { type Running, WorkerState } from "./WorkerState.ts"

/** Members report every few seconds. A shorter silence may only mean that a member is slow. */
const LEAST_PATIENCE_MS = 30_000

export class WorkerStatus extends Context.Service<
  WorkerStatus,
  {
    /** Records a report of the member with that number. */
    readonly record: (member: number, report: Report) => Effect.Effect<void>
    /**
     * Whether every member makes progress or waits for input. If a check fails, only a restart
     * helps.
     */
    readonly liveness: Effect.Effect<ReadonlyArray<Check>>
    /**
     * Whether the worker is ready: it is live, it reads all its inputs, their records are accepted,
     * and the store responds.
     */
    readonly readiness: Effect.Effect<ReadonlyArray<Check>>
    /**
     * Marks the worker as stopping: it is no longer ready, and its live streams end. Idempotent.
     */
    readonly stop: Effect.Effect<void>
    /** Completes when the worker begins to stop. */
    readonly stopping: Effect.Effect<void>
    /**
     * Problems for operators, one line each: first failed checks, then problems that leave it
     * ready.
     */
    readonly problems: Effect.Effect<ReadonlyArray<string>>
    /** Accepted share of the last records of each topic, 0 to 1. */
    readonly acceptedRatios: Effect.Effect<ReturnType<Traffic["ratios"]>>
    readonly running: Effect.Effect<Running>
    /** Follows a collector: its problems become problems of this worker that leave it ready. */
    readonly follow: (collector: () => Collecting) => Effect.Effect<void>
    /** The public chat that the process collects; `undefined` = none. */
    readonly collecting: Effect.Effect<Collecting | undefined>
    /** Returns the current status. Its rates cover the time since the previous call. */
    readonly take: Effect.Effect<Status>
  }
>()("telemetra/observability/WorkerStatus") {
  /**
   * A member that makes no progress for twice `livenessTimeout` needs a restart: after one timeout
   * it has already restarted its reading by itself.
   */
  static readonly layer = ({ livenessTimeout }: { readonly livenessTimeout: Duration.Duration }) =>
    Layer.effect(
      WorkerStatus,
      Effect.gen(function* () {
        yield* Metrics.startAtZero
        const patienceMs = Math.max(2 * Duration.toMillis(livenessTimeout), LEAST_PATIENCE_MS)
        const state = new WorkerState(patienceMs, yield* Clock.currentTimeMillis)
        const cutLog = new CutLog()
        const logNotices = noticeLogger()
        const stopping = Deferred.makeUnsafe<void>()
        let collector: (() => Collecting) | undefined
        const readinessAt = (nowMs: number): ReadonlyArray<Check> => {
          if (Deferred.isDoneUnsafe(stopping)) return [{ name: "stop", ok: false, detail: "stopping" }]
          return state.readiness(nowMs)
        }
        return {
          record: Effect.fnUntraced(function* (member: number, report: Report) {
            const nowMs = yield* monotonicMs
            state.record(member, report, nowMs)
            yield* countReport(report)
            if (report._tag === "Committed") yield* logFlush(state, cutLog, report, nowMs)
            if (report._tag === "Condition") yield* logNotices(state.memberNotices(nowMs))
          }),
          readiness: Effect.map(monotonicMs, readinessAt),
          liveness: Effect.map(monotonicMs, (nowMs) => state.liveness(nowMs)),
          stop: Effect.asVoid(Deferred.succeed(stopping, undefined)),
          stopping: Deferred.await(stopping),
          problems: Effect.map(monotonicMs, (nowMs) => [
            ...state.problems(readinessAt(nowMs), nowMs),
            ...(collector?.().problems ?? [])
          ]),
          acceptedRatios: Effect.sync(() => state.acceptedRatios()),
          running: Effect.sync(() => state.running()),
          follow: (followed) => Effect.sync(() => void (collector = followed)),
          collecting: Effect.sync(() => collector?.()),
          take: Effect.map(Clock.currentTimeMillis, (nowMs) => state.status(nowMs))
        }
      })
    )
}

const countReport = (report: Report): Effect.Effect<void> => {
  switch (report._tag) {
    case "Committed":
      return countFlush(report)
    case "Ended":
      return Metric.update(Metrics.fencedFlushes, report.fenced ? 1 : 0)
    case "Assigned":
      return Metric.update(Metrics.rebalances, 1)
    case "Retrying":
      return Metric.update(Metrics.retries(report.service), 1)
    case "Stalled":
      return Metric.update(Metrics.stalls, 1)
    case "Started":
    case "Starting":
    case "Condition":
      return Effect.void
  }
}

const logFlush = Effect.fnUntraced(function* (state: WorkerState, cutLog: CutLog, flush: Committed, nowMs: number) {
  const cut = cutLog.add(flush.counts, nowMs)
  if (cut !== undefined) yield* Effect.logWarning(cut)
  for (const { level, line } of state.count(flush)) {
    yield* level === "warning" ? Effect.logWarning(line) : Effect.logInfo(line)
  }
})

/** Logs each notice once while it lasts. */
const noticeLogger = () => {
  let logged: ReadonlyArray<string> = []
  return Effect.fnUntraced(function* (notices: ReadonlyArray<string>) {
    const fresh = notices.filter((notice) => !logged.includes(notice))
    logged = notices
    for (const notice of fresh) yield* Effect.logWarning(notice)
  })
}

const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
