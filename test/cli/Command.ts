/** `telemetra` as its users call it: a process of its own, from the sources, configured by nothing but its environment. */
import { spawn } from "node:child_process"
import { Effect, Redacted } from "effect"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"

const MAIN = new URL("../../src/main.ts", import.meta.url).pathname

/** A command that has not ended by then is killed. */
const PATIENCE_MS = 120_000

export interface Ended {
  /** The name of the signal where one ended it. */
  readonly code: number | string
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Uint8Array
}

/** Runs a command to its end. Of the tests' own environment it gets nothing that configures it. */
export const telemetra = (
  args: ReadonlyArray<string>,
  { env = {}, stdin }: CommandOptions = {}
): Effect.Effect<Ended> =>
  Effect.callback<Ended>((resume) => {
    const inherited = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NO_COLOR: "1" }
    const child = spawn(process.execPath, [MAIN, ...args], { env: { ...inherited, ...env }, timeout: PATIENCE_MS })
    const output = { stdout: "", stderr: "" }
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => (output[name] += text))
    }
    child.stdin.on("error", () => {}) // one that ends before it has read everything
    child.stdin.end(stdin)
    child.once("close", (code, signal) => resume(Effect.succeed({ code: code ?? signal ?? "lost", ...output })))
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** The variables that name a database. */
export const postgresVariables = (postgres: PostgresConfig, schema: string): Readonly<Record<string, string>> => ({
  POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=${postgres.sslMode}`,
  POSTGRES_USER: postgres.user,
  ...(postgres.password === undefined ? {} : { POSTGRES_PASSWORD: Redacted.value(postgres.password) }),
  POSTGRES_SCHEMA: schema
})
