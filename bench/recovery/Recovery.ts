/**
 * Measures how long another worker needs to take tasks over. Two worker processes of one group run
 * on real servers under an even load in real time. Repeatedly, the process that owns most tasks is
 * stopped or killed.
 */
import { Clock, Console, Duration, Effect, Exit, Scope } from "effect"
import { startWorker, type WorkerProcess } from "../../test/harness/WorkerProcess.ts"
import { statOf } from "../Proc.ts"
import { watchPositions } from "./Positions.ts"
import { sampled } from "./Sampled.ts"
import { makeStage, PARTITIONS, surroundings } from "./Stage.ts"
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

const PATIENCE = Duration.minutes(3)
/** A history of hours needs time. */
const FILL_PATIENCE = Duration.minutes(40)
/** Time between one end and the next. */
const CALM = "10 seconds"

const until = (what: string, patience: Duration.Duration, probe: () => boolean) =>
  Effect.gen(function* () {
    while (!probe()) yield* Effect.sleep("100 millis")
  }).pipe(
    Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.die(new Error(`still waiting for ${what}`)) })
  )

interface Member {
  readonly process: WorkerProcess
  readonly scope: Scope.Closeable
}

export const measureRecovery = Effect.fn("measureRecovery")(function* (options: RecoveryOptions) {
  const stage = yield* makeStage(options)
  const { environment, schema, sql, traffic } = stage
  const positions = yield* watchPositions(sql, schema)

  const whole = yield* Effect.scope
  const start = Effect.gen(function* () {
    const scope = yield* Scope.fork(whole)
    const process = yield* startWorker(["run"], {
      ...environment,
      WORKERS: String(options.workers),
      KAFKA_SESSION_TIMEOUT: options.sessionTimeout
    }).pipe(Scope.provide(scope))
    return { process, scope }
  })
  const ownedBy = ({ process }: Member) =>
    positions.now().flatMap(({ owner, task }) => (owner.split(":")[1] === String(process.pid) ? [task] : []))
  const lag = () => {
    const { chat, viewer } = traffic.written()
    return (chat + viewer) * PARTITIONS - positions.now().reduce((sum, { next }) => sum + next, 0)
  }
  /** Records of the last three seconds are in flight. */
  const isUpToDate = () => positions.now().length === PARTITIONS && lag() < 3 * options.eventsPerSecond
  const members: Array<Member> = []
  const settled = Effect.gen(function* () {
    yield* until("each worker to own a task", PATIENCE, () => members.every((member) => ownedBy(member).length > 0))
    yield* until("the workers to be up to date", PATIENCE, isUpToDate)
    yield* Effect.sleep(CALM)
    yield* until("the workers to be up to date", PATIENCE, isUpToDate)
  })

  yield* Console.log(`Writing ${options.historyMs / 60_000} minutes of history`)
  const load = yield* stage.begin
  members.push(yield* start)
  yield* until("the history to be in the tables", FILL_PATIENCE, isUpToDate)
  members.push(yield* start)
  yield* settled
  yield* Console.log(`Up to date with two workers; ${options.runMs / 60_000} minutes of running`)
  yield* Effect.sleep(options.runMs)

  const handovers: Array<Handover> = []
  const undisturbed: Array<number> = []

  /** Ends the member that owns most tasks, and measures how the other takes over. */
  const end = Effect.fnUntraced(function* (signal: Handover["signal"], number: number) {
    const [victim, other] = members.toSorted((a, b) => ownedBy(b).length - ownedBy(a).length)
    if (victim === undefined || other === undefined) return yield* Effect.die(new Error("two workers are needed"))
    const orphans = ownedBy(victim)
    const kept = ownedBy(other)
    const before = new Map(positions.now().map((position) => [position.task, position]))
    const endedAtMs = yield* Clock.currentTimeMillis
    const cpuMs = yield* sampled("50 millis", () => {
      const cpu = statOf(other.process.pid)?.cpu
      return cpu === undefined ? undefined : cpu * 1000
    })
    yield* victim.process.signal(signal)

    /** The new owner's first commit that advances an offset. */
    const firstCommit = (task: number) => {
      const changes = positions.since(task, endedAtMs).filter(({ epoch }) => epoch > (before.get(task)?.epoch ?? 0))
      const [taken] = changes
      return changes.find(({ next }) => next > (taken?.next ?? 0))
    }
    yield* until("a commit of every orphan", PATIENCE, () => orphans.every((task) => firstCommit(task) !== undefined))
    const output = other.process.output()
    for (const task of orphans) {
      const commit = firstCommit(task)
      const assigned = assignments(output).find(({ atMs, tasks }) => atMs >= endedAtMs && tasks.includes(task))
      const read = takeovers(output).find((line) => line.atMs >= endedAtMs && line.task === task)
      if (commit === undefined || assigned === undefined || read === undefined) {
        return yield* Effect.die(new Error(`the other worker's log lacks the take-over of task ${task}`))
      }
      handovers.push({
        signal,
        end: number,
        task,
        assigned: assigned.atMs - endedAtMs,
        history: read.atMs - assigned.atMs,
        replay: commit.seenAtMs - read.atMs,
        recovery: commit.seenAtMs - assigned.atMs,
        cpu: cpuMs.at(commit.seenAtMs) - cpuMs.at(assigned.atMs),
        slides: read.slides,
        records: read.records
      })
    }
    for (const task of kept) {
      const times = positions.since(task, endedAtMs).map(({ seenAtMs }) => seenAtMs)
      undisturbed.push(Math.max(0, ...times.slice(1).map((ms, index) => ms - (times[index] ?? ms))))
    }
    const last = handovers.slice(-orphans.length)
    yield* Console.log(
      `${signal}: ${last.map(({ assigned, recovery, task }) => `task ${task} assigned after ${assigned} ms, committed after another ${recovery} ms`).join("; ")}`
    )
    yield* victim.process.ended
    yield* Scope.close(victim.scope, Exit.void)
    members.splice(members.indexOf(victim), 1, yield* start)
    yield* settled
  }, Effect.scoped)

  yield* settled
  for (let number = 0; number < options.times * SIGNALS.length; number++) {
    yield* end(SIGNALS[number % SIGNALS.length] ?? "SIGTERM", number)
  }
  yield* load.stop
  const [count] = yield* sql.unsafe<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${schema}.chat_summary_minute`
  )
  const report: RecoveryReport = {
    options,
    surroundings: yield* surroundings(sql),
    handovers,
    rows: count?.rows ?? 0,
    undisturbed
  }
  return report
}, Effect.scoped)
