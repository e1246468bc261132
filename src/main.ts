/** The command `telemetra`: parses, provides the layers once, runs. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Cause, Console, Effect, Layer, Option } from "effect"
import { Command, Flag } from "effect/cli"
import * as ExitCodes from "./cli/ExitCodes.ts"
import { migrate } from "./cli/Migrate.ts"
import { run } from "./cli/Run.ts"
import { simulate } from "./cli/Simulate.ts"
import { Config } from "./config/AppConfig.ts"
import * as Environment from "./config/Environment.ts"
import * as Load from "./config/Load.ts"
import * as Logging from "./observability/Logging.ts"

const telemetra = Command.make("telemetra").pipe(
  Command.withSharedFlags({
    envFile: Flag.File("env-file", { mustExist: false }).pipe(
      Flag.withDescription("A file of variables; those of the environment win"),
      Flag.optional
    )
  }),
  Command.withDescription("Live-stream chat to answers: from Kafka into PostgreSQL, exactly once"),
  Command.withSubcommands([run, migrate, simulate]),
  Command.provide(({ envFile }) => {
    const environment = Environment.layer({ process: process.env, envFile: Option.getOrUndefined(envFile) })
    const config = Load.layer.pipe(Layer.provide(environment))
    const logging = Layer.unwrap(Effect.map(Config, ({ log }) => Logging.layer(log)))
    return Layer.provideMerge(logging, config)
  })
)

// The one place where a failure is told: its message, fit for people; a defect with its trace.
const tell = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  const code = ExitCodes.exitCodeOf(error)
  if (code === ExitCodes.ExitCode.ok || code === ExitCodes.ExitCode.usage) return Effect.void
  return Console.error(
    code === ExitCodes.ExitCode.crash ? Cause.pretty(cause) : error instanceof Error ? error.message : String(error)
  )
}

telemetra.pipe(
  Command.run({ version: "0.1.0" }),
  Effect.tapCause(tell),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: ExitCodes.teardown })
)
