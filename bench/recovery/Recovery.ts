/**
 * Measures how long another worker needs to take tasks over. Two worker processes of one group run
 * on real servers under an even load in real time. Repeatedly, the process that owns most tasks is
 * stopped or killed.
 */
import { Clock, Console, Duration, Effect } from "effect"
import { present } from "../../src/domain/Invariant.ts"
import { statOf } from "../Proc.ts"
import { until } from "../Until.ts"
import { Pair } from "./Pair.ts"
import type { Position, Positions } from "./Positions.ts"
import { sampled } from "./Sampled.ts"
import { makeStage, surroundings } from "./Stage.ts"
import { assignments, takeovers } from "./WorkerLines.ts"

export interface RecoveryOptions {
  readonly streams: number
  readonly eventsPerSecond: number
  /** Event time in the tables at the start of the load. */
  readonly historyMs: number
  /** Time that the workers run before the first end. */
  readonly runMs: number
  /** Number of ends by each of the two signals. */
  readonly times: number
  readonly sessionTimeout: string
  /** WORKERS of each process. */
  readonly workers: number
}

export const SIGNALS = ["SIGTERM", "SIGKILL"] as const

/** One task that changed its owner. Times in ms. */
export interface Handover {
  readonly signal: (typeof SIGNALS)[number]
  /** Number of the end. Its tasks were taken over concurrently. */
  readonly end: number
  readonly task: number
  /** From the signal to the task's assignment to the other worker. */
  readonly assigned: number
  /** From the assignment until its history had been read. */
  readonly history: number
  /** From there to the first commit that advances an offset. */
  readonly replay: number
  /** From the assignment to that commit. */
  readonly recovery: number
  /** CPU time of the other worker in the meantime, for all its work. */
  readonly cpu: number
  /** Slides of history that it read. */
  readonly slides: number
  readonly records: number
}

export interface RecoveryReport {
  readonly options: RecoveryOptions
  readonly surroundings: string
  readonly handovers: ReadonlyArray<Handover>
  /** Rows in the tables at the end. */
  readonly rows: number
  /**
   * The longest time without a commit of a task that the other worker owned already, for each end.
   */
  readonly undisturbed: ReadonlyArray<number>
}

/** Time limit of a take-over. */
const PATIENCE = Duration.minutes(3)
/** A history of hours needs time. */
const FILL_PATIENCE = Duration.minutes(40)

/** The new owner's first commit that advances an offset, if it has been seen. */
const firstCommit = (
  positions: Positions,
  task: number,
  endedAtMs: number,
  epochBefore: number
): Position | undefined => {
  const changes = positions.since(task, endedAtMs).filter(({ epoch }) => epoch > epochBefore)
  const [taken] = changes
  return taken && changes.find(({ next }) => next > taken.next)
}

/** Ends the member that owns most tasks, and measures how the other takes over. */
const measureEnd = Effect.fnUntraced(function* (
  positions: Positions,
  pair: Pair,
  signal: Handover["signal"],
  end: number
) {
  const [victim, other] = pair.byTasks()
  const orphans = pair.ownedBy(victim)
  const kept = pair.ownedBy(other)
  const before = new Map(positions.now().map(({ epoch, task }) => [task, epoch]))
  const endedAtMs = yield* Clock.currentTimeMillis
  const cpuMs = yield* sampled("50 millis", () => {
    const cpu = statOf(other.process.pid)?.cpu
    return cpu === undefined ? undefined : cpu * 1000
  })
  yield* victim.process.signal(signal)
  const commitOf = (task: number) =>
    firstCommit(positions, task, endedAtMs, present(before.get(task), "an orphan has a position"))
  const allCommitted = Effect.sync(() => orphans.every((task) => commitOf(task) !== undefined))
  yield* until("a commit of every orphan", PATIENCE, allCommitted)
  const output = other.process.output()
  const handovers = orphans.map((task): Handover => {
    const commit = commitOf(task)
    const assigned = assignments(output).find(({ atMs, tasks }) => atMs >= endedAtMs && tasks.includes(task))
    const read = takeovers(output).find((line) => line.atMs >= endedAtMs && line.task === task)
    if (commit === undefined || assigned === undefined || read === undefined) {
      throw new Error(`the other worker's log lacks the take-over of task ${task}`)
    }
    return {
      signal,
      end,
      task,
      assigned: assigned.atMs - endedAtMs,
      history: read.atMs - assigned.atMs,
      replay: commit.seenAtMs - read.atMs,
      recovery: commit.seenAtMs - assigned.atMs,
      cpu: cpuMs.at(commit.seenAtMs) - cpuMs.at(assigned.atMs),
      slides: read.slides,
      records: read.records
    }
  })
  const undisturbed = kept.map((task) => {
    const times = positions.since(task, endedAtMs).map(({ seenAtMs }) => seenAtMs)
    return Math.max(0, ...times.slice(1).map((ms, index) => ms - (times[index] ?? ms)))
  })
  yield* Console.log(
    `${signal}: ${handovers.map(({ assigned, recovery, task }) => `task ${task} assigned after ${assigned} ms, committed after another ${recovery} ms`).join("; ")}`
  )
  yield* pair.replace(victim)
  return { handovers, undisturbed }
}, Effect.scoped)

export const measureRecovery = Effect.fn("measureRecovery")(function* (options: RecoveryOptions) {
  const stage = yield* makeStage(options)
  const { positions, schema, sql } = stage
  const variables = { WORKERS: String(options.workers), KAFKA_SESSION_TIMEOUT: options.sessionTimeout }
  const pair = new Pair(stage, variables, yield* Effect.scope)

  yield* Console.log(`Writing ${options.historyMs / 60_000} minutes of history`)
  const load = yield* stage.begin
  yield* pair.start
  yield* pair.upToDate(FILL_PATIENCE)
  yield* pair.start
  yield* pair.settled
  yield* Console.log(`Up to date with two workers; ${options.runMs / 60_000} minutes of running`)
  yield* Effect.sleep(options.runMs)
  yield* pair.settled

  const ends: Array<Effect.Success<ReturnType<typeof measureEnd>>> = []
  for (let round = 0; round < options.times; round++) {
    for (const signal of SIGNALS) ends.push(yield* measureEnd(positions, pair, signal, ends.length))
  }
  yield* load.stop
  const [count] = yield* sql.unsafe<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${schema}.chat_summary_minute`
  )
  const report: RecoveryReport = {
    options,
    surroundings: yield* surroundings(sql),
    handovers: ends.flatMap(({ handovers }) => handovers),
    rows: count?.rows ?? 0,
    undisturbed: ends.flatMap(({ undisturbed }) => undisturbed)
  }
  return report
}, Effect.scoped)
