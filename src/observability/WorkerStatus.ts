/** How this worker is doing: told by its members, asked by the status line, the health routes and the metrics. */
import { Clock, Context, Deferred, Duration, Effect, Layer, Metric } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { BEFORE_ALL } from "../domain/EventTime.ts"
import { type Counts, CUTS } from "../domain/Flush.ts"
import { type InputLag, lagSum } from "../domain/Lag.ts"
import { partitionKey } from "../domain/TopicPartition.ts"
import { type Check, MemberHealth, problemsOf } from "./MemberHealth.ts"
import * as Metrics from "./Metrics.ts"
import type { Committed, Report } from "./Report.ts"
import type { Status } from "./StatusLine.ts"
import { type Change, Traffic } from "./Traffic.ts"

/** Members tell how they are every few seconds: whoever is silent for less may just be slow. */
const LEAST_PATIENCE_MS = 30_000

/** What the worker runs, as far as it is known now. */
export interface Running {
  /** Where its tasks stand. */
  readonly checkpoints: ReadonlyArray<Checkpoint>
  /** Of the inputs of these tasks; those are left out of which the log has not told. */
  readonly lags: ReadonlyArray<InputLag>
}

export class WorkerStatus extends Context.Service<
  WorkerStatus,
  {
    /** Takes note of what a member says. Members are told apart by their number. */
    readonly tell: (member: number, report: Report) => Effect.Effect<void>
    /** Whether it gets on, or waits for what will come. One is not ok = only another start helps. */
    readonly liveness: Effect.Effect<ReadonlyArray<Check>>
    /** Whether it works: besides being alive it reads all that it should, what it reads gets through, and the store answers. All are ok = it is ready. */
    readonly readiness: Effect.Effect<ReadonlyArray<Check>>
    /** Marks the worker as stopping: it is no longer ready, and every live stream to a client ends. Idempotent. */
    readonly stop: Effect.Effect<void>
    /** Completes when the worker begins to stop. */
    readonly stopping: Effect.Effect<void>
    /** What an operator has to know, a line each: what keeps the worker from being ready, then what leaves it ready. */
    readonly problems: Effect.Effect<ReadonlyArray<string>>
    /** Accepted share of the last records of each topic, 0 to 1. */
    readonly acceptedRatios: Effect.Effect<ReturnType<Traffic["ratios"]>>
    readonly running: Effect.Effect<Running>
    /** The state now; rates are since the call before. */
    readonly take: Effect.Effect<Status>
  }
