/**
 * The worker as its users run it: a process of its own, configured by nothing but its environment.
 * Ended with the scope.
 */
import { spawn } from "node:child_process"
import { Effect, Redacted, type Scope } from "effect"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import { freePort } from "./FreePort.ts"
import { ownedProcess } from "./OwnedProcess.ts"
import { until, untilTrue } from "./Until.ts"

export interface WorkerProcess {
  readonly pid: number
  /** The output so far, of both streams. */
  readonly output: () => string
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  /** Its exit code, once it has ended; the name of the signal that ended it. */
  readonly ended: Effect.Effect<number | string>
}

/** As it is built (`npm run build`). */
export const LAUNCHER = new URL("../../bin/telemetra.js", import.meta.url).pathname

/** Node's, as `npm start` and the launcher's first line have them. */
export const NODE_FLAGS: ReadonlyArray<string> = ["--max-semi-space-size=16"]

/** Node keeps its compiled code there, which saves a third of the CPU time of a start. */
const COMPILED = new URL("../../node_modules/.cache/node", import.meta.url).pathname

/** The part of the tests' own environment that a process gets: no variable that configures it. */
export const inherited = (): Readonly<Record<string, string>> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "",
  NO_COLOR: "1",
  NODE_COMPILE_CACHE: COMPILED
})

/**
 * Starts `telemetra` with these arguments and variables; of the tests' own environment it gets
 * nothing that configures it.
 */
export const startWorker = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<WorkerProcess, never, Scope.Scope> =>
  Effect.map(
    ownedProcess(() =>
      spawn(process.execPath, [...NODE_FLAGS, LAUNCHER, ...args], { env: { ...inherited(), ...env } })
    ),
    ({ child, ended, output }) => ({
      pid: child.pid ?? -1,
      output,
      signal: (name) => Effect.sync(() => void child.kill(name)),
      ended
    })
  )

/** The variables that name a database. */
export const postgresVariables = (postgres: PostgresConfig, schema: string): Readonly<Record<string, string>> => ({
  POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=${postgres.sslMode}`,
  POSTGRES_USER: postgres.user,
  ...(postgres.password === undefined ? {} : { POSTGRES_PASSWORD: Redacted.value(postgres.password) }),
  POSTGRES_SCHEMA: schema
})

/** The variables that make a worker write into a schema and listen on a port of its own. */
export const storeEnv = (postgres: PostgresConfig, schema: string) =>
  Effect.map(Effect.promise(freePort), (port): Readonly<Record<string, string>> => ({
    ...postgresVariables(postgres, schema),
    HTTP_PORT: String(port)
  }))

/** Waits until its readiness route returns this. */
export const untilReadiness = (worker: WorkerProcess, status: number, text: string): Effect.Effect<void> =>
  until(
    `readiness ${status}: ${text}`,
    Effect.promise(async () => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+\//.exec(worker.output()) ?? []
      if (address === undefined) return undefined
      const answer = await fetch(`${address}health/ready`)
      return (answer.status === status && (await answer.text()).includes(text)) || undefined
    }),
    worker.output
  )

/** Waits until the worker has printed this. */
export const untilPrinted = (worker: WorkerProcess, text: string | RegExp): Effect.Effect<void> =>
  untilTrue(
    `the worker to print ${text}`,
    () => (typeof text === "string" ? worker.output().includes(text) : text.test(worker.output())),
    worker.output
  )
