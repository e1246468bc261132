/** `telemetra run`: reads the log and writes the tables until it is stopped. */
import { Clock, Console, Deferred, Duration, Effect, Exit, Fiber, Layer, Option, Schedule, Scope } from "effect"
import { Command } from "effect/cli"
import type { Collector } from "../collect/Collector.ts"
import { type AppConfig, Config, type PostgresConfig } from "../config/AppConfig.ts"
import { localUrl } from "../http/Exposure.ts"
import * as HttpServer from "../http/HttpServer.ts"
import type { Report } from "../observability/Report.ts"
import { STATUS_INTERVAL_MS, statusLine } from "../observability/StatusLine.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import * as Notify from "../notify/Notify.ts"
import { Tables } from "../query/Tables.ts"
import { untilOutputClosed } from "../terminal/ClosedOutput.ts"
import { member } from "../worker/Member.ts"
import * as Collection from "./Collection.ts"
import { configured, root } from "./Root.ts"
import { afterPredecessor } from "../retry/Predecessor.ts"
import { tryListen } from "../http/Port.ts"
import { claim } from "../worker/FolderUse.ts"
import { keptPlatform } from "../worker/KeptPlatform.ts"
import * as Layers from "../worker/Layers.ts"
import * as StopBudget from "../worker/StopBudget.ts"
import { watchSplitStreams } from "../worker/SplitStreamWatch.ts"
import { thread } from "../worker/WorkerThread.ts"

/** The source in a worker's summary. */
const readsOf = ({ source, topics }: AppConfig): string => {
  switch (source._tag) {
    case "kafka":
      return `${topics.chat} and ${topics.viewer} from Kafka at ${source.kafka.bootstrapServers.join(",")}, as group ${source.kafka.groupId}`
    case "local":
      return `${topics.chat} and ${topics.viewer} from the local log, which keeps ${Duration.format(source.retention)}`
    case "simulator":
      return "a simulated platform: broadcasts of yesterday and today, the last 15 minutes, then live"
  }
}

/** The summary that a worker prints at its start. */
const greeting = (config: AppConfig, { postgres, psql }: Layers.Database): string => {
  const { sizeMs, slideMs } = config.pipeline.window
  const reads = readsOf(config)
  return [
    "Telemetra stream",
    `  reads    ${reads}`,
    ...(config.collect.channels.length === 0 ? [] : [`  collects ${config.collect.channels.join(", ")}`]),
    `  windows  ${Duration.format(Duration.millis(sizeMs))} every ${Duration.format(Duration.millis(slideMs))}`,
    `  writes   ${config.database._tag === "embedded" ? "an embedded PostgreSQL" : "PostgreSQL"} at ${postgres.host}:${postgres.port}/${postgres.database}, schema ${config.tables.schema}`,
    ...(config.notify.targets.length === 0
      ? []
      : [`  notifies ${config.notify.targets.map(({ name }) => name).join(", ")}`]),
    `  open     ${localUrl(config.http.host, config.http.port)}/`,
    `           ${psql} -c 'SELECT stream_id, window_start, chat_count, z_score FROM ${config.tables.schema}.chat_summary_minute ORDER BY window_start DESC LIMIT 20'`
  ].join("\n")
}

const printStatus = Effect.gen(function* () {
  const status = yield* WorkerStatus
  yield* Effect.logInfo(statusLine(yield* status.take))
}).pipe(Effect.schedule(Schedule.spaced(Duration.millis(STATUS_INTERVAL_MS))))

/** Runs the members. An interruption stops reading and flushes all closed windows. */
const work = Effect.fn("cli.work")(function* (
  config: AppConfig,
  postgres: PostgresConfig,
  envFile: string | undefined,
  budget: StopBudget.StopBudget,
  collector: Collector | undefined
) {
  const status = yield* WorkerStatus
  const stop = yield* Deferred.make<void>()
  yield* Effect.forkScoped(printStatus)
  yield* Effect.forkScoped(watchSplitStreams)
  yield* Effect.forkScoped(Notify.run(config, postgres))
  yield* Effect.forEach(Array(config.workers).keys(), (index) => status.record(index, { _tag: "Starting" }), {
    discard: true
  })
  const members = Array.from({ length: config.workers }, (_, index) => {
    const report = (news: Report) => status.record(index, news)
    // Member 0 runs on the main thread, which would otherwise be idle.
    if (index === 0) return member({ postgres, stop, report })
    return thread({ envFile, postgres, stop, report, threads: config.workers })
  })
  const running = yield* Effect.all(members, { concurrency: "unbounded", discard: true }).pipe(Effect.forkScoped)
  if (collector !== undefined) {
    yield* status.follow(() => collector.state.collecting(Collection.firstRowsMs(config.pipeline)))
  }
  const collecting = yield* (
    collector === undefined ? Effect.never : Collection.collect(collector, localLogOf(config, postgres))
  ).pipe(Effect.forkScoped)
  const drained = Effect.gen(function* () {
    if (collector !== undefined) yield* Collection.drain(collector, collecting, yield* budget.left("collect"))
  })
  const flushed = Effect.gen(function* () {
    yield* Effect.logInfo("Stopping: flushing closed windows")
    yield* drained
    yield* Deferred.succeed(stop, undefined)
    yield* Effect.timeoutOrElse(Fiber.await(running), {
      duration: yield* budget.left("flush"),
      orElse: () =>
        Effect.logWarning(
          `Not flushed within SHUTDOWN_TIMEOUT (${Duration.format(config.shutdownTimeout)}): the next start reads those records again`
        )
    })
  })
  // A failure: what was read is appended, windows are not flushed.
  const failed = Effect.gen(function* () {
    yield* budget.begin
    if (collector !== undefined) yield* Effect.logInfo("The worker ends: appending what was collected")
    yield* drained
  })
  yield* Effect.raceFirst(Fiber.join(running), Fiber.join(collecting)).pipe(
    Effect.tapError(() => failed),
    Effect.onInterrupt(() => flushed)
  )
})

