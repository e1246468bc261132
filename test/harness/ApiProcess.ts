/** A replica of the API in a process of its own. Ended with the scope. */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { Effect, Redacted, type Scope } from "effect"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"

export interface ApiProcess {
  /** The API's address, without a slash at its end. */
  readonly url: string
  readonly pid: number
  readonly residentBytes: Effect.Effect<number>
}

/** A heap that is not needed would grow all the same. */
const NODE_FLAGS = ["--max-old-space-size=192"]

const SCRIPT = new URL("./serve-api.ts", import.meta.url).pathname

export const startApiProcess = (
  postgres: PostgresConfig,
  schema: string
): Effect.Effect<ApiProcess, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { password, ...rest } = postgres
    const plain = { ...rest, password: password === undefined ? undefined : Redacted.value(password) }
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(process.execPath, [...NODE_FLAGS, SCRIPT, schema], {
          env: { PATH: process.env["PATH"] ?? "", NO_COLOR: "1", TEST_POSTGRES: JSON.stringify(plain) },
          stdio: ["ignore", "pipe", "inherit"]
        })
        // A test process that gives up without running its finalizers takes it along.
        process.once("exit", () => child.kill("SIGKILL"))
        return child
      }),
      (child) => Effect.sync(() => void child.kill("SIGKILL"))
    )
    const url = yield* Effect.callback<string>((resume) => {
      const lines = createInterface({ input: child.stdout })
      lines.on("line", (line) => {
        if (line.startsWith("http://")) resume(Effect.succeed(line))
      })
      child.once("exit", (code) => resume(Effect.die(new Error(`the API's process ended with ${code}`))))
    })
    const pid = child.pid ?? -1
    return {
      url,
      pid,
      residentBytes: Effect.sync(() => {
        const [, kibibytes = "0"] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? []
        return Number(kibibytes) * 1024
      })
    }
  })
