/**
 * `telemetra` as its users call it: a process of its own, as it is built, configured by nothing but
 * its environment.
 */
import { spawn } from "node:child_process"
import { Effect, type Scope } from "effect"
import { inherited, LAUNCHER, NODE_FLAGS } from "../harness/WorkerProcess.ts"

/** A command that has not ended by then is killed. */
const PATIENCE_MS = 480_000

/** How long one that is no longer wanted may take to end. */
const END_PATIENCE_MS = 20_000

export interface Printed {
  readonly stdout: string
  readonly stderr: string
}

export interface Ended extends Printed {
  /** The name of the signal where one ended it. */
  readonly code: number | string
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
  /** Its working directory. */
  readonly cwd?: string
}

export interface Running {
  /** The output so far. */
  readonly printed: () => Printed
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  readonly ended: Effect.Effect<Ended>
}

/**
 * Starts a command without the configuration variables of the tests' own environment. It ends with
 * the scope.
 */
export const start = (
  args: ReadonlyArray<string>,
  { cwd = process.cwd(), env = {}, stdin }: CommandOptions = {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [...NODE_FLAGS, LAUNCHER, ...args], {
          cwd,
          env: { ...inherited(), ...env },
          timeout: PATIENCE_MS
        })
        const output = { stdout: "", stderr: "" }
        for (const name of ["stdout", "stderr"] as const) {
          child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text))
        }
        child.stdin.on("error", () => {}) // one that ends before it has read everything
        child.stdin.end(stdin)
        const ended = new Promise<Ended>((resolve) =>
          child.once("close", (code, signal) => resolve({ code: code ?? signal ?? "lost", ...output }))
        )
        return { child, ended, output }
      }),
      ({ child, ended }) =>
        Effect.promise(() => {
          // Its children end with it; processes that ignore the signal are killed.
          child.kill("SIGTERM")
          const killer = setTimeout(() => child.kill("SIGKILL"), END_PATIENCE_MS)
          return ended.finally(() => clearTimeout(killer))
        })
    ),
    ({ child, ended, output }) => ({
      printed: () => ({ ...output }),
      signal: (name) => Effect.sync(() => void child.kill(name)),
      ended: Effect.promise(() => ended)
    })
  )

/** Runs a command to its end. */
export const telemetra = (args: ReadonlyArray<string>, options?: CommandOptions): Effect.Effect<Ended> =>
  Effect.scoped(Effect.flatMap(start(args, options), ({ ended }) => ended))
