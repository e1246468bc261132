/**
 * Measures an outage of PostgreSQL: the worker's memory, the time to catch up, and lost or wrong
 * rows.
 */
import { Clock, Console, Duration, Effect } from "effect"
import { emptyTally, tallyLog } from "../../test/harness/WorkerLog.ts"
import { startWorker } from "../../test/harness/WorkerProcess.ts"
import { makeStage, PARTITIONS, surroundings } from "./Stage.ts"
import { type FlushSize, noteFlushes, readFlushes } from "./Flushes.ts"
import { sampled } from "./Sampled.ts"
import { residentMiB } from "../Proc.ts"
import { until } from "../Until.ts"
import { median } from "../report/Spread.ts"
import { type Recount, recount } from "./Recount.ts"

export interface OutageOptions {
  readonly workers: number
  readonly streams: number
  readonly eventsPerSecond: number
  /** Event time in the log at the worker's start. */
  readonly historyMs: number
  /** Whether the outage starts when the worker is up to date, or within the history. */
  readonly when: "up to date" | "behind"
  /** Time that the worker runs before the outage. */
  readonly steadyMs: number
  readonly outageMs: number
}

/** Flushes of a time span. */
export interface Flushed {
  readonly sizes: ReadonlyArray<FlushSize>
  readonly eventsPerSecond: number
}

export interface OutageReport {
  readonly options: OutageOptions
  readonly surroundings: string
  /**
   * MiB: median before the outage, then greatest and last in it, greatest afterwards until
   * everything was worked off.
   */
  readonly memory: {
    readonly before: number
    readonly greatest: number
    readonly final: number
    readonly greatestAfter: number
  }
  /** Unread records at the start and at the end of the outage. */
  readonly lag: { readonly before: number; readonly after: number }
  /** From PostgreSQL's return to the first commit, and until the worker was up to date. */
  readonly backMs: { readonly firstCommit: number; readonly upToDate: number }
  readonly before: Flushed
  /** Until the worker is up to date again. */
  readonly after: Flushed
  readonly complaints: ReadonlyArray<string>
  readonly recount: Recount
}

const PATIENCE = Duration.minutes(30)
/** Length of the time before the outage, for comparison. */
const BEFORE_MS = 30_000

/** Records of the last seconds are in flight. */
const IN_FLIGHT_SECONDS = 2

const untilTrue = (what: string, isSo: () => boolean) => until(what, PATIENCE, Effect.sync(isSo))

const flushedIn = (all: ReadonlyArray<FlushSize>, fromMs: number, toMs: number): Flushed => {
  const sizes = all.filter(({ doneAtMs }) => doneAtMs >= fromMs && doneAtMs < toMs)
  const records = sizes.reduce((sum, flush) => sum + flush.records, 0)
  return { sizes, eventsPerSecond: records / ((toMs - fromMs) / 1000) }
}

/** Warnings and errors by their text without numbers, with their counts. */
const complaintsOf = (output: string): ReadonlyArray<string> =>
  [...tallyLog(output, emptyTally).complaints]
    .toSorted(([, a], [, b]) => b - a)
    .map(([text, count]) => `${count} x ${text}`)

export const measureOutage = Effect.fn("measureOutage")(function* (options: OutageOptions) {
  const stage = yield* makeStage(options)
  const { environment, platform, positions, postgres, schema, sql, traffic, unread } = stage
  yield* noteFlushes(sql, schema)
  const isUpToDate = () => stage.isUpToDate(IN_FLIGHT_SECONDS)

  yield* Console.log(`WORKERS=${options.workers}: writing ${options.historyMs / 60_000} minutes of history`)
  const load = yield* stage.begin
  const worker = yield* startWorker(["run"], { ...environment, WORKERS: String(options.workers) })
  const memory = yield* sampled("1 second", () => residentMiB(worker.pid)?.now)
  if (options.when === "up to date") yield* untilTrue("the worker to be up to date", isUpToDate)
  else
    yield* untilTrue("the first commits", () => positions.now().filter(({ flush }) => flush > 0).length === PARTITIONS)
  yield* Effect.sleep(options.steadyMs)

  const goneAtMs = yield* Clock.currentTimeMillis
  const lagBefore = unread()
  const before = median(memory.since(goneAtMs - BEFORE_MS))
  yield* Console.log(`PostgreSQL goes away for ${options.outageMs / 60_000} minutes; ${lagBefore} records are unread`)
  yield* postgres.stopAtOnce
  yield* Effect.sleep(options.outageMs)
  const inOutage = {
    greatest: Math.max(...memory.since(goneAtMs)),
    final: memory.since(0).at(-1) ?? Number.NaN
  }
  const flushesBefore = new Map(positions.now().map(({ flush, task }) => [task, flush]))
  yield* postgres.start
  const backAtMs = yield* Clock.currentTimeMillis
  const lagAfter = unread()
  yield* Console.log(`PostgreSQL is back; ${lagAfter} records are unread`)
  // One that was under way when it went away may be found committed.
  yield* untilTrue("the first commits", () =>
    positions.now().every(({ flush, task }) => flush > (flushesBefore.get(task) ?? 0) + 1)
  )
  const committedAtMs = yield* Clock.currentTimeMillis
  yield* untilTrue("the backlog to be worked off", isUpToDate)
  const upToDateAtMs = yield* Clock.currentTimeMillis
  const greatestAfter = Math.max(...memory.since(backAtMs))

  yield* load.stop
  yield* untilTrue("the last records", stage.isRead)
  yield* worker.signal("SIGTERM")
  const code = yield* worker.ended
  if (code !== 0) return yield* Effect.die(new Error(`the worker ended with ${code}:\n${worker.output().slice(-3000)}`))
  const flushes = yield* readFlushes(sql, schema, worker.output())
  const report: OutageReport = {
    options,
    surroundings: yield* surroundings(sql),
    memory: { before, ...inOutage, greatestAfter },
    lag: { before: lagBefore, after: lagAfter },
    backMs: { firstCommit: committedAtMs - backAtMs, upToDate: upToDateAtMs - backAtMs },
    before: flushedIn(flushes, goneAtMs - BEFORE_MS, goneAtMs),
    after: flushedIn(flushes, backAtMs, upToDateAtMs),
    complaints: complaintsOf(worker.output()),
    recount: yield* recount(sql, schema, platform, traffic.written())
  }
  return report
}, Effect.scoped)
