/** The root command: its flags, and the configuration that every command starts from. */
import { Effect, Layer, Logger, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import { nodeAt } from "../config/Draft.ts"
import * as Environment from "../config/Environment.ts"
import * as Load from "../config/Load.ts"
import type { VariableName } from "../config/Variables.ts"
import * as Logging from "../observability/Logging.ts"

export const root = Command.make("telemetra").pipe(
  Command.withSharedFlags({
    envFile: Flag.File("env-file", { mustExist: false }).pipe(
      Flag.withDescription("A file of variables; the environment takes precedence"),
      Flag.optional
    )
  }),
  Command.withDescription("Live-stream chat to answers: from Kafka into PostgreSQL, exactly once"),
  Command.withExamples([
    { command: "telemetra demo", description: "Try it: everything embedded, all data removed at the end" },
    {
      command: "KAFKA_BOOTSTRAP_SERVERS=kafka:9092 POSTGRES_URL=postgresql://telemetra@db/telemetra telemetra doctor",
      description: "Check that a worker can run"
    },
    { command: "telemetra --env-file prod.env run", description: "Run the worker" }
  ])
)

/** The variables of the command. `overrides` are those that the command itself sets. */
export const environment = (overrides: Readonly<Record<string, string>> = {}) =>
  Effect.map(root, ({ envFile }) =>
    Environment.layer({ process: process.env, envFile: Option.getOrUndefined(envFile), overrides })
  )

/** Whether the process or the file after `--env-file` sets the variable. */
export const isVariableSet = (name: VariableName) =>
  Effect.flatMap(environment(), (variables) =>
    Effect.map(nodeAt([name]), (node) => node?.value !== undefined).pipe(Effect.provide(variables))
  )

/** The configuration, and a logger with the configured level and format. */
export const configured = (overrides: Readonly<Record<string, string>> = {}) =>
  Layer.unwrap(
    Effect.map(environment(overrides), (variables) => {
      const logging = Layer.unwrap(Effect.map(Config, ({ log }) => Logging.layer(log)))
      return Layer.provideMerge(logging, Layer.provide(Load.layer, variables))
    })
  )

/** {@link configured} for bounded commands: its notices go to standard error. */
export const configuredBounded = (overrides: Readonly<Record<string, string>> = {}) =>
  Layer.provide(configured(overrides), Layer.succeed(Logger.LogToStderr, true))

/** For commands that use only the database; source settings are ignored. */
export const WITHOUT_SOURCE: Readonly<Record<string, string>> = { SOURCE: "simulator", COLLECT: "" }
