/**
 * Exactly-once delivery under faults. Worker processes read live load from a real Kafka into a real
 * PostgreSQL while processes are killed and frozen and servers go away. At the end every row,
 * moment and dead letter equals the recount of the log.
 */
import { Clock, Console, Deferred, Effect, Exit, Fiber, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { makeKafkaWriter } from "../../../src/source/kafka/KafkaWriter.ts"
import { Draws, hash } from "../../../src/source/simulator/Draws.ts"
import { Simulator } from "../../../src/source/simulator/Simulator.ts"
import { KafkaBroker, uniqueName } from "../../harness/Kafka.ts"
import { Postgres, startPostgres18 } from "../../harness/Postgres.ts"
import { postgresClient } from "../../harness/PostgresClient.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { makeTraffic, perSecondOf } from "../../harness/Traffic.ts"
import { until, untilTrue } from "../../harness/Until.ts"
import { DEFAULTS, RECOUNTED } from "../../oracle/Defaults.ts"
import type { OracleSettings } from "../../oracle/Recount.ts"
import { config } from "../../source/kafka/KafkaLogHarness.ts"
import { install } from "./Audit.ts"
import { type FaultKind, makePlan } from "./Plan.ts"
import { watchProgress } from "./Progress.ts"
import { startReceivers } from "./Receivers.ts"
import { type Report, spreadOf, tooFewOf } from "./Report.ts"
import { strike } from "./Strike.ts"
import { supervise } from "./Supervisor.ts"
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
/**
 * The length of the log when the workers start: no input begins at its end, and baselines exist
 * soon.
 */
const HISTORY_MS = 60_000

/** Smaller windows than by default: more rows, episodes and re-reads a minute. */
const SETTINGS: OracleSettings = { ...DEFAULTS, sizeMs: 20_000, slideMs: 5_000 }

/**
 * The minimum that brokers allow by default. The group notices soon that a member was killed or
 * frozen, and a short run sees many of these.
 */
const SESSION_MS = 6_000

/** The name of the run's own sessions. */
const CONTROL = "telemetra-chaos"

/**
 * Kills may happen for this many times the planned length. A busy machine recovers slowly, which
 * delays the next kill.
 */
const KILL_MINUTES_PER_MINUTE = 4

/**
 * Runs everything. Dies when a server or the run itself fails. The report contains the workers'
 * errors. Longer than 70 lines: one run from its set-up to its report, step by step.
 */
export const runChaos = Effect.fn("runChaos")(function* (options: ChaosOptions) {
  const { eventsPerSecond, minutes, seed, workers } = options
  const broker = yield* KafkaBroker
  const postgres = yield* startPostgres18()
  const sql = yield* postgresClient(postgres.postgres, {
    applicationName: CONTROL,
    maxConnections: 2,
    connectTimeout: "2 seconds"
  })
  const schema = postgres.freshSchema()
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  const deadLetterTopic = uniqueName("dead")
  const results = { moments: uniqueName("moments"), windows: uniqueName("windows") }
  yield* broker.createTopics({
    [topics.chat]: PARTITIONS,
    [topics.viewer]: PARTITIONS,
    [deadLetterTopic]: 1,
    [results.moments]: 1,
    [results.windows]: 1
  })
  const receivers = yield* startReceivers

  const writer = yield* makeKafkaWriter(config(broker.bootstrap))
  const originMs = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000 - HISTORY_MS
  const perSecond = perSecondOf(eventsPerSecond, PARTITIONS)
  const platform = new Simulator({ seed, partitions: PARTITIONS, perSecond, originMs, momentEveryMs: 180_000 })
  const traffic = makeTraffic(writer, { platform, topics, partitions: PARTITIONS })
  yield* Console.log(`Writing ${HISTORY_MS / 1000} s of history`)
  yield* traffic.write
  const dry = yield* Deferred.make<void>()
  const flowing = yield* Effect.forkScoped(traffic.flow(dry))

  yield* install(sql, postgres.postgres, schema)
  const group = uniqueName("group")
  const password = postgres.postgres.password
  const supervisor = yield* supervise({
    environments: workers.map((count) => ({
      ...RECOUNTED,
      KAFKA_SESSION_TIMEOUT: `${SESSION_MS} ms`,
      KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
      KAFKA_GROUP_ID: group,
      CHAT_TOPIC: topics.chat,
      VIEWER_TOPIC: topics.viewer,
      DEAD_LETTER_TOPIC: deadLetterTopic,
      MOMENTS_TOPIC: results.moments,
      WINDOWS_TOPIC: results.windows,
      NOTIFY_URLS: receivers.urls,
      POSTGRES_URL: `postgresql://${postgres.postgres.host}:${postgres.postgres.port}/${postgres.postgres.database}?sslmode=disable`,
      POSTGRES_USER: postgres.postgres.user,
      POSTGRES_PASSWORD: password === undefined ? "" : Redacted.value(password),
      POSTGRES_SCHEMA: schema,
      WINDOW_DURATION: `${SETTINGS.sizeMs} ms`,
      SLIDE_DURATION: `${SETTINGS.slideMs} ms`,
      // Many commits, so that faults meet them; no input is ever idle.
      TRIGGER_INTERVAL: "250 ms",
      IDLE_TIMEOUT: "10 minutes",
      LIVENESS_TIMEOUT: "10 minutes",
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
  yield* untilTrue("every task's first commit", () => {
    const positions = [...progress.positions().values()]
    return positions.length === PARTITIONS && positions.every(({ flush }) => flush > 0)
  })

  const plan = makePlan(seed, minutes, SESSION_MS)
  yield* Console.log(`${plan.length} faults in ${minutes} minutes`)
  const battle = yield* strike(
    { broker, postgres, sql, supervisor, progress },
    plan,
    KILL_MINUTES_PER_MINUTE * minutes * 60_000
  )

  yield* Console.log("The faults are over; reading to the end of the log")
  yield* Deferred.succeed(dry, undefined)
  yield* Fiber.join(flowing)
  yield* receivers.heal
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
    const isRead = ({ emitted, inputs }: Checkpoint): boolean =>
      emitted === undefined &&
      inputs.every(({ nextOffset, partition, topic }) => nextOffset === ends.get(topic)?.[partition])
    // A task that never gets there is reported as a difference.
    const allRead = yield* until(
      "the last records",
      Effect.map(load, (checkpoints) => checkpoints.every(isRead) || undefined)
    ).pipe(Effect.exit)
    // Those that never arrive are reported as differences.
    const waiting = yield* SqlClient
    yield* until(
      "the last notifications",
      Effect.map(waiting`SELECT FROM notifications LIMIT 1`, (rows) => rows.length === 0 || undefined)
    ).pipe(Effect.exit)
    yield* supervisor.stop
    const checkpoints = yield* load
    yield* Console.log("The workers have ended; counting the log again")
    const [deadLetterEnd = 0n] = yield* broker.endOffsets(deadLetterTopic)
    const verdict = yield* judge({
      kafka: broker.kafka,
      sql: yield* SqlClient,
      schema,
      checkpoints,
      settings: SETTINGS,
      ends,
      deadLetterTopic: { name: deadLetterTopic, end: deadLetterEnd },
      results: {
        moments: { name: results.moments, end: (yield* broker.endOffsets(results.moments))[0] ?? 0n },
        windows: { name: results.windows, end: (yield* broker.endOffsets(results.windows))[0] ?? 0n }
      }
    })
    const delivered = receivers.judge(verdict.momentIds)

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
      publishedResults: verdict.publishedResults,
      notifications: delivered.notifications,
      repeatedNotifications: delivered.repeated,
      refusedNotifications: delivered.refused,
      differences: [
        ...verdict.differences,
        ...delivered.differences,
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
