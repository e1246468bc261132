/** The root command: its flags, and the configuration that every command starts from. */
import { Console, Effect, Layer, Logger, Option, type Scope } from "effect"
import { Command, Flag } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import * as Environment from "../config/Environment.ts"
import * as Load from "../config/Load.ts"
import * as Logging from "../observability/Logging.ts"
import { ExitCode } from "../domain/ExitCode.ts"

export const root = Command.make("telemetra").pipe(
  Command.withSharedFlags({
    envFile: Flag.File("env-file", { mustExist: false }).pipe(
      Flag.withDescription("A file of variables; those of the environment win"),
      Flag.optional
    )
  }),
  Command.withDescription("Live-stream chat to answers: from Kafka into PostgreSQL, exactly once"),
  Command.withExamples([
    { command: "telemetra demo", description: "See it at work: everything embedded, nothing left behind" },
    {
      command: "KAFKA_BOOTSTRAP_SERVERS=kafka:9092 POSTGRES_URL=postgresql://telemetra@db/telemetra telemetra doctor",
      description: "Is everything there that a worker needs?"
    },
    { command: "telemetra --env-file prod.env run", description: "The worker" }
  ])
)

/** Where the command's variables come from. `overrides` are those that it decides itself. */
export const environment = (overrides: Readonly<Record<string, string>> = {}) =>
  Effect.map(root, ({ envFile }) =>
    Environment.layer({ process: process.env, envFile: Option.getOrUndefined(envFile), overrides })
  )

/** The configuration and the log as it asks for. */
export const configured = (overrides: Readonly<Record<string, string>> = {}) =>
  Layer.unwrap(
    Effect.map(environment(overrides), (variables) => {
      const logging = Layer.unwrap(Effect.map(Config, ({ log }) => Logging.layer(log)))
      return Layer.provideMerge(logging, Layer.provide(Load.layer, variables))
    })
  )

/** For commands that need the database alone: what is said of a source does not matter. */
export const WITHOUT_SOURCE: Readonly<Record<string, string>> = { SOURCE: "simulator" }

/**
 * Runs a command whose output is its result: the log goes to standard error, whoever reads the output may leave before its end, and one that is interrupted has failed.
 */
export const answering = <A, E, R>(command: Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.andThen(ignoreClosedPipe, Effect.scoped(command)).pipe(
    Effect.onInterrupt(() =>
      Effect.andThen(
        Console.error("Interrupted: what was done so far stays"),
        Effect.sync(() => (process.exitCode = ExitCode.interrupted))
      )
    ),
    Effect.provideService(Logger.LogToStderr, true)
  )

const ignoreClosedPipe = Effect.sync(() => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })
  }
})
