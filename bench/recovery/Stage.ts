/**
 * The set-up of both measurements: real servers, topics with an even load, and the variables of a
 * worker.
 */
import { cpus, loadavg, release, totalmem } from "node:os"
import { Clock, Deferred, Effect, Fiber, Layer } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { makeKafkaWriter } from "../../src/source/kafka/KafkaWriter.ts"
import { makeTraffic } from "../../test/harness/Traffic.ts"
import { KafkaBroker, uniqueName } from "../../test/harness/Kafka.ts"
import { startPostgres18 } from "../../test/harness/Postgres.ts"
import { postgresClient } from "../../test/harness/PostgresClient.ts"
import * as PostgresTables from "../../test/harness/PostgresTables.ts"
import * as PostgresStore from "../../src/sink/postgres/PostgresStore.ts"
import { postgresVariables } from "../../test/harness/WorkerProcess.ts"
import { config } from "../../test/source/kafka/KafkaLogHarness.ts"
import { EvenPlatform } from "./EvenPlatform.ts"
import { watchPositions } from "./Positions.ts"

export const PARTITIONS = 3

/** The settings of a production server. */
const SETTINGS = { fsync: "on", shared_buffers: "512MB", max_wal_size: "4GB" }

export interface StageOptions {
  readonly streams: number
  readonly eventsPerSecond: number
  /** Event time in the log before the load starts. */
  readonly historyMs: number
}

/** Starts the servers. The load starts with `begin`. Everything ends with the scope. */
export const makeStage = Effect.fnUntraced(function* ({ eventsPerSecond, historyMs, streams }: StageOptions) {
  const broker = yield* KafkaBroker
  const postgres = yield* startPostgres18({ settings: SETTINGS })
  const sql = yield* postgresClient(postgres.postgres, {
    applicationName: "bench",
    maxConnections: 2,
    connectTimeout: "2 seconds"
  })
  const schema = postgres.freshSchema()
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: PARTITIONS, [topics.viewer]: PARTITIONS })
  yield* Effect.scoped(
    Layer.build(PostgresStore.layer({ postgres: postgres.postgres, store: PostgresTables.storeConfig(schema) }))
  )
  const originMs = Math.floor((yield* Clock.currentTimeMillis) / 1000) * 1000 - historyMs
  const platform = new EvenPlatform({ partitions: PARTITIONS, streams, eventsPerSecond, originMs })
  const writer = yield* makeKafkaWriter(config(broker.bootstrap))
  const traffic = makeTraffic(writer, { platform, topics, partitions: PARTITIONS })
  const positions = yield* watchPositions(sql, schema)
  const environment: Readonly<Record<string, string>> = {
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
    KAFKA_GROUP_ID: uniqueName("group"),
    CHAT_TOPIC: topics.chat,
    VIEWER_TOPIC: topics.viewer,
    ...postgresVariables(postgres.postgres, schema),
    HTTP_PORT: "0",
    LOG_FORMAT: "json",
    LOG_LEVEL: "Debug"
  }

  /**
   * Writes the history at full speed, then the load in real time. After `stop` no request is in
   * flight.
   */
  const begin = Effect.gen(function* () {
    yield* traffic.write
    const dry = yield* Deferred.make<void>()
    const flowing = yield* Effect.forkScoped(traffic.flow(dry))
    return { stop: Effect.andThen(Deferred.succeed(dry, undefined), Fiber.join(flowing)) }
  })
  /** Records in the log that no checkpoint covers. */
  const unread = (): number => {
    const { chat, viewer } = traffic.written()
    return (chat + viewer) * PARTITIONS - positions.now().reduce((sum, { next }) => sum + next, 0)
  }
  /** Whether all tasks have committed, and none is in the middle of a window. */
  const isWhole = (): boolean =>
    positions.now().length === PARTITIONS && positions.now().every(({ emitting }) => !emitting)
  /** Whether all tasks have committed all records but those of the last seconds, and their rows. */
  const isUpToDate = (seconds: number): boolean => isWhole() && unread() < seconds * eventsPerSecond
  /** Whether all tasks have committed all records and their rows. */
  const isRead = (): boolean => isWhole() && unread() === 0
  return { begin, environment, isRead, isUpToDate, platform, positions, postgres, schema, sql, traffic, unread }
})

export type Stage = Effect.Success<ReturnType<typeof makeStage>>

/** Versions and machine, as one line. */
export const surroundings = Effect.fnUntraced(function* (sql: SqlClient) {
  const [row] = yield* sql.unsafe<{ version: string }>("SELECT current_setting('server_version') AS version")
  const [cpu] = cpus()
  const [, , load = 0] = loadavg()
  return (
    `Node ${process.versions.node}, PostgreSQL ${row?.version ?? ""} (fsync on), Apache Kafka 4.1.0 (one broker), ` +
    `${cpus().length} cores of ${cpu?.model.trim() ?? "unknown"} for all of them and the load, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, load average of the last 15 minutes ${load.toFixed(1)}`
  )
})
