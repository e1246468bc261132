/**
 * Every command when nothing reads its standard output or standard error: no crash, no process left
 * behind.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { freePort } from "../harness/FreePort.ts"
import { untilTrue } from "../harness/Until.ts"
import { inherited, LAUNCHER } from "../harness/WorkerProcess.ts"

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-closed-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
)

type Output = "stdout" | "stderr"

const start = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<ChildProcess, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      return spawn(process.execPath, ["--", LAUNCHER, ...args], { env: { ...inherited(), ...env } })
    }),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )

const ended = (child: ChildProcess) =>
  untilTrue("the command to end", () => child.exitCode !== null || child.signalCode !== null)

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

for (const command of ["run", "demo --data-dir FOLDER/demo"]) {
  for (const closed of [["stdout"], ["stdout", "stderr"]] satisfies ReadonlyArray<ReadonlyArray<Output>>) {
    it.live(`${command} | head: ends with 74 and its PostgreSQL with it, ${closed.join(" and ")} closed`, () =>
      Effect.gen(function* () {
        const folder = yield* temporary
        const port = yield* Effect.promise(freePort)
        const child = yield* start(command.replace("FOLDER", folder).split(" "), {
          DATA_DIR: join(folder, "run"),
          HTTP_PORT: String(port)
        })
        child.stdout?.resume()
        child.stderr?.resume()
        const mark = ["run", "demo"].map((name) => join(folder, name, "postgres/data/postmaster.pid"))
        const found = () => mark.find((path) => existsSync(path))
        yield* untilTrue("the embedded PostgreSQL", () => /\n/.test(readFileSync(found() ?? "/dev/null", "utf8")))
        const pid = Number(readFileSync(found() ?? "", "utf8").split("\n")[0])
        assert.isTrue(isAlive(pid))
        for (const name of closed) child[name]?.destroy()
        yield* ended(child)
        assert.strictEqual(child.exitCode, 74)
        assert.isFalse(isAlive(pid))
      }).pipe(Effect.scoped)
    )
  }
}

const COMMANDS: ReadonlyArray<readonly [command: string, code: number]> = [
  ["--help", 0],
  ["--version", 0],
  ["replay --help", 0],
  ["no-such-command", 2],
  ["--env-file missing.env run", 78],
  ["--env-file missing.env doctor", 78],
  ["simulate --events 1", 78],
  ["doctor", 0],
  ["doctor --json", 0],
  ["migrate", 0],
  ["dead-letters list", 0],
  ["compare --theirs elsewhere", 66]
]

for (const closed of [["stdout"], ["stderr"], ["stdout", "stderr"]] satisfies ReadonlyArray<ReadonlyArray<Output>>) {
  it.live(`commands that end keep their exit codes, ${closed.join(" and ")} closed`, () =>
    Effect.gen(function* () {
      const folder = yield* temporary
      const port = yield* Effect.promise(freePort)
      for (const [command, code] of COMMANDS) {
        const child = yield* start(command.split(" "), { DATA_DIR: folder, HTTP_PORT: String(port) })
        for (const name of ["stdout", "stderr"] as const) {
          if (closed.some((one) => one === name)) child[name]?.destroy()
          else child[name]?.resume()
        }
        yield* ended(child)
        assert.strictEqual(child.exitCode, code, command)
      }
    }).pipe(Effect.scoped)
  )
}
