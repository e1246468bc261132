/** `telemetra collect`: reads public chat and appends it to the log, until it is stopped. */
import { Console, Duration, Effect, Fiber } from "effect"
import { Argument, Command } from "effect/cli"
import { type AppConfig, Config } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import { untilOutputClosed } from "../terminal/ClosedOutput.ts"
import { claim } from "../worker/FolderUse.ts"
import * as Layers from "../worker/Layers.ts"
import * as Collection from "./Collection.ts"
import { configured, isVariableSet } from "./Root.ts"

/** The readers of the local log. A data folder belongs to the process that was started first. */
const readers = (names: ReadonlyArray<string>, database: AppConfig["database"]["_tag"]): string =>
  database === "embedded"
    ? `a worker with SOURCE=local. If none runs yet, end this collector and type: COLLECT=${names.join(",")} telemetra run`
    : "SOURCE=local telemetra run, with the same POSTGRES_URL and POSTGRES_SCHEMA"

const collecting = Effect.gen(function* () {
  const config = yield* Config
  const collector = yield* Collection.configured
  if (collector === undefined) {
    return yield* new ConfigurationError({
      problems: [{ name: "COLLECT", value: null, allowed: "channels, such as `telemetra collect twitch:NAME`" }]
    })
  }
  const { database, source, topics } = config
  const names = Collection.namesOf(collector)
  yield* claim(config)
  const postgres = source._tag === "kafka" ? undefined : yield* Layers.sharedDatabase
  const log =
    source._tag === "kafka"
      ? `Kafka at ${source.kafka.bootstrapServers.join(",")}`
      : `the local log in PostgreSQL at ${postgres?.host}:${postgres?.port}`
  yield* Console.log(
    [
      "Telemetra collector",
      `  collects ${names.join(", ")}`,
      `  into     ${topics.chat} and ${topics.viewer}, ${log}`,
      ...(source._tag === "kafka" ? [] : [`  read by  ${readers(names, database._tag)}`])
    ].join("\n")
  )
  const running = yield* Effect.forkScoped(Collection.collect(collector, postgres))
  const drained = Collection.drain(collector, running, Duration.times(config.shutdownTimeout, 0.75))
  yield* Fiber.join(running).pipe(
    Effect.tapError(() => drained),
    Effect.onInterrupt(() => Effect.andThen(Effect.logInfo("Stopping: appending what was read"), drained)),
    Effect.raceFirst(untilOutputClosed)
  )
}).pipe(Effect.scoped)

/** Kafka needs no database. A database of POSTGRES_URL has the local log. */
const overrides = (channels: ReadonlyArray<string>) =>
  Effect.map(isVariableSet("POSTGRES_URL"), (isSet): Record<string, string> => ({
    ...(channels.length === 0 ? {} : { COLLECT: channels.join(",") }),
    ...(isSet ? {} : { STORE: "embedded" })
  }))

export const collect = Command.make(
  "collect",
  {
    channels: Argument.String("channels").pipe(
      Argument.withDescription("Channels as platform:name, several separated by commas; the default is COLLECT"),
      Argument.variadic()
    )
  },
  ({ channels }) =>
    Effect.flatMap(overrides(channels), (variables) => collecting.pipe(Effect.provide(configured(variables))))
).pipe(
  Command.withDescription("Collect public chat into Kafka or the local log, until stopped"),
  Command.withExamples([
    { command: "KAFKA_BOOTSTRAP_SERVERS=kafka:9092 telemetra collect twitch:one,two", description: "Into Kafka" },
    { command: "COLLECT=twitch:one telemetra run", description: "Collector, log, worker and database in one process" }
  ])
)
