/** Layers that the configuration selects: the source and the store. */
import { join, resolve } from "node:path"
import { Context, type Duration, Effect, Layer } from "effect"
import { type AppConfig, Config, type PostgresConfig } from "../config/AppConfig.ts"
import * as EmbeddedPostgres from "../embedded/EmbeddedPostgres.ts"
import { ResultStoreError } from "../sink/ResultStore.ts"
import * as PostgresRepair from "../sink/postgres/PostgresRepair.ts"
import * as PostgresPast from "../sink/postgres/PostgresPast.ts"
import * as PostgresStore from "../sink/postgres/PostgresStore.ts"
import { check, migrate } from "../sink/postgres/Migrations.ts"
import { retryTransient, type ServiceFailure } from "../retry/Retry.ts"
import { placeOf } from "../postgres/Database.ts"
import { DeadLetterTopic } from "../source/DeadLetterTopic.ts"
import * as KafkaDeadLetterTopic from "../source/kafka/DeadLetterTopic.ts"
import * as KafkaResultTopics from "../source/kafka/ResultTopics.ts"
import * as KafkaLog from "../source/kafka/KafkaLog.ts"
import type { LocalDatabaseOptions } from "../source/local/LocalDatabase.ts"
import * as LocalLog from "../source/local/LocalLog.ts"
import * as LocalWriter from "../source/local/LocalWriter.ts"
import * as SimulatorLog from "../source/simulator/SimulatorLog.ts"
import type { SimulatorOptions } from "../source/simulator/SimulatorOptions.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"

/** Attempts for the first connection to PostgreSQL. */
const START_ATTEMPTS = 60

/** The database of the results, and the command line that opens it. */
export interface Database {
  readonly postgres: PostgresConfig
  readonly psql: string
}

const psqlLine = ({ database, host, port, user }: PostgresConfig): string =>
  `psql -h ${host} -p ${port} -U ${user} ${database}`

/**
 * The database to write to; an embedded one is started, for the scope's life, and ends within
 * `stopWithin`.
 */
export const database = Effect.fn("cli.database")(function* (stopWithin?: Effect.Effect<Duration.Duration>) {
  const config = yield* Config
  if (config.database._tag === "postgres") {
    const { postgres } = config.database
    return { postgres, psql: psqlLine(postgres) }
  }
  const postgres = yield* EmbeddedPostgres.make(config.dataDir, stopWithin)
  const passwordFile = join(resolve(config.dataDir), "postgres", "password")
  return { postgres, psql: `PGPASSWORD=$(cat ${passwordFile}) ${psqlLine(postgres)}` }
})

/**
 * The database that other processes may be using. If a worker runs an embedded one, its server is
 * used; otherwise the embedded one is started.
 */
export const sharedDatabase = Effect.flatMap(Config, (config) =>
  config.database._tag === "postgres"
    ? Effect.succeed(config.database.postgres)
    : EmbeddedPostgres.make(config.dataDir).pipe(
        Effect.catchIf(
          (error) => error.reason === "InUse",
          () => EmbeddedPostgres.running(config.dataDir)
        )
      )
)

/** The same, for commands that only read: an embedded database is not created. */
export const standingDatabase = Effect.fn("cli.standingDatabase")(function* () {
  const config = yield* Config
  if (config.database._tag === "embedded" && !(yield* EmbeddedPostgres.exists(config.dataDir))) {
    return yield* new NotFoundError({
      detail: `There is no embedded database in ${resolve(config.dataDir)} yet: \`telemetra run\` makes it. Set DATA_DIR if it lies elsewhere, or POSTGRES_URL`
    })
  }
  return yield* sharedDatabase
})

/** Builds what connects to PostgreSQL, with up to {@link START_ATTEMPTS} attempts. */
const connecting = <A>(layer: Layer.Layer<A, ResultStoreError>) =>
  Layer.unwrap(
    retryTransient(
      Effect.map(Layer.build(layer), Layer.succeedContext),
      (attempt, { message }) => `PostgreSQL not available (attempt ${attempt} of ${START_ATTEMPTS}): ${message}`,
      START_ATTEMPTS
    ).pipe(
      Effect.mapError((error) =>
        error.isRetryable
          ? new ResultStoreError({
              reason: error.reason,
              detail: `PostgreSQL not available after ${START_ATTEMPTS} attempts: ${error.detail}`,
              cause: error
            })
          : error
      )
    )
  )

/** Sessions of all members of a process, unless those are many. */
const STORE_SESSIONS = 5
/** The least for a member: the recovery of a task must not keep the others from committing. */
const LEAST_SESSIONS = 2