/** The database of the local log, if the collector appends to that. */
const localLogOf = ({ source }: AppConfig, postgres: PostgresConfig): PostgresConfig | undefined =>
  source._tag === "kafka" ? undefined : postgres

/** Fails if another process listens on the HTTP port. */
const portFree = ({ host, port }: AppConfig["http"]): Effect.Effect<void, HttpServer.ListenError> =>
  Effect.flatMap(tryListen(host, port), (code) =>
    code === "EADDRINUSE" ? Effect.fail(new HttpServer.ListenError({ host, port, code })) : Effect.void
  )

/**
 * Opens the HTTP port and the database, the latter in the scope `lasting`, and runs the members
 * until they end or are interrupted.
 */
const working = Effect.fn("cli.working")(function* (
  config: AppConfig,
  greet: typeof greeting,
  budget: StopBudget.StopBudget,
  lasting: Scope.Scope
) {
  const { http: address, shutdownTimeout } = config
  const collector = yield* Collection.configured
  yield* afterPredecessor(portFree(address), () => true, shutdownTimeout)
  const http = yield* Layer.build(HttpServer.layer(config).pipe(Layer.provideMerge(Tables.layer)))
  yield* Effect.gen(function* () {
    // An embedded database outlives the HTTP port, whose handlers query it.
    const database = yield* afterPredecessor(
      Layers.database(budget.left("database")).pipe(Scope.provide(lasting)),
      ({ reason }) => reason === "InUse",
      shutdownTimeout
    )
    yield* Effect.forkScoped((yield* Tables).open(database.postgres, config.tables, config.sessionTimeout))
    const channels = collector === undefined ? [] : Collection.namesOf(collector)
    yield* Console.log(greet({ ...config, collect: { ...config.collect, channels } }, database))
    const { envFile } = yield* root
    yield* work(config, database.postgres, Option.getOrUndefined(envFile), budget, collector)
  }).pipe(Effect.provideContext(http))
})

/**
 * Runs a worker under the current configuration until it is stopped. `greet` makes the summary that
 * it prints at its start. The end takes SHUTDOWN_TIMEOUT at most, counted from the request to stop
 * or from a failure. Resources that are still open then are closed by the end of the process.
 */
export const serve = (greet: typeof greeting) =>
  Effect.gen(function* () {
    const config = yield* Config
    const status = yield* WorkerStatus
    const budget = StopBudget.make(config.shutdownTimeout)
    const begin = Effect.andThen(budget.begin, status.stop)
    const lasting = yield* Scope.make()
    const worked = working(config, greet, budget, lasting)
    const ended = yield* Deferred.make<void, Effect.Error<typeof worked>>()
    const running = yield* worked.pipe(
      Effect.onExit((exit) => Effect.andThen(begin, Deferred.done(ended, exit))),
      Effect.scoped,
      Effect.forkDetach
    )
    const closed = Effect.gen(function* () {
      const closed = yield* Effect.timeoutOption(Fiber.await(running), yield* budget.left("close"))
      if (Option.isNone(closed))
        yield* Effect.logWarning("Resources still open after SHUTDOWN_TIMEOUT: the process ends without closing them")
    })
    const databaseEnded = Effect.gen(function* () {
      const ending = yield* Effect.forkDetach(Scope.close(lasting, Exit.void))
      yield* Effect.timeoutOption(Fiber.await(ending), yield* budget.left("database"))
    })
    yield* Deferred.await(ended).pipe(
      Effect.onInterrupt(() =>
        Effect.andThen(
          begin,
          Effect.sync(() => running.interruptUnsafe())
        )
      ),
      Effect.raceFirst(untilOutputClosed),
      Effect.ensuring(closed),
      Effect.ensuring(databaseEnded)
    )
  }).pipe((served) => Effect.flatMap(Config, (config) => Effect.provide(served, WorkerStatus.layer(config))))

/** The simulated platform of `run`. Further threads would not know it. */
const platform = Effect.gen(function* () {
  const config = yield* Config
  const { database, dataDir, source, workers } = config
  yield* claim(config)
  if (source._tag !== "simulator" || database._tag !== "embedded" || workers > 1) return {}
  return yield* keptPlatform(dataDir, yield* Clock.currentTimeMillis)
})

export const run = Command.make("run", {}, () =>
  serve(greeting).pipe(Effect.provideServiceEffect(Layers.Platform, platform), Effect.provide(configured()))
).pipe(
  Command.withDescription("Read chat and viewer events, write windows and moments to PostgreSQL, until stopped"),
  Command.withExamples([
    {
      command: "telemetra run",
      description: "Everything embedded: a simulated platform, and a PostgreSQL under ./data"
    },
    { command: "telemetra --env-file prod.env run", description: "With variables from a file" }
  ])
)
