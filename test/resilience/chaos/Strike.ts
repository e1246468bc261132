/**
 * Makes the faults of a plan happen, and measures how long the tasks that they hit take to commit
 * again.
 */
import { Clock, Console, Effect, Schedule, Semaphore } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { KafkaBroker } from "../../harness/Kafka.ts"
import type { OwnPostgres } from "../../harness/Postgres.ts"
import type { Fault, FaultKind } from "./Plan.ts"
import { PATIENCE_MS, type Progress } from "./Progress.ts"
import { spreadOf } from "./Report.ts"
import { isUp, type Running, type Supervisor } from "./Supervisor.ts"

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`
}

/** The targets of faults. */
export interface Battlefield {
  readonly broker: KafkaBroker["Service"]
  readonly postgres: OwnPostgres
  readonly sql: SqlClient
  readonly supervisor: Supervisor
  readonly progress: Progress
}

/** How often it is tried to catch a process in the middle of a transaction. */
const FREEZE_ATTEMPTS = 60

/**
 * The mean time between kills is at least so many times the mean recovery from one: the workers
 * must make progress.
 */
const KILL_SPACING = 3

/**
 * Lasts until every fault has happened and every task that one hit has recovered, or not within the
 * patience. `untilMs`: how long processes may be killed. Longer than 70 lines: the faults share
 * what the run has counted so far.
 */
export const strike = Effect.fnUntraced(function* (field: Battlefield, plan: ReadonlyArray<Fault>, untilMs: number) {
  const { broker, postgres, progress, sql, supervisor } = field
  const beganMs = yield* Clock.currentTimeMillis
  const struck: Record<FaultKind, number> = { kill: 0, term: 0, freeze: 0, terminate: 0, postgres: 0, broker: 0 }
  const recoveries: Array<{ readonly kind: FaultKind; readonly tookMs: number }> = []
  const notRecovered: Array<string> = []
  let terminatedBackends = 0
  let inTransaction = 0
  // A server is taken down by one fault at a time.
  const brokerLock = yield* Semaphore.make(1)
  const postgresLock = yield* Semaphore.make(1)

  const allTasks = () => [...progress.positions().keys()]
  const tasksOf = ({ process }: Running) =>
    [...progress.positions()].flatMap(([task, { owner }]) =>
      new RegExp(String.raw`:${process.pid}(\D|$)`).test(owner) ? [task] : []
    )
  const log = (text: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => Console.log(`${clock(nowMs - beganMs)} ${text}`))

  const measured = Effect.fnUntraced(function* (
    fault: Fault,
    tasks: ReadonlyArray<number>,
    sinceMs: number,
    takenOver: boolean
  ) {
    // A process that had no task yet leaves no task to recover.
    if (tasks.length === 0) return
    const tookMs = yield* progress.recovery(tasks, sinceMs, takenOver)
    const what = `${fault.kind} at ${clock(fault.atMs)}, tasks ${tasks.join(", ")}`
    if (tookMs === undefined) {
      notRecovered.push(`${what}: no commit within ${PATIENCE_MS / 1000} s`)
      yield* log(`${what}: not recovered`)
    } else recoveries.push({ kind: fault.kind, tookMs })
  })

  /** Sessions of the workers that hold a transaction open and do nothing in it, with its start. */
  const openTransactions = sql
    .unsafe<{ transaction: string }>(
      `SELECT pid::text || xact_start::text AS transaction FROM pg_stat_activity
      WHERE application_name = 'telemetra' AND state = 'idle in transaction'`
    )
    .pipe(
      Effect.map((rows) => rows.map(({ transaction }) => transaction)),
      // PostgreSQL is away
      Effect.orElseSucceed((): ReadonlyArray<string> => [])
    )

  /**
   * Freezes a process in the middle of a transaction, with its locks held, if it can be caught
   * there. A running process keeps a transaction open only briefly. Returns whether it was caught.
   */
  const freezeInTransaction = Effect.fnUntraced(function* ({ process }: Running) {
    for (let attempt = 1; ; attempt++) {
      yield* process.signal("SIGSTOP")
      const open = yield* openTransactions
      if (open.length > 0) {
        yield* Effect.sleep("300 millis")
        const still = yield* openTransactions
        if (open.some((transaction) => still.includes(transaction))) return true
      }
      if (attempt === FREEZE_ATTEMPTS) return false
      yield* process.signal("SIGCONT")
      yield* Effect.sleep("7 millis")
    }
  })

  /** A process that has begun its work; waits for one where all are down. */
  const victimOf = Effect.fnUntraced(function* (fault: Fault) {
    while (true) {
      const candidates = supervisor.running().filter((one) => one.requested === undefined && !one.frozen && isUp(one))
      const victim = candidates[Math.floor(fault.victim * candidates.length)]
      if (victim !== undefined) return victim
      yield* Effect.sleep("100 millis")
    }
  })

  /** Waits until another kill leaves time enough between kills; `false` = not within this run. */
  const mayKill = Effect.fnUntraced(function* () {
    while (true) {
      const tookMs = recoveries.filter(({ kind }) => kind === "kill").map((recovery) => recovery.tookMs)
      const elapsedMs = (yield* Clock.currentTimeMillis) - beganMs
      if (elapsedMs >= struck.kill * KILL_SPACING * spreadOf(tookMs).mean) return true
      if (elapsedMs > untilMs) return false
      yield* Effect.sleep("200 millis")
    }
  })

  const hitProcess = Effect.fnUntraced(function* (fault: Fault) {
    if (fault.kind === "kill" && !(yield* mayKill())) return
    const victim = yield* victimOf(fault)
    const tasks = tasksOf(victim)
    const nowMs = yield* Clock.currentTimeMillis
    struck[fault.kind]++
    yield* log(`${fault.kind} process ${victim.process.pid} (tasks ${tasks.join(", ")})`)
    if (fault.kind === "freeze") {
      victim.frozen = true
      if (yield* freezeInTransaction(victim)) inTransaction++
      const thawed = Effect.gen(function* () {
        yield* Effect.sleep(fault.forMs)
        yield* victim.process.signal("SIGCONT")
        victim.frozen = false
        yield* log(`process ${victim.process.pid} continues after ${fault.forMs} ms`)
      })
      yield* Effect.all([thawed, measured(fault, tasks, nowMs, true)], { concurrency: 2, discard: true })
      return
    }
    victim.requested = fault.kind === "kill" ? "kill" : "term"
    yield* victim.process.signal(fault.kind === "kill" ? "SIGKILL" : "SIGTERM")
    yield* measured(fault, tasks, nowMs, true)
  })

  const restart = (fault: Fault, stop: Effect.Effect<void, unknown>, start: Effect.Effect<void, unknown>) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      struck[fault.kind]++
      yield* log(`${fault.kind} goes away for ${fault.forMs} ms`)
      yield* stop
      yield* Effect.sleep(fault.forMs)
      yield* start
      yield* log(`${fault.kind} is back`)
      return nowMs
    }).pipe(
      fault.kind === "broker" ? brokerLock.withPermit : postgresLock.withPermit,
      Effect.flatMap((nowMs) => measured(fault, allTasks(), nowMs, false))
    )

  const terminate = Effect.fnUntraced(function* (fault: Fault) {
    const nowMs = yield* Clock.currentTimeMillis
    const [row] = yield* sql
      .unsafe<{ hit: bigint }>(
        `SELECT count(pg_terminate_backend(pid)) AS hit FROM pg_stat_activity
        WHERE application_name = 'telemetra' AND backend_type = 'client backend'`
      )
      .pipe(Effect.retry({ times: 20, schedule: Schedule.spaced("250 millis") }))
    const hit = Number(row?.hit ?? 0)
    struck.terminate++
    terminatedBackends += hit
    yield* log(`terminate ${hit} sessions`)
    yield* measured(fault, allTasks(), nowMs, false)
  })

  const happen = (fault: Fault) => {
    switch (fault.kind) {
      case "kill":
      case "term":
      case "freeze":
        return hitProcess(fault)
      case "terminate":
        return terminate(fault)
      case "postgres":
        return restart(fault, postgres.stopAtOnce, postgres.start)
      case "broker":
        return restart(fault, broker.stop, broker.start)
    }
  }

  yield* Effect.forEach(
    plan,
    (fault) =>
      Effect.gen(function* () {
        yield* Effect.sleep(Math.max(0, fault.atMs - ((yield* Clock.currentTimeMillis) - beganMs)))
        yield* happen(fault)
      }),
    { concurrency: "unbounded", discard: true }
  )
  return { struck, recoveries, notRecovered, terminatedBackends, inTransaction }
})
