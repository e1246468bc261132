/** What becomes of a worker whose log nobody reads any more. */
import { Console, Effect } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * Interrupts, with the exit code for it, when the reader of standard output or standard error closes its pipe. Every other error of an output, such as a full disk or a terminal
 * that is gone, loses lines of the log and nothing else, for the rest of the process.
 */
export const untilOutputClosed: Effect.Effect<never> = Effect.callback<void>((resume) => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") resume(Effect.void)
    })
  }
}).pipe(
  Effect.andThen(
    Console.error(
      "The reader of the output closed its pipe (EPIPE): stopping. Start the worker again with a reader, or send its output to a file"
    )
  ),
  Effect.andThen(Effect.sync(() => void (process.exitCode = ExitCode.output))),
  Effect.andThen(Effect.interrupt)
)
