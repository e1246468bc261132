/** Runs a command that ends by itself and prints a result. */
import { Console, Effect, Logger, type Scope } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { ignoreClosedPipe } from "./ClosedOutput.ts"

/**
 * The result goes to standard output, the log to standard error. A closed pipe is not an error. An
 * interruption exits with 130.
 */
export const boundedCommand = <A, E, R>(command: Effect.Effect<A, E, R | Scope.Scope>) =>
  Effect.andThen(ignoreClosedPipe, Effect.scoped(command)).pipe(
    Effect.onInterrupt(() =>
      Effect.andThen(
        Console.error("Interrupted: work done so far is kept"),
        Effect.sync(() => (process.exitCode = ExitCode.interrupted))
      )
    ),
    Effect.provideService(Logger.LogToStderr, true)
  )
