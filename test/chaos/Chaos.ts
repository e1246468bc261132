/**
 * Exactly-once delivery under fire: worker processes read live load from a real Kafka into a real PostgreSQL while processes are killed and frozen and servers go away; at the end
 * every row, moment and dead letter equals the recount of what stands in the log.
 */
import { PgClient } from "@effect/sql-pg"
import {
  Clock,
  Console,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  Fiber,
  Layer,
  Redacted,
  Schedule,
  Semaphore
} from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { makeKafkaWriter } from "../../src/source/kafka/KafkaWriter.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { KafkaBroker, uniqueName } from "../harness/Kafka.ts"
import { type OwnPostgres, Postgres, startPostgres18 } from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import type { OracleSettings } from "../oracle/Recount.ts"
import { config } from "../source/kafka/KafkaLogHarness.ts"
import { type Fault, type FaultKind, makePlan } from "./Plan.ts"
import { PATIENCE_MS, type Progress, watchProgress } from "./Progress.ts"
import { type Report, spreadOf, tooFewOf } from "./Report.ts"
import { SESSION_MS } from "./ShortSession.ts"
import { type Running, type Supervisor, supervise } from "./Supervisor.ts"
import { makeTraffic } from "./Traffic.ts"
import { judge } from "./Verdict.ts"

export interface ChaosOptions {
  /** How long faults happen. */
  readonly minutes: number
  readonly seed: number
  /** WORKERS of each process. */
  readonly workers: ReadonlyArray<number>
  readonly eventsPerSecond: number
  /** Given everything that a process printed, once it has ended. */
  readonly onOutput?: (name: string, output: string) => Effect.Effect<void>
}

const PARTITIONS = 6
/** What the log holds when the workers start: no input begins at its end, and baselines exist soon. */
const HISTORY_MS = 60_000

/** Smaller windows than by default: more rows, episodes and replays a minute. */
const SETTINGS: OracleSettings = {
  sizeMs: 20_000,
  slideMs: 5_000,
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "record",
  maxEventBytes: 1_048_576,
  topEmotes: 10,
  threshold: 3,
  baselineWindows: 10,
  minBaseline: 3
}

/** How long the first commits, and those of the last records, may take. */
const WAIT = Duration.minutes(3)

const preload = new URL("./ShortSession.ts", import.meta.url).href

/** A connection of its own, by which it can be told from the workers'. */
const CONTROL = "telemetra-chaos"

const control = ({ postgres }: OwnPostgres) =>
  PgClient.layer({
    host: postgres.host,
    port: postgres.port,
    database: postgres.database,
    username: postgres.user,
    ...(postgres.password === undefined ? {} : { password: postgres.password }),
    applicationName: CONTROL,
    maxConnections: 2,
    connectTimeout: Duration.seconds(2)
  })

