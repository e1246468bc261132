/**
 * The README's commands, started by the real npm and stopped by signals to npm: no process, port or
 * lock is left behind.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { freePort } from "../harness/FreePort.ts"
import { untilTrue } from "../harness/Until.ts"
import { inherited } from "../harness/WorkerProcess.ts"

const ROOT = new URL("../..", import.meta.url).pathname

interface Npm {
  readonly child: ChildProcess
  readonly output: () => string
  /**
   * All processes below npm: its own descendants and the detached ones of the embedded PostgreSQL.
   */
  readonly descendants: () => ReadonlyArray<number>
  readonly ended: Effect.Effect<void>
}

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-npm-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
)

/** The parent's id by process; without those that have ended and wait for their parent. */
const parents = (): ReadonlyMap<number, number> =>
  new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name): ReadonlyArray<readonly [number, number]> => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, "utf8")
          const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
          return state === "Z" ? [] : [[Number(name), Number(parent)]]
        } catch {
          return [] // it has ended meanwhile
        }
      })
  )

const descendantsOf = (pid: number): ReadonlyArray<number> => {
  const all = [...parents()]
  const below = (parent: number): ReadonlyArray<number> =>
    all.flatMap(([child, itsParent]) => (itsParent === parent ? [child, ...below(child)] : []))
  return below(pid)
}

const isAlive = (pid: number): boolean => parents().has(pid)

const npm = (
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
): Effect.Effect<Npm, never, Scope.Scope> =>
  Effect.gen(function* () {
    const seen = new Set<number>()
    const { child, output } = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn("npm", args, {
          cwd: ROOT,
          env: { ...inherited(), ...env },
          stdio: ["pipe", "pipe", "pipe"]
        })
        const output = { text: "" }
        for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output.text += String(chunk)))
        return { child, output }
      }),
      ({ child }) =>
        Effect.sync(() => {
          for (const pid of [child.pid ?? 0, ...descendantsOf(child.pid ?? 0), ...seen].filter((pid) => pid > 1)) {
            try {
              process.kill(pid, "SIGKILL")
            } catch {
              // it has ended
            }
          }
        })
    )
    return {
      child,
      output: () => output.text,
      descendants: () => {
        const pids = descendantsOf(child.pid ?? 0)
        for (const pid of pids) seen.add(pid)
        return pids
      },
      ended: untilTrue(
        "npm to end",
        () => child.exitCode !== null || child.signalCode !== null,
        () => output.text
      )
    }
  })

const isListening = (port: number): Effect.Effect<boolean> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy()
      resume(Effect.succeed(true))
    })
    socket.on("error", () => resume(Effect.succeed(false)))
  })

const variables = Effect.map(Effect.all([temporary, Effect.promise(freePort)]), ([folder, port]) => ({
  port,
  folder,
  env: { DATA_DIR: join(folder, "data"), HTTP_PORT: String(port), TMPDIR: folder }
}))

/** npm forwards these, so it ends only after the worker. */
const FORWARDED: ReadonlyArray<NodeJS.Signals> = ["SIGTERM", "SIGINT"]

/**
 * Stops npm and waits until it has ended. Its children end before it if npm forwards the signal,
 * else soon after it: `allEnded` waits for that.
 */
const stopBy = Effect.fnUntraced(function* (run: Npm, signal: NodeJS.Signals) {
  const started = run.descendants()
  assert.isNotEmpty(started)
  run.child.kill(signal)
  yield* run.ended
  if (FORWARDED.includes(signal)) assert.deepStrictEqual(started.filter(isAlive), [], `${run.output()}\nare left`)
  return { allEnded: untilTrue(`${started.join()} to end`, () => !started.some(isAlive), run.output) }
})

const WORKERS: ReadonlyArray<readonly [command: string, signals: ReadonlyArray<NodeJS.Signals>]> = [
  ["start", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"]],
  ["run telemetra -- run", ["SIGTERM"]],
  ["run telemetra -- demo", ["SIGINT", "SIGKILL"]]
]

for (const [command, signals] of WORKERS) {
  for (const signal of signals) {
    it.live(`npm ${command} leaves nothing behind after ${signal} to npm, and starts again`, () =>
      Effect.gen(function* () {
        const { env, folder, port } = yield* variables
        const stops: Array<Effect.Effect<void>> = []
        // Without a pause: a worker whose npm was killed may still be at its stop when the next one
        // starts.
        for (const start of ["first", "second"]) {
          const run = yield* npm(command.split(" "), env)
          yield* untilTrue(`the ${start} start`, () => run.output().includes("taken over"), run.output)
          assert.isAbove(run.descendants().length, 2, "the worker and the processes of its PostgreSQL")
          stops.push((yield* stopBy(run, signal)).allEnded)
          assert.notMatch(run.output().replace(/.*an earlier worker may be stopping\n/g, ""), / (WARN|ERROR) /)
        }
        for (const allEnded of stops) yield* allEnded
        assert.isFalse(yield* isListening(port))
        // The demo removes its folder.
        assert.deepStrictEqual(
          readdirSync(folder).filter((name) => name.startsWith("telemetra-demo-")),
          []
        )
      }).pipe(Effect.scoped)
    )
  }
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  it.live(`npm run telemetra -- replay leaves nothing behind after ${signal} to npm`, () =>
    Effect.gen(function* () {
      const { env, folder } = yield* variables
      const spools = () => readdirSync(folder).filter((name) => name.startsWith("telemetra-replay-"))
      // It reads its standard input, which does not end.
      const run = yield* npm(["run", "telemetra", "--", "replay", "-"], env)
      yield* untilTrue("the spool", () => spools().length > 0, run.output)
      yield* (yield* stopBy(run, signal)).allEnded
      assert.deepStrictEqual(spools(), [])
    }).pipe(Effect.scoped)
  )
}

for (const signal of ["SIGINT", "SIGHUP"] as const) {
  it.live(`npm run telemetra -- simulate leaves nothing behind after ${signal} to npm`, () =>
    Effect.gen(function* () {
      const { env, port } = yield* variables
      // No broker listens on that port: it retries until it is stopped.
      const run = yield* npm(["run", "telemetra", "--", "simulate"], {
        ...env,
        KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${port}`
      })
      yield* untilTrue("an attempt", () => run.output().includes("ECONNREFUSED"), run.output)
      yield* (yield* stopBy(run, signal)).allEnded
    }).pipe(Effect.scoped)
  )
}

it.live("npm start ends when the reader of its output closes the pipe, with exit code 74 and nothing left behind", () =>
  Effect.gen(function* () {
    const { env, port } = yield* variables
    const run = yield* npm(["start"], env)
    yield* untilTrue("the start", () => run.output().includes("taken over"), run.output)
    const started = run.descendants()
    run.child.stdout?.destroy()
    yield* run.ended
    assert.strictEqual(run.child.exitCode, 74)
    assert.deepStrictEqual(started.filter(isAlive), [], "are left")
    assert.isFalse(yield* isListening(port))
    assert.include(run.output(), "closed its pipe")
  }).pipe(Effect.scoped)
)
