/**
 * The server process of one data folder: starts it, waits until it accepts connections, stops it.
 */
import { spawn } from "node:child_process"
import { open, readFile, readlink, realpath, rename, rm } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { Deferred, Duration, Effect, Option } from "effect"
import { EmbeddedPostgresError, fileError } from "./EmbeddedPostgresError.ts"
import { childrenOf, commandLineOf, signal } from "./Processes.ts"
import type { RunAs } from "./RunAs.ts"

/** The paths and the user of an embedded PostgreSQL. */
export interface Installation {
  /** The folder of the data, the lock, the log and the password. */
  readonly folder: string
  /** PostgreSQL's own folder. */
  readonly data: string
  readonly postgres: string
  readonly initdb: string
  readonly runAs: RunAs
}

export interface Server {
  readonly pid: number
  readonly port: number
  /** Done when the process has ended, with its code or the signal's name. */
  readonly ended: Deferred.Deferred<string>
}

/** The environment of the programs, without variables of the worker or of libpq. */
const environment = (): Record<string, string> => {
  const kept: Record<string, string> = { LC_ALL: "C", TZ: "UTC" }
  for (const name of ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot"]) {
    const value = process.env[name]
    if (value !== undefined) kept[name] = value
  }
  return kept
}

const command = (at: Installation, program: string, args: ReadonlyArray<string>) => {
  const { user, prefix } = at.runAs
  const [first = program, ...rest] = [...prefix, program, ...args]
  const change = user !== undefined && prefix.length === 0 ? { uid: user.uid, gid: user.gid } : {}
  return { first, rest, options: { ...change, cwd: at.folder, env: environment() } }
}

const spawnError = (at: Installation, program: string) => (cause: Error) =>
  new EmbeddedPostgresError({
    reason: "Failed",
    detail:
      at.runAs.user === undefined
        ? `${program} does not start (${cause.message}): run npm ci, or set POSTGRES_URL`
        : `${program} does not start (${cause.message}). PostgreSQL refuses to run as root, and user ${at.runAs.user.name} must reach its programs and ${at.folder}: run the worker as an ordinary user, or set POSTGRES_URL`,
    cause
  })

/**
 * Runs a program with `input` as its standard input. Returns its output; fails if its exit code is
 * not 0.
 */
export const run = (
  at: Installation,
  program: string,
  args: ReadonlyArray<string>,
  input = ""
): Effect.Effect<string, EmbeddedPostgresError> =>
  Effect.callback((resume) => {
    const { first, rest, options } = command(at, program, args)
    const child = spawn(first, rest, { ...options, stdio: "pipe", detached: true })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-10_000)
      })
    }
    // A program may end before it has read its input; its exit code decides.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    child.once("error", (cause) => resume(Effect.fail(spawnError(at, program)(cause))))
    child.once("close", (code) => resume(code === 0 ? Effect.succeed(output) : Effect.fail(explain(at, output))))
    return Effect.callback<void>((done) => {
      if (child.exitCode !== null || child.signalCode !== null || !child.kill("SIGTERM")) return done(Effect.void)
      child.once("close", () => done(Effect.void))
    })
  })

/** An error with the last output of PostgreSQL, and with a remedy for known causes. */
const explain = (at: Installation, output: string): EmbeddedPostgresError => {
  const lines = output.split("\n").filter((line) => line.trim() !== "")
  const worst = lines.filter((line) => /(FATAL|PANIC|ERROR|error|could not)\b/.test(line))
  const message = (worst.length > 0 ? worst : lines).slice(-2).join(" / ") || "nothing"
  if (message.includes("No space left on device")) return fileError(`write ${at.folder}`)(coded("ENOSPC", message))
  if (message.includes("Permission denied")) return fileError(`write ${at.folder}`)(coded("EACCES", message))
  return new EmbeddedPostgresError({
    reason: "Failed",
    detail: `The embedded PostgreSQL in ${at.data} does not start. Its message: ${message}`
  })
}

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code })