const clock = (ms: number): string => {
  const seconds = Math.floor(ms / 1000)
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`
}

/** Looks again and again, for a bounded time. */
const until = <E, R>(what: string, probe: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    while (!(yield* probe)) yield* Effect.sleep("200 millis")
  }).pipe(Effect.timeoutOrElse({ duration: WAIT, orElse: () => Effect.die(new Error(`still waiting for ${what}`)) }))

interface Battlefield {
  readonly broker: KafkaBroker["Service"]
  readonly postgres: OwnPostgres
  readonly sql: SqlClient
  readonly supervisor: Supervisor
  readonly progress: Progress
}

/** How often it is tried to catch a process in the middle of a transaction. */
const FREEZE_ATTEMPTS = 60

/** The mean time between kills is at least so many times the mean recovery from one: the workers must make progress. */
const KILL_SPACING = 3

/** Makes faults happen, each at its time, and measures how long the hit tasks take to commit again. */
const strike = Effect.fnUntraced(function* (field: Battlefield, plan: ReadonlyArray<Fault>, untilMs: number) {
  const { broker, postgres, progress, sql, supervisor } = field
  const beganMs = yield* Clock.currentTimeMillis
  const struck: Record<FaultKind, number> = { kill: 0, term: 0, freeze: 0, terminate: 0, postgres: 0, broker: 0 }
  const recoveries: Array<{ readonly kind: FaultKind; readonly tookMs: number }> = []
  const notRecovered: Array<string> = []
  let terminatedBackends = 0
  let inTransaction = 0
  // a server is taken down by one fault at a time
  const brokerLock = yield* Semaphore.make(1)
  const postgresLock = yield* Semaphore.make(1)

  const allTasks = () => [...progress.standings().keys()]
  const tasksOf = ({ process }: Running) =>
    [...progress.standings()].flatMap(([task, { owner }]) =>
      new RegExp(String.raw`:${process.pid}(\D|$)`).test(owner) ? [task] : []
    )
  const say = (text: string) =>
    Effect.flatMap(Clock.currentTimeMillis, (nowMs) => Console.log(`${clock(nowMs - beganMs)} ${text}`))

  const measured = Effect.fnUntraced(function* (
    fault: Fault,
    tasks: ReadonlyArray<number>,
    sinceMs: number,
    takenOver: boolean
  ) {
    const tookMs = yield* progress.recovery(tasks, sinceMs, takenOver)
    const what = `${fault.kind} at ${clock(fault.atMs)}, tasks ${tasks.join(", ")}`
    if (tookMs === undefined) {
      notRecovered.push(`${what}: no commit within ${PATIENCE_MS / 1000} s`)
      yield* say(`${what}: not recovered`)
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
   * Freezes a process, if it can be caught so in the middle of a transaction, with its locks held: a transaction of one that runs doesn't stay open that long. Says whether
   * it was.
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
      const candidates = supervisor
        .running()
        .filter(
          ({ asked, frozen, process }) =>
            asked === undefined && !frozen && process.output().includes("Telemetra stream")
        )
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
    yield* say(`${fault.kind} process ${victim.process.pid} (tasks ${tasks.join(", ")})`)
    if (fault.kind === "freeze") {
      victim.frozen = true
      if (yield* freezeInTransaction(victim)) inTransaction++
      const thawed = Effect.gen(function* () {
        yield* Effect.sleep(fault.forMs)
        yield* victim.process.signal("SIGCONT")
        victim.frozen = false
        yield* say(`process ${victim.process.pid} goes on after ${fault.forMs} ms`)
      })
      yield* Effect.all([thawed, measured(fault, tasks, nowMs, true)], { concurrency: 2, discard: true })
      return
    }
    victim.asked = fault.kind === "kill" ? "kill" : "term"
    yield* victim.process.signal(fault.kind === "kill" ? "SIGKILL" : "SIGTERM")
    yield* measured(fault, tasks, nowMs, true)
  })

  const restart = (fault: Fault, stop: Effect.Effect<void, unknown>, start: Effect.Effect<void, unknown>) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      struck[fault.kind]++
      yield* say(`${fault.kind} goes away for ${fault.forMs} ms`)
      yield* stop
      yield* Effect.sleep(fault.forMs)
      yield* start
      yield* say(`${fault.kind} is back`)
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
    yield* say(`terminate ${hit} sessions`)
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

/** Runs it all. Dies where a server or the run itself fails; what the workers did wrong stands in the report. */
export const runChaos = Effect.fn("runChaos")(function* (options: ChaosOptions) {
  const { eventsPerSecond, minutes, seed, workers } = options
  const broker = yield* KafkaBroker
  const postgres = yield* startPostgres18()
  const sql = yield* Effect.map(Layer.build(control(postgres)), (context) => Context.get(context, SqlClient))
  const schema = postgres.freshSchema()
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  const deadLetterTopic = uniqueName("dead")
  yield* broker.createTopics({ [topics.chat]: PARTITIONS, [topics.viewer]: PARTITIONS, [deadLetterTopic]: 1 })

  const writer = yield* makeKafkaWriter(config(broker.bootstrap))
  const originMs = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000 - HISTORY_MS
  const traffic = makeTraffic(writer, { seed, topics, partitions: PARTITIONS, eventsPerSecond, originMs })
  yield* Console.log(`Writing ${HISTORY_MS / 1000} s of history`)
  yield* traffic.write
  const dry = yield* Deferred.make<void>()
  const flowing = yield* Effect.forkScoped(traffic.flow(dry))

  const group = uniqueName("group")
  const password = postgres.postgres.password
  const supervisor = yield* supervise({
    environments: workers.map((count) => ({
      NODE_OPTIONS: `--import ${preload}`,
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
      KAFKA_GROUP_ID: group,
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer,
      DEAD_LETTER_TOPIC: deadLetterTopic,
      POSTGRES_URL: `postgresql://${postgres.postgres.host}:${postgres.postgres.port}/${postgres.postgres.database}?sslmode=disable`,
      POSTGRES_USER: postgres.postgres.user,
      POSTGRES_PASSWORD: password === undefined ? "" : Redacted.value(password),
      POSTGRES_SCHEMA: schema,
      WINDOW_DURATION: `${SETTINGS.sizeMs} ms`,
      SLIDE_DURATION: `${SETTINGS.slideMs} ms`,
      // many commits, so that faults meet them; nobody ever idle
      TRIGGER_INTERVAL: "250 ms",
      IDLE_TIMEOUT: "10 minutes",
      WORKERS: String(count),
      HTTP_PORT: "0",
      LOG_FORMAT: "json",
      LOG_LEVEL: "Debug"
    })),
    draws: new Draws(hash(seed, 99)),
    onEnd: ({ process, slot }) =>
      options.onOutput?.(`worker-${slot}-${process.pid}.log`, process.output()) ?? Effect.void
  })
  const progress = yield* watchProgress(sql, schema)
  yield* until(
    "every task's first commit",
    Effect.sync(() => {
      const standings = [...progress.standings().values()]
      return standings.length === PARTITIONS && standings.every(({ flush }) => flush > 0)
    })
  )

  const plan = makePlan(seed, minutes, SESSION_MS)
  yield* Console.log(`${plan.length} faults in ${minutes} minutes`)
  const battle = yield* strike({ broker, postgres, sql, supervisor, progress }, plan, minutes * 60_000)

  yield* Console.log("The faults are over; reading to the end of the log")
  yield* Deferred.succeed(dry, undefined)
  yield* Fiber.join(flowing)
  const ends = new Map<string, ReadonlyArray<bigint>>()
  for (const topic of [topics.chat, topics.viewer]) ends.set(topic, yield* broker.endOffsets(topic))

  const tables = Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
    Layer.provideMerge(PostgresTables.database(schema)),
    Layer.provide(Layer.succeed(Postgres, postgres))
  )
  return yield* Effect.gen(function* () {
    const store = yield* ResultStore
    const load = Effect.map(
      Effect.forEach(
        Array.from({ length: PARTITIONS }, (_, partition) => partition),
        (partition) => store.load(partition)
      ),
      (found) => found.flatMap((checkpoint) => (checkpoint === undefined ? [] : [checkpoint]))
    )
    const isRead = ({ inputs }: Checkpoint): boolean =>
      inputs.every(({ nextOffset, partition, topic }) => nextOffset === ends.get(topic)?.[partition])
    // one that never comes there is told as a difference
    const allRead = yield* until(
      "the last records",
      Effect.map(load, (checkpoints) => checkpoints.every(isRead))
    ).pipe(Effect.exit)
    yield* supervisor.stop
    const checkpoints = yield* load
    yield* Console.log("The workers have ended; counting the log again")
    const [deadLetterEnd = 0n] = yield* broker.endOffsets(deadLetterTopic)
    const verdict = yield* judge({
      kafka: broker.kafka,
      sql: yield* SqlClient,
      checkpoints,
      settings: SETTINGS,
      ends,
      deadLetterTopic: { name: deadLetterTopic, end: deadLetterEnd }
    })

    const { complaints, fencedCommits, rebalances } = supervisor.tally()
    const seen = { minutes, faults: battle.struck, rebalances, fencedCommits }
    const recoveryOf = (kind: FaultKind) =>
      battle.recoveries.flatMap((recovery) => (recovery.kind === kind ? [recovery.tookMs] : []))
    const kinds = ["kill", "term", "freeze", "terminate", "postgres", "broker"] as const
    const report: Report = {
      ...seen,
      seed,
      workers,
      freezesInTransaction: battle.inTransaction,
      terminatedBackends: battle.terminatedBackends,
      takeovers: checkpoints.reduce((sum, { epoch }) => sum + epoch, 0),
      events: verdict.events,
      producerFailures: traffic.failures(),
      rowsCompared: verdict.rows,
      moments: verdict.moments,
      deadLetters: verdict.deadLetters,
      differences: [
        ...verdict.differences,
        ...checkpoints
          .filter((checkpoint) => Exit.isFailure(allRead) && !isRead(checkpoint))
          .map(({ sourcePartition }) => `task ${sourcePartition} never came to the end of the log`)
      ],
      unexpectedExits: supervisor.unexpected(),
      recoveryMs: Object.fromEntries(
        kinds.filter((kind) => recoveryOf(kind).length > 0).map((kind) => [kind, spreadOf(recoveryOf(kind))])
      ),
      notRecovered: battle.notRecovered,
      meanTimeBetweenKillsMs: Math.round((minutes * 60_000) / Math.max(1, battle.struck.kill)),
      complaints: [...complaints]
        .toSorted(([, a], [, b]) => b - a)
        .slice(0, 30)
        .map(([text, count]) => `${count} x ${text}`),
      tooFew: tooFewOf(seen)
    }
    return report
  }).pipe(Effect.provide(tables))
}, Effect.scoped)