>()("telemetra/observability/WorkerStatus") {
  /** What a member does not do within twice `livenessTimeout` it won't do any more: after that time it has tried by itself to begin anew. */
  static readonly layer = ({ livenessTimeout }: { readonly livenessTimeout: Duration.Duration }) =>
    Layer.effect(
      WorkerStatus,
      Effect.gen(function* () {
        yield* Metrics.startAtZero
        const patienceMs = Math.max(2 * Duration.toMillis(livenessTimeout), LEAST_PATIENCE_MS)
        /** By the task's number, with the member that runs it. */
        const tasks = new Map<number, { readonly member: number; readonly checkpoint: Checkpoint }>()
        const members = new Map<number, MemberHealth>()
        const traffic = new Traffic()
        /** Notices of members that the log has reported. */
        const logged = new Set<string>()
        const totals = { records: 0, rows: 0, moments: 0, lateEvents: 0, deadLetters: 0 }
        const cut = { cutEvents: 0, cutEmotes: 0, cutChatters: 0 }
        let cutLoggedMs = Number.NEGATIVE_INFINITY
        const stopping = Deferred.makeUnsafe<void>()
        let taken = { atMs: yield* Clock.currentTimeMillis, records: 0 }

        const memberOf = (number: number, nowMs: number): MemberHealth => {
          const health = members.get(number) ?? new MemberHealth(`member ${number}`, patienceMs, nowMs)
          members.set(number, health)
          return health
        }

        /** Logs what was cut, at most once a minute. */
        const logCut = Effect.fnUntraced(function* (counts: Counts) {
          for (const name of CUTS) cut[name] += counts[name]
          const nowMs = yield* monotonicMs
          if (CUTS.every((name) => cut[name] === 0) || nowMs - cutLoggedMs < CUT_LOG_INTERVAL_MS) return
          cutLoggedMs = nowMs
          yield* Effect.logWarning(
            `Cut ${cut.cutEvents} events, ${cut.cutEmotes} emotes and ${cut.cutChatters} chatters that exceed the limits of an event or a pane: ` +
              "rows do not count them; check for a producer that sends made-up names (docs/SEMANTICS.md, Limits)"
          )
          for (const name of CUTS) cut[name] = 0
        })

        const commit = Effect.fnUntraced(function* (report: Committed) {
          const {
            counts,
            deadLetterReasons,
            droppedDeadLetters,
            gaps,
            inputs,
            momentTypes,
            refusal,
            refusedRows,
            rows,
            tookMs
          } = report
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
          yield* Effect.forEach(CUTS, (name) => Metric.update(Metrics.cut(name), counts[name]), { discard: true })
          yield* logCut(counts)
          yield* Metric.update(Metrics.rows, rows)
          yield* Metric.update(Metrics.flushes, 1)
          yield* Metric.update(Metrics.flushSeconds, tookMs / 1000)
          yield* Metric.update(Metrics.flushRows, rows)
          yield* Metric.update(Metrics.gaps, gaps)
          yield* Metric.update(Metrics.refusedRows, refusedRows)
          yield* Metric.update(Metrics.droppedDeadLetters, droppedDeadLetters)
          yield* Effect.forEach(deadLetterReasons, (reason) => Metric.update(Metrics.deadLetters(reason), 1), {
            discard: true
          })
          yield* Effect.forEach(momentTypes, (type) => Metric.update(Metrics.moments(type), 1), { discard: true })
          yield* logChanges([...traffic.read(inputs), ...traffic.wrote(rows, refusedRows, refusal)])
        })

        /** Forgets what belongs to a task that this member ran. */
        const end = (member: number, sourcePartition: number): void => {
          const task = tasks.get(sourcePartition)
          // another member may have it already
          if (task?.member !== member) return
          tasks.delete(sourcePartition)
          for (const { partition, topic } of task.checkpoint.inputs) traffic.lost(topic, partition)
        }

        const takeNote = (member: number, report: Report): Effect.Effect<void> => {
          switch (report._tag) {
            case "Started":
              tasks.set(report.checkpoint.sourcePartition, { member, checkpoint: report.checkpoint })
              return Effect.void
            case "Committed":
              tasks.set(report.checkpoint.sourcePartition, { member, checkpoint: report.checkpoint })
              return commit(report)
            case "Ended":
              end(member, report.sourcePartition)
              return Metric.update(Metrics.fencedFlushes, report.fenced ? 1 : 0)
            case "Assigned":
              return Metric.update(Metrics.rebalances, 1)
            case "Retrying":
              return Metric.update(Metrics.retries(report.service), 1)
            case "Stalled":
              return Metric.update(Metrics.stalls, 1)
            case "Starting":
            case "Condition":
              return Effect.void
          }
        }

        const tell = Effect.fnUntraced(function* (member: number, report: Report) {
          const nowMs = yield* monotonicMs
          memberOf(member, nowMs).told(report, nowMs)
          yield* takeNote(member, report)
          if (report._tag === "Condition") yield* logNotices(memberNotices(nowMs))
        })

        const memberNotices = (nowMs: number): ReadonlyArray<string> =>
          [...members.values()].flatMap((member) => member.notices(nowMs))

        /** Logs each notice once while it lasts. */
        const logNotices = Effect.fnUntraced(function* (notices: ReadonlyArray<string>) {
          for (const notice of logged) if (!notices.includes(notice)) logged.delete(notice)
          for (const notice of notices) {
            if (logged.has(notice)) continue
            logged.add(notice)
            yield* Effect.logWarning(notice)
          }
        })

        const liveness = Effect.map(monotonicMs, (nowMs) =>
          [...members.values()].flatMap((member) => member.liveness(nowMs))
        )

        const readiness = Effect.map(liveness, (checks): ReadonlyArray<Check> => {
          if (Deferred.isDoneUnsafe(stopping)) return [{ name: "stop", ok: false, detail: "stopping" }]
          return members.size === 0
            ? [{ name: "start", ok: false, detail: "starting" }]
            : [...[...members.values()].flatMap((member) => member.readiness()), ...traffic.checks(), ...checks]
        })

        const problems = Effect.gen(function* () {
          const notices = [...traffic.notices(), ...memberNotices(yield* monotonicMs)]
          return [...problemsOf(yield* readiness), ...notices]
        })

        /** Of each member; `undefined` while the log doesn't tell it. */
        const lagsByMember = () => [...members.values()].map(({ condition }) => condition?.lags)

        const running = Effect.sync((): Running => {
          const checkpoints = [...tasks.values()].map(({ checkpoint }) => checkpoint)
          const inputs = new Set(checkpoints.flatMap((checkpoint) => checkpoint.inputs.map(partitionKey)))
          return {
            checkpoints,
            // a member tells those of tasks too that it has lost
            lags: lagsByMember().flatMap((lags) => lags?.filter((lag) => inputs.has(partitionKey(lag))) ?? [])
          }
        })

        const take = Effect.gen(function* () {
          const nowMs = yield* Clock.currentTimeMillis
          const seconds = (nowMs - taken.atMs) / 1000
          const eventsPerSecond = seconds > 0 ? (totals.records - taken.records) / seconds : 0
          taken = { atMs: nowMs, records: totals.records }
          const watermarks = [...tasks.values()]
            .map(({ checkpoint }) => checkpoint.watermarkMs)
            .filter((watermarkMs) => watermarkMs !== BEFORE_ALL)
          const lags = lagsByMember()
          const known = lags.filter((lag) => lag !== undefined)
          return {
            eventsPerSecond,
            lagRecords: known.length === 0 || known.length < lags.length ? undefined : lagSum(known.flat()),
            watermarkMs: watermarks.length === 0 ? undefined : Math.min(...watermarks),
            tasks: tasks.size,
            tasksWithoutWatermark: tasks.size - watermarks.length,
            nowMs,
            rows: totals.rows,
            moments: totals.moments,
            lateEvents: totals.lateEvents,
            deadLetters: totals.deadLetters
          }
        })

        return {
          tell,
          readiness,
          liveness,
          stop: Effect.asVoid(Deferred.succeed(stopping, undefined)),
          stopping: Deferred.await(stopping),
          problems,
          acceptedRatios: Effect.sync(() => traffic.ratios()),
          running,
          take
        }
      })
    )
}

const logChanges = (changes: ReadonlyArray<Change>): Effect.Effect<void> =>
  Effect.forEach(changes, ({ level, line }) => (level === "warning" ? Effect.logWarning(line) : Effect.logInfo(line)), {
    discard: true
  })

const CUT_LOG_INTERVAL_MS = 60_000

const monotonicMs = Effect.map(Clock.monotonicTimeNanos, (nanos) => Number(nanos) / 1e6)
