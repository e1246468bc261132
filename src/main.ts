/** The command `telemetra`: parses, provides what the platform gives, runs, tells of failures. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect } from "effect"
import { Command } from "effect/cli"
import { compare } from "./cli/Compare.ts"
import { deadLetters } from "./cli/DeadLetters.ts"
import { demo } from "./cli/Demo.ts"
import { doctor } from "./cli/Doctor.ts"
import { ExitCode } from "./domain/ExitCode.ts"
import * as ExitCodes from "./terminal/ExitCodes.ts"
import { migrate } from "./cli/Migrate.ts"
import { replay } from "./cli/Replay.ts"
import { root } from "./cli/Root.ts"
import { run } from "./cli/Run.ts"
import { runMain } from "./cli/RunMain.ts"
import { simulate } from "./cli/Simulate.ts"
import { VERSION } from "./observability/Version.ts"

/** The one place where a failure is told: by its message, which is fit for people; a defect by its trace. */
const tell = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  const code = ExitCodes.exitCodeOf(error)
  // The command line has told its own already.
  if (code === ExitCode.ok || code === ExitCode.usage) return Effect.void
  return Console.error(code === ExitCode.crash || !(error instanceof Error) ? Cause.pretty(cause) : error.message)
}

root.pipe(
  Command.withSubcommands([run, demo, doctor, migrate, replay, compare, deadLetters, simulate]),
  Command.run({ version: VERSION }),
  Effect.tapCause(tell),
  Effect.provide(NodeServices.layer),
  runMain({ disableErrorReporting: true, teardown: ExitCodes.teardown })
)
