/** The exit code of a program, from the error that ended it. */
import { Cause, Exit, Runtime } from "effect"
import { CliError } from "effect/cli"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * The code that the error carries (`Runtime.errorExitCode`); 1 for an error without one.
 * `UserError` wraps the error of a command. All other errors of the command line are invalid
 * arguments, except a request for help.
 */
export const exitCodeOf = (error: unknown): number => {
  if (!CliError.isCliError(error)) return Runtime.getErrorExitCode(error)
  if (error._tag === "UserError") return exitCodeOf(error.cause)
  return error._tag === "ShowHelp" && error.errors.length === 0 ? ExitCode.ok : ExitCode.usage
}

/**
 * For `runMain`. An interruption (SIGTERM, SIGINT, SIGHUP, SIGQUIT) is the regular end of a worker,
 * so it is a success after cleanup. A command that ends otherwise has set `process.exitCode`.
 */
export const teardown: Runtime.Teardown = (exit, onExit) => {
  if (Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)) {
    return onExit(Number(process.exitCode ?? ExitCode.ok))
  }
  return onExit(exitCodeOf(Cause.squash(exit.cause)))
}
