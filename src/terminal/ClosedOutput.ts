/** Reactions to a closed pipe: the reader of the output has ended. */
import { Console, Effect } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

/**
 * For a worker: interrupts it with exit code 74 when the reader of standard output or standard
 * error closes its pipe. Any other error of an output, such as a full disk, loses log lines only.
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

/** For a bounded command: a reader such as `head` may close its pipe early without an error. */
export const ignoreClosedPipe: Effect.Effect<void> = Effect.sync(() => {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error
    })
  }
})