const logPath = (at: Installation) => join(at.folder, "postgres.log")

/** The port if it is free on 127.0.0.1 (0 = any), else `undefined`. */
const tryPort = (port: number): Effect.Effect<number | undefined> =>
  Effect.callback((resume) => {
    const probe = createServer()
    probe.once("error", () => resume(Effect.undefined))
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address()
      const free = typeof address === "object" ? address?.port : undefined
      probe.close(() => resume(Effect.succeed(free)))
    })
  })

/** The wanted port if it is free, else any free one. */
const freePort = Effect.fnUntraced(function* (wanted: number) {
  const port = (wanted > 0 ? yield* tryPort(wanted) : undefined) ?? (yield* tryPort(0))
  if (port !== undefined) return port
  return yield* new EmbeddedPostgresError({ reason: "Failed", detail: "127.0.0.1 has no free port for PostgreSQL" })
})

/** The lines of the file by which a running server marks its folder. */
const markOf = (at: Installation) =>
  Effect.promise(() =>
    readFile(join(at.data, "postmaster.pid"), "utf8").then(
      (text) => text.split("\n"),
      () => []
    )
  )

/**
 * Starts the server in a process group of its own. Ctrl-C then reaches only the worker, which needs
 * the database for its last flush.
 */
const launch = Effect.fn("embedded.launch")(function* (at: Installation, port: number) {
  const args = [
    "-D",
    at.data,
    "-p",
    String(port),
    // Reachable from this machine only, and only by TCP.
    "-clisten_addresses=127.0.0.1",
    "-cunix_socket_directories=",
    "-clog_checkpoints=off",
    "-clog_timezone=UTC",
    "-ctimezone=UTC"
  ]
  // The log of the previous run is kept. The server writes the log itself, so that it survives the
  // worker.
  const log = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        await rename(logPath(at), `${logPath(at)}.1`).catch(() => undefined)
        return open(logPath(at), "w", 0o600)
      },
      catch: fileError(`write ${logPath(at)}`)
    }),
    (file) => Effect.promise(() => file.close())
  )
  const ended = yield* Deferred.make<string>()
  return yield* Effect.callback<Server, EmbeddedPostgresError>((resume) => {
    const { first, rest, options } = command(at, at.postgres, args)
    const child = spawn(first, rest, { ...options, stdio: ["ignore", log.fd, log.fd], detached: true })
    child.once("error", (cause) => resume(Effect.fail(spawnError(at, at.postgres)(cause))))
    // Last resort: a worker that crashes, or has no time left, kills its server.
    const kill = () => void child.kill("SIGKILL")
    process.once("exit", kill)
    child.once("exit", () => process.off("exit", kill))
    child.once("exit", (code, signal) => Deferred.doneUnsafe(ended, Effect.succeed(String(signal ?? code))))
    child.once("spawn", () => resume(Effect.succeed({ pid: child.pid ?? 0, port, ended })))
  })
}, Effect.scoped)

/** Waits until the server accepts connections. A failure contains the end of its log. */
const untilReady = Effect.fn("embedded.untilReady")(function* (at: Installation, server: Server) {
  const ready = Effect.gen(function* () {
    for (let attempt = 1; ; attempt++) {
      const mark = yield* markOf(at)
      // The eighth line is the state, as pg_ctl reads it; the first distinguishes this server's
      // mark from an older one.
      if (mark[0] === String(server.pid) && mark[7]?.trim() === "ready") return
      if (attempt === 200) yield* Effect.logInfo("The embedded PostgreSQL is still starting: it recovers from a crash")
      yield* Effect.sleep("25 millis")
    }
  })
  const failed = Effect.gen(function* () {
    yield* Deferred.await(server.ended)
    const log = yield* Effect.promise(() => readFile(logPath(at), "utf8").catch(() => ""))
    return yield* explain(at, log)
  })
  yield* Effect.raceFirst(ready, failed)
})

