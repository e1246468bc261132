/**
 * The command `telemetra`: parses arguments, provides platform services, runs, reports failures.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Console, Effect } from "effect"
import { Command } from "effect/cli"
import { collect } from "./cli/Collect.ts"
import { compare } from "./cli/Compare.ts"
import { deadLetters } from "./cli/DeadLetters.ts"
import { demo } from "./cli/Demo.ts"
import { doctor } from "./cli/Doctor.ts"
import { migrate } from "./cli/Migrate.ts"
import { replay } from "./cli/Replay.ts"
import { root } from "./cli/Root.ts"
import { run } from "./cli/Run.ts"
import { moments } from "./cli/Moments.ts"
import { simulate } from "./cli/Simulate.ts"
import { streams } from "./cli/Streams.ts"
import { ExitCode } from "./domain/ExitCode.ts"
import { VERSION } from "./observability/Version.ts"
import { exitCodeOf, teardown } from "./terminal/ExitCodes.ts"
import { runMain } from "./terminal/RunMain.ts"

/** The only place that prints errors: failures by their message, defects with a stack trace. */
const report = (cause: Cause.Cause<unknown>) => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = Cause.squash(cause)
  const code = exitCodeOf(error)
  // The argument parser has printed its own errors.
  if (code === ExitCode.ok || code === ExitCode.usage) return Effect.void
  return Console.error(code === ExitCode.crash || !(error instanceof Error) ? Cause.pretty(cause) : error.message)
}

root.pipe(
  Command.withSubcommands([
    run,
    collect,
    demo,
    doctor,
    migrate,
    replay,
    compare,
    streams,
    moments,
    deadLetters,
    simulate
  ]),
  Command.run({ version: VERSION }),
  Effect.tapCause(report),
  Effect.provide(NodeServices.layer),
  runMain({ disableErrorReporting: true, teardown })
)
