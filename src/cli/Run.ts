/** `telemetra run`: reads the log, writes the tables, until it is stopped. */
import { Console, Deferred, Duration, Effect, Fiber, Layer, Option, Schedule, Scope } from "effect"
import { Command } from "effect/cli"
import { type AppConfig, Config, type PostgresConfig } from "../config/AppConfig.ts"
import { localUrl } from "../http/Exposure.ts"
import * as HttpServer from "../http/HttpServer.ts"
import type { Report } from "../observability/Report.ts"
import { STATUS_INTERVAL_MS, statusLine } from "../observability/StatusLine.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { Tables } from "../query/Tables.ts"
import { member } from "./Member.ts"
import { configured, root } from "./Root.ts"
import * as Services from "./Services.ts"
import { watchSplitStreams } from "./SplitStreams.ts"
import { thread } from "./Threads.ts"

/** What the worker does, said once at the start. */
const greeting = (config: AppConfig, { postgres, psql }: Services.Database): string => {
  const { sizeMs, slideMs } = config.pipeline.window
  const reads =
    config.source._tag === "kafka"
      ? `${config.topics.chat} and ${config.topics.viewer} from Kafka at ${config.source.kafka.bootstrapServers.join(",")}, as group ${config.source.kafka.groupId}`
      : "a simulated platform, 15 minutes of history first, then live"
  return [
    "Telemetra stream",
    `  reads    ${reads}`,
    `  windows  ${Duration.format(Duration.millis(sizeMs))} every ${Duration.format(Duration.millis(slideMs))}`,
    `  writes   ${config.store._tag === "embedded" ? "an embedded PostgreSQL" : "PostgreSQL"} at ${postgres.host}:${postgres.port}/${postgres.database}, schema ${config.results.schema}`,
    `  look at  ${localUrl(config.http.host, config.http.port)}/`,
    `           ${psql} -c 'SELECT stream_id, window_start, chat_count, z_score FROM ${config.results.schema}.chat_summary_minute ORDER BY id DESC LIMIT 20'`
  ].join("\n")
}

const printStatus = Effect.gen(function* () {
  const status = yield* WorkerStatus
  yield* Effect.logInfo(statusLine(yield* status.take))
}).pipe(Effect.schedule(Schedule.spaced(Duration.millis(STATUS_INTERVAL_MS))))

/** Runs the members. An interruption (SIGTERM, SIGINT) stops the reading, flushes what is finished and ends, within SHUTDOWN_TIMEOUT. */
const work = Effect.fn("cli.work")(function* (
  config: AppConfig,
  postgres: PostgresConfig,
  envFile: string | undefined
) {
  const status = yield* WorkerStatus
  const stop = yield* Deferred.make<void>()
  yield* Effect.forkScoped(printStatus)
  yield* Effect.forkScoped(watchSplitStreams)
  yield* Effect.forEach(Array(config.workers).keys(), (index) => status.tell(index, { _tag: "Starting" }), {
    discard: true
  })
  const members = Array.from({ length: config.workers }, (_, index) => {
    const report = (told: Report) => status.tell(index, told)
    // the process's own thread would have nothing to do beside
    if (index === 0) return member({ config, postgres, stop, report })
    return thread({ envFile, postgres, stop, report, threads: config.workers })
  })
  const running = yield* Effect.all(members, { concurrency: "unbounded", discard: true }).pipe(Effect.forkScoped)
  yield* Fiber.join(running).pipe(
    Effect.onInterrupt(() =>
      Effect.logInfo("Stopping: flushing what is finished").pipe(
        Effect.andThen(Deferred.succeed(stop, undefined)),
        Effect.andThen(Fiber.await(running)),
        Effect.timeoutOrElse({
          duration: config.shutdownTimeout,
          orElse: () =>
            Effect.logWarning(
              `Not flushed within SHUTDOWN_TIMEOUT (${Duration.format(config.shutdownTimeout)}): the next start reads it again`
            )
        })
      )
    )
  )
})

/** A worker under the configuration in force, until it is stopped. `greet` is what it says once at the start. */
export const serve = (greet: typeof greeting) =>
  Effect.gen(function* () {
    const config = yield* Config
    // a database of our own outlives the HTTP port, through which it is read
    const lasting = yield* Effect.scope
    yield* Effect.gen(function* () {
      const http = yield* Layer.build(
        HttpServer.layer(config).pipe(Layer.provideMerge(Layer.merge(WorkerStatus.layer(config), Tables.layer)))
      )
      yield* Effect.gen(function* () {
        const database = yield* Services.database(config).pipe(Scope.provide(lasting))
        yield* Effect.forkScoped((yield* Tables).open(database.postgres, config.results, config.sessionTimeout))
        yield* Console.log(greet(config, database))
        const { envFile } = yield* root
        yield* work(config, database.postgres, Option.getOrUndefined(envFile))
      }).pipe(Effect.provideContext(http))
    }).pipe(Effect.scoped)
  }).pipe(Effect.scoped)

export const run = Command.make("run", {}, () => serve(greeting).pipe(Effect.provide(configured()))).pipe(
  Command.withDescription("Read chat and viewer events, write windows and moments to PostgreSQL, until stopped"),
  Command.withExamples([
    { command: "telemetra run", description: "Everything embedded: a simulated platform, a PostgreSQL under ./data" },
    { command: "telemetra --env-file prod.env run", description: "With variables from a file" }
  ])
)