/**
 * Starts a server and waits until it accepts connections. Retries if another program has taken the
 * port meanwhile, or if processes of a killed server are still ending. `onLaunch` receives each
 * process at once.
 */
export const start = Effect.fn("embedded.start")(function* (
  at: Installation,
  wantedPort: number,
  onLaunch: (server: Server) => void
) {
  for (let attempt = 1; ; attempt++) {
    const port = yield* freePort(wantedPort)
    const server = yield* launch(at, port).pipe(
      Effect.tap((server) => Effect.sync(() => onLaunch(server))),
      Effect.uninterruptible
    )
    const outcome = yield* Effect.result(untilReady(at, server))
    if (outcome._tag === "Success") return server
    const isPassing = /Address already in use|shared memory block .* is still in use/.test(outcome.failure.detail)
    if (!isPassing || attempt === 20) return yield* outcome.failure
    yield* Effect.sleep("250 millis")
  }
})

/** The longest stop of a server without another bound. */
export const STOP_WITHIN = Duration.seconds(20)

/**
 * The signals of a stop, with the share of its time. The first is PostgreSQL's fast shutdown, which
 * ends sessions and writes everything. Its immediate shutdown, as in a crash, and a kill by the
 * kernel follow.
 */
const END_SIGNALS = [
  ["SIGINT", 0.5],
  ["SIGQUIT", 0.25],
  ["SIGKILL", 0.25]
] as const

/**
 * Ends a server. `gone` waits for the end of its first process. A frozen child does not notice that
 * the first process was killed, and its shared memory would prevent the next start. So SIGKILL goes
 * to the children as well.
 */
const end = Effect.fnUntraced(function* (pid: number, gone: Effect.Effect<void>, within: Duration.Duration) {
  for (const [name, part] of END_SIGNALS) {
    const children = name === "SIGKILL" ? yield* childrenOf(pid) : []
    yield* Effect.forEach([pid, ...children], (process) => signal(process, name), { discard: true })
    if (Option.isSome(yield* Effect.timeoutOption(gone, Duration.times(within, part)))) return
  }
})

/** Stops a server that this process started. */
export const stop =
  (server: Server) =>
  (within: Duration.Duration): Effect.Effect<void> =>
    end(server.pid, Effect.asVoid(Deferred.await(server.ended)), within)

/**
 * Cleans up after a killed worker: ends a server that still runs in this folder, or removes its
 * mark. The caller holds the folder's lock.
 */
export const endOrphan = Effect.fn("embedded.endOrphan")(function* (at: Installation) {
  const pid = Number((yield* markOf(at))[0])
  if (!Number.isInteger(pid) || pid <= 1) return
  const isOurs = isServerOf(at, pid)
  if (yield* isOurs) {
    yield* Effect.logInfo(`Ending the embedded PostgreSQL that an earlier worker left behind, process ${pid}`)
    const gone = Effect.gen(function* () {
      while (yield* isOurs) yield* Effect.sleep("50 millis")
    })
    yield* end(pid, gone, STOP_WITHIN)
  }
  // Whatever has that number now is another program, at whose sight PostgreSQL would refuse to
  // start.
  if (!(yield* isOurs)) {
    yield* Effect.tryPromise({
      try: () => rm(join(at.data, "postmaster.pid"), { force: true }),
      catch: fileError(`clean up ${at.data}`)
    })
  }
})

/**
 * Whether a process is a PostgreSQL server of this folder, by its command line and the folder it
 * works in.
 */
const isServerOf = Effect.fnUntraced(function* (at: Installation, pid: number) {
  const line = yield* commandLineOf(pid)
  if (line === undefined || !line.includes("postgres")) return false
  const [worksIn, data] = yield* Effect.promise(() =>
    Promise.all([readlink(`/proc/${pid}/cwd`).catch(() => undefined), realpath(at.data).catch(() => at.data)])
  )
  return worksIn === undefined ? `${line} `.includes(` -D ${at.data} `) : worksIn === data
})
