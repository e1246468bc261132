/** `telemetra run`: reads the log, writes the tables, until it is stopped. */
import { hostname } from "node:os"
import { Console, Deferred, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { Command } from "effect/cli"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import type { TaskDefinition } from "../domain/Task.ts"
import * as HttpServer from "../http/HttpServer.ts"
import { STATUS_INTERVAL_MS, statusLine } from "../observability/StatusLine.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { runWorker } from "../pipeline/Worker.ts"
import { BaselineModel } from "../sentiment/BaselineModel.ts"
import { EventLog } from "../source/EventLog.ts"
import { configured } from "./Root.ts"
import * as Services from "./Services.ts"

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
    `  look at  http://${config.http.host}:${config.http.port}/`,
    `           ${psql} -c 'SELECT stream_id, window_start, chat_count, z_score FROM ${config.results.schema}.chat_summary_minute ORDER BY id DESC LIMIT 20'`
  ].join("\n")
}

/** Asks the log how much is left to read. A log that doesn't answer has no lag to tell. */
const measureLag = Effect.gen(function* () {
  const status = yield* WorkerStatus
  const log = yield* EventLog
  const lags = yield* Effect.forEach(yield* status.checkpoints, ({ inputs, sourcePartition }) => {
    const task: TaskDefinition = { sourcePartition, inputs }
    return Effect.map(log.endOffsets(task), (ends) =>
      inputs.reduce((sum, { nextOffset }, index) => {
        const left = Number((ends[index] ?? nextOffset) - nextOffset)
        return sum + Math.max(0, left)
      }, 0)
    )
  }).pipe(Effect.timeout("5 seconds"), Effect.option)
  yield* status.lag(lags._tag === "Some" ? lags.value.reduce((sum, lag) => sum + lag, 0) : undefined)
})

const report = Effect.gen(function* () {
  const status = yield* WorkerStatus
  yield* measureLag
  yield* Effect.logInfo(statusLine(yield* status.take))
}).pipe(Effect.schedule(Schedule.spaced(Duration.millis(STATUS_INTERVAL_MS))))

/** Runs the worker. An interruption (SIGTERM, SIGINT) stops the reading, flushes what is finished and ends, within SHUTDOWN_TIMEOUT. */
const worker = Effect.fn("cli.worker")(function* (config: AppConfig) {
  const status = yield* WorkerStatus
  const stop = yield* Deferred.make<void>()
  yield* Effect.forkScoped(report)
  const running = yield* runWorker({
    settings: config.pipeline,
    model: BaselineModel,
    owner: `${hostname()}:${process.pid}`,
    stop,
    onStart: status.started,
    onEnd: ({ sourcePartition }, fenced) => status.ended(sourcePartition, fenced),
    onCommit: status.committed
  }).pipe(Effect.forkScoped)
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

export const run = Command.make("run", {}, () =>
  Effect.scoped(
    Effect.gen(function* () {
      const config = yield* Config
      const http = yield* Layer.build(HttpServer.layer(config.http).pipe(Layer.provideMerge(WorkerStatus.layer)))
      yield* Effect.gen(function* () {
        const database = yield* Services.database(config)
        yield* Console.log(greeting(config, database))
        yield* worker(config).pipe(
          Effect.provide(
            Layer.mergeAll(Services.store(config, database), Services.source(config), Services.deadLetterTopic(config))
          )
        )
      }).pipe(Effect.provideContext(http))
    })
  ).pipe(Effect.provide(configured()))
).pipe(
  Command.withDescription("Read chat and viewer events, write windows and moments to PostgreSQL, until stopped"),
  Command.withExamples([
    { command: "telemetra run", description: "Everything embedded: a simulated platform, a PostgreSQL under ./data" },
    { command: "telemetra --env-file prod.env run", description: "With variables from a file" }
  ])
)
