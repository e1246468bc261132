/**
 * Many worker processes of one group on many partitions, with a small load in real time. Everything
 * ends with the scope.
 */
import { Clock, Deferred, Duration, Effect, Exit, Fiber, Scope } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { makeKafkaWriter } from "../../src/source/kafka/KafkaWriter.ts"
import { freePort } from "../../test/harness/FreePort.ts"
import { KafkaBroker, uniqueName } from "../../test/harness/Kafka.ts"
import { startPostgres18 } from "../../test/harness/Postgres.ts"
import { postgresClient } from "../../test/harness/PostgresClient.ts"
import { makeTraffic } from "../../test/harness/Traffic.ts"
import { postgresVariables, startWorker, type WorkerProcess } from "../../test/harness/WorkerProcess.ts"
import { config } from "../../test/source/kafka/KafkaLogHarness.ts"
import { statOf } from "../Proc.ts"
import { EvenPlatform } from "../recovery/EvenPlatform.ts"
import { POSTGRES_SETTINGS } from "../Servers.ts"
import { until } from "../Until.ts"
import { imageMalloc } from "../platform/Image.ts"

export interface FleetOptions {
  readonly processes: number
  readonly partitions: number
  /** The rate of all partitions and both topics; each topic partition has at least 1. */
  readonly eventsPerSecond: number
  readonly streams: number
}

export interface Member {
  readonly process: WorkerProcess
  readonly scope: Scope.Closeable
  readonly port: number
}

export const PATIENCE = Duration.minutes(5)
export const SCHEMA = "fleet"

/** Records of the last seconds are in flight. */
const IN_FLIGHT_SECONDS = 4
const SAMPLE_EVERY = "200 millis"

/** The bench's own sessions have another name than the workers'. */
const connect = Effect.gen(function* () {
  const server = yield* startPostgres18({ timezone: "UTC", settings: POSTGRES_SETTINGS })
  const sql = yield* postgresClient(server.postgres, { applicationName: "bench" })
  const [backend] = yield* sql.unsafe<{ pid: number }>("SELECT pg_backend_pid() AS pid")
  return { sql, postgres: server.postgres, postmasterPid: statOf(backend?.pid ?? -1)?.parent ?? -1 }
})

/** The connections of all workers, sampled. */
const watchConnections = Effect.fnUntraced(function* (sql: SqlClient) {
  const seen = { now: 0, most: 0 }
  yield* sql
    .unsafe<{ count: number }>(
      "SELECT count(*)::float8 AS count FROM pg_stat_activity WHERE application_name = 'telemetra'"
    )
    .pipe(
      Effect.map(([row]) => {
        seen.now = row?.count ?? 0
        seen.most = Math.max(seen.most, seen.now)
      }),
      Effect.ignore,
      Effect.andThen(Effect.sleep(SAMPLE_EVERY)),
      Effect.forever,
      Effect.forkScoped
    )
  return seen
})

/**
 * The tasks with a checkpoint, their committed records and the sum of their epochs. `emitting`: a
 * task has emitted a window in part.
 */
const readStanding = (sql: SqlClient) =>
  sql
    .unsafe<{ tasks: number; next: number; epochs: number; emitting: boolean }>(
      `SELECT count(*)::float8 AS tasks, coalesce(sum(epoch), 0)::float8 AS epochs, coalesce(sum((
        SELECT sum((input ->> 'nextOffset')::float8) FROM jsonb_array_elements(inputs) AS input)), 0) AS next,
        coalesce(bool_or(settings ? 'emitted'), false) AS emitting
      FROM ${SCHEMA}.checkpoints`
    )
    .pipe(
      Effect.map(([row]) => row),
      // The table does not exist yet.
      Effect.orElseSucceed(() => undefined),
      Effect.map((row) => row ?? { tasks: 0, next: 0, epochs: 0, emitting: false })
    )

/** Starts the servers, the load and the processes, and waits until these are up to date. */
export const makeFleet = Effect.fnUntraced(function* (options: FleetOptions) {
  const { eventsPerSecond, partitions, processes, streams } = options
  const broker = yield* KafkaBroker
  const { postgres, postmasterPid, sql } = yield* connect
  yield* sql.unsafe(`CREATE SCHEMA ${SCHEMA}`)
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
  const originMs = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000
  const platform = new EvenPlatform({ partitions, streams, eventsPerSecond, originMs })
  const traffic = makeTraffic(yield* makeKafkaWriter(config(broker.bootstrap)), { platform, topics, partitions })
  const dry = yield* Deferred.make<void>()
  const flowing = yield* Effect.forkScoped(traffic.flow(dry))
  const whole = yield* Effect.scope
  const environment = {
    ...imageMalloc(),
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
    KAFKA_GROUP_ID: uniqueName("group"),
    CHAT_TOPIC: topics.chat,
    VIEWER_TOPIC: topics.viewer,
    ...postgresVariables(postgres, SCHEMA)
  }
  const start = Effect.gen(function* () {
    const scope = yield* Scope.fork(whole)
    const port = yield* Effect.promise(freePort)
    const process = yield* startWorker(["run"], { ...environment, HTTP_PORT: String(port) }).pipe(Scope.provide(scope))
    const member: Member = { process, scope, port }
    return member
  })
  const standing = readStanding(sql)
  const upToDate = Effect.map(standing, ({ emitting, next, tasks }) => {
    const { chat, viewer } = traffic.written()
    const { chat: chats, viewer: viewers } = { chat: platform.pace("chat"), viewer: platform.pace("viewer") }
    const inFlight = IN_FLIGHT_SECONDS * partitions * (chats.perSecond + viewers.perSecond)
    return tasks === partitions && !emitting && (chat + viewer) * partitions - next < inFlight
  })
  const connections = yield* watchConnections(sql)
  const members: Array<Member> = yield* Effect.all(Array.from({ length: processes }, () => start))
  yield* until("all tasks to be up to date", PATIENCE, upToDate)

  /** Replaces a member once its process has ended, and waits until the new one is ready. */
  const restart = Effect.fnUntraced(function* (index: number, member: Member) {
    yield* member.process.signal("SIGTERM")
    yield* member.process.ended
    yield* Scope.close(member.scope, Exit.void)
    const next = yield* start
    members[index] = next
    const isReady = fetch.bind(undefined, `http://127.0.0.1:${next.port}/health/ready`)
    yield* until(
      "the new process to be ready",
      PATIENCE,
      Effect.promise(() =>
        isReady().then(
          ({ status }) => status === 200,
          () => false
        )
      )
    )
  })
  const end = Effect.gen(function* () {
    yield* Effect.forEach(members, ({ process }) => Effect.andThen(process.signal("SIGTERM"), process.ended), {
      concurrency: "unbounded"
    })
    yield* Deferred.succeed(dry, undefined)
    yield* Fiber.join(flowing)
  })
  return { connections, end, members, postmasterPid, restart, sql, standing, upToDate }
})

export type Fleet = Effect.Success<ReturnType<typeof makeFleet>>
