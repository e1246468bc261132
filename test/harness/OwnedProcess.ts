/** A process that does not outlive its test. */
import type { ChildProcessWithoutNullStreams } from "node:child_process"
import { Effect, type Scope } from "effect"

export interface OwnedProcess {
  readonly child: ChildProcessWithoutNullStreams
  /** The output so far, of both streams. */
  readonly output: () => string
  /** Its exit code once it has ended, or the name of the signal that ended it. */
  readonly ended: Effect.Effect<number | string>
}

/**
 * Starts a process and kills it when the scope closes. Also kills it if the test process exits
 * without its finalizers.
 */
export const ownedProcess = (
  start: () => ChildProcessWithoutNullStreams
): Effect.Effect<OwnedProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = start()
      const kill = () => void child.kill("SIGKILL")
      process.once("exit", kill)
      let output = ""
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
      const ended = new Promise<number | string>((resolve) =>
        child.once("exit", (code, signal) => {
          process.off("exit", kill)
          resolve(code ?? signal ?? "lost")
        })
      )
      return { child, output: () => output, ended: Effect.promise(() => ended) }
    }),
    ({ child, ended }) => {
      child.kill("SIGKILL")
      return ended
    }
  )