/** The largest number of sessions of one member, of which a process has `workers`. */
export const memberSessions = (workers: number): number =>
  Math.max(LEAST_SESSIONS, Math.floor(STORE_SESSIONS / workers))

const storeOptions = (config: AppConfig, postgres: PostgresConfig): PostgresStore.PostgresStoreOptions => ({
  postgres,
  store: config.tables,
  sessionTimeout: config.sessionTimeout,
  limits: { poolSize: memberSessions(config.workers) }
})

/** The store on that database. */
export const store = (postgres: PostgresConfig) =>
  Layer.unwrap(Effect.map(Config, (config) => connecting(PostgresStore.layer(storeOptions(config, postgres)))))

/** The store, and the tables for a replay. */
export const repair = (postgres: PostgresConfig) =>
  Layer.unwrap(Effect.map(Config, (config) => connecting(PostgresRepair.layer(storeOptions(config, postgres)))))

/** The past in the tables. Read only. */
export const past = (postgres: PostgresConfig) =>
  Layer.unwrap(Effect.map(Config, (config) => connecting(PostgresPast.layer(storeOptions(config, postgres)))))

/** The topic of dead letters, if there is one. The tables hold them in any case. */
export const deadLetterTopic = Layer.unwrap(
  Effect.map(Config, ({ source }) =>
    source._tag === "kafka" && source.kafka.deadLetterTopic !== undefined
      ? KafkaDeadLetterTopic.layer(source.kafka, source.kafka.deadLetterTopic)
      : DeadLetterTopic.layerNone
  )
)

/** The topics of results, if there are some. The tables hold results in any case. */
export const resultTopics = Layer.unwrap(
  Effect.map(Config, ({ source }) => (source._tag === "kafka" ? KafkaResultTopics.layer(source.kafka) : Layer.empty))
)

/** Options of the simulator. */
export const Platform = Context.Reference<Partial<SimulatorOptions>>("telemetra/cli/Platform", {
  defaultValue: () => ({})
})

/** The database of the local log is that of the results. */
const localOptions = (config: AppConfig, postgres: PostgresConfig): LocalDatabaseOptions => ({
  postgres,
  schema: config.tables.schema,
  sessionTimeout: config.sessionTimeout
})

/** Connects to the local log, with up to {@link START_ATTEMPTS} attempts. */
const connectingToLog = <A, E extends ServiceFailure>(layer: Layer.Layer<A, E>) =>
  Layer.unwrap(
    retryTransient(
      Effect.map(Layer.build(layer), Layer.succeedContext),
      (attempt, { message }) => `Local log not available (attempt ${attempt} of ${START_ATTEMPTS}): ${message}`,
      START_ATTEMPTS
    )
  )

/** The local log in that database. Its tables must exist. `retention` makes it drop old days. */
export const localLog = (config: AppConfig, postgres: PostgresConfig, retention?: Duration.Duration) =>
  connectingToLog(
    LocalLog.layer({
      ...localOptions(config, postgres),
      topics: config.topics,
      taskScope: config.taskScope,
      maxValueBytes: config.pipeline.read.maxEventBytes + 1,
      ...(retention === undefined ? {} : { retention })
    })
  )

/**
 * Appends to the local log in that database. Its tables are migrated first, or checked under
 * MIGRATE=check: the collector may start before any worker.
 */
export const localWriter = (postgres: PostgresConfig) =>
  Layer.unwrap(
    Effect.map(Config, (config) => {
      const options = storeOptions(config, postgres)
      const place = placeOf(options)
      const tables = config.tables.migrate === "auto" ? Effect.asVoid(migrate(place)) : check(place)
      const { source, topics } = config
      const writer = LocalWriter.layer({
        ...localOptions(config, postgres),
        topics,
        ...(source._tag === "local" ? { retention: source.retention } : {})
      })
      const migrated = Effect.provide(tables, PostgresStore.pool(options))
      return connectingToLog(Layer.unwrap(Effect.as(migrated, writer)))
    })
  )

/** The log to read. The local one is in that database. */
export const source = (postgres: PostgresConfig) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const config = yield* Config
      const { source, taskScope, topics } = config
      switch (source._tag) {
        case "kafka":
          return KafkaLog.layer({
            kafka: source.kafka,
            topics,
            taskScope,
            limits: KafkaLog.limits({ ...config, members: config.workers })
          })
        case "local":
          return localLog(config, postgres, source.retention)
        case "simulator":
          return SimulatorLog.layer({ simulator: yield* Platform, topics, taskScope, startingOffsets: "earliest" })
      }
    })
  )
