/**
 * A real PostgreSQL under DATA_DIR, so that the worker runs without an installed database. It is
 * created at the first start, and starts and stops with the worker. It is reachable from this
 * machine only, with a random password.
 */
import { randomBytes } from "node:crypto"
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Deferred, type Duration, Effect, Redacted, Schedule, type Scope } from "effect"
import type { PostgresConfig } from "../config/AppConfig.ts"
import * as Binaries from "./Binaries.ts"
import { EmbeddedPostgresError, fileError } from "./EmbeddedPostgresError.ts"
import * as FolderLock from "./FolderLock.ts"
import * as RunAs from "./RunAs.ts"
import * as Server from "./Server.ts"

/** Both the database and its owner. */
const NAME = "telemetra"

/**
 * Starts the server for the life of the scope and returns its address. Restarts it if it ends
 * meanwhile. Fails if the folder is in use, not writable or holds other data, and if this
 * installation has no PostgreSQL. The scope's end stops it within `stopWithin`.
 */
export const make = Effect.fn("embedded.make")(function* (
  dataDir: string,
  stopWithin: Effect.Effect<Duration.Duration> = Effect.succeed(Server.STOP_WITHIN)
): Effect.fn.Return<PostgresConfig, EmbeddedPostgresError, Scope.Scope> {
  const binaries = yield* Binaries.find()
  const folder = folderOf(dataDir)
  const data = join(folder, "data")
  yield* Effect.tryPromise({ try: () => mkdir(folder, { recursive: true }), catch: fileError(`make ${folder}`) })
  yield* FolderLock.acquire(folder)

  const runAs = yield* RunAs.choose(data, [binaries.postgres, data])
  const at: Server.Installation = { ...binaries, folder, data, runAs }
  yield* checkVersion(at)
  yield* Server.endOrphan(at)
  const password = (yield* isThere(data)) ? yield* readPassword(at) : yield* create(at)

  const remembered = join(folder, "port")
  const wanted = Number(yield* readText(remembered))
  let current: Server.Server | undefined
  const start = (port: number) => Server.start(at, port, (server) => (current = server))
  yield* Effect.addFinalizer(() =>
    Effect.suspend(() => (current === undefined ? Effect.void : Effect.flatMap(stopWithin, Server.stop(current))))
  )
  const server = yield* start(wanted)
  if (server.port !== wanted) yield* write(remembered, String(server.port), 0o644)
  yield* Effect.logInfo(`The embedded PostgreSQL runs on 127.0.0.1:${server.port}, its data is in ${data}`)

  yield* Effect.forkScoped(
    Effect.gen(function* () {
      let running = server
      while (true) {
        const how = yield* Deferred.await(running.ended)
        yield* Effect.logError(
          `The embedded PostgreSQL ended by itself (${how}), see ${folder}/postgres.log; starting it again`
        )
        running = yield* start(server.port).pipe(
          Effect.tapError((error) => Effect.logError(error.message)),
          Effect.retry(Schedule.spaced("5 seconds"))
        )
      }
    })
  )
  return configOf(server.port, password)
})

/** Whether the folder holds a database. */
export const exists = (dataDir: string): Effect.Effect<boolean, EmbeddedPostgresError> =>
  isThere(join(folderOf(dataDir), "data"))

/** The address of the server that another process started there last. It may have stopped since. */
export const running = Effect.fn("embedded.running")(function* (
  dataDir: string
): Effect.fn.Return<PostgresConfig, EmbeddedPostgresError> {
  const folder = folderOf(dataDir)
  const port = Number(yield* readText(join(folder, "port")))
  const password = yield* readText(join(folder, "password"))
  if (port > 0 && password !== undefined) return configOf(port, password)
  return yield* new EmbeddedPostgresError({
    reason: "Failed",
    detail: `The worker that uses ${folder} has not started its PostgreSQL yet: try again in a moment`
  })
})

const folderOf = (dataDir: string): string => join(resolve(dataDir), "postgres")

const configOf = (port: number, password: string): PostgresConfig => ({
  host: "127.0.0.1",
  port,
  database: NAME,
  user: NAME,
  password: Redacted.make(password),
  // Nothing leaves the machine.
  sslMode: "disable",
  sslRootCert: undefined
})

const isThere = (path: string): Effect.Effect<boolean, EmbeddedPostgresError> =>
  Effect.tryPromise({
    try: () =>
      stat(path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "ENOENT") return false
          throw error
        }
      ),
    catch: fileError(`read ${path}`)
  })

const readText = (path: string): Effect.Effect<string | undefined, EmbeddedPostgresError> =>
  Effect.gen(function* () {
    if (!(yield* isThere(path))) return undefined
    const text = yield* Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: fileError(`read ${path}`) })
    return text.trim()
  })

/** Writes the whole file or nothing. */
const write = (path: string, text: string, mode: number): Effect.Effect<void, EmbeddedPostgresError> =>
  Effect.tryPromise({
    try: async () => {
      await rm(`${path}.new`, { force: true })
      await writeFile(`${path}.new`, `${text}\n`, { mode, flush: true })
      await rename(`${path}.new`, path)
    },
    catch: fileError(`write ${path}`)
  })

/**
 * Fails for data of another major version, which these programs cannot read; leaves it unchanged.
 */
const checkVersion = Effect.fnUntraced(function* (at: Server.Installation) {
  if (!(yield* isThere(at.data))) return
  const version = yield* readText(join(at.data, "PG_VERSION"))
  if (version === undefined) {
    return yield* new EmbeddedPostgresError({
      reason: "ForeignData",
      detail: `${at.data} holds no PostgreSQL database: move it away, or set DATA_DIR to another folder`
    })
  }
  const printed = yield* Server.run(at, at.postgres, ["--version"])
  const major = /\) (\d+)/.exec(printed)?.[1]
  if (version !== major) {
    return yield* new EmbeddedPostgresError({
      reason: "ForeignData",
      detail: `${at.data} holds the data of PostgreSQL ${version}, this installation has PostgreSQL ${major}: dump the data with the old version, or set DATA_DIR to another folder`
    })
  }
})

const passwordPath = (at: Server.Installation) => join(at.folder, "password")
const newPassword = () => randomBytes(24).toString("base64url")

/** The password of an existing database. A lost password is replaced. */
const readPassword = Effect.fnUntraced(function* (at: Server.Installation) {
  const password = yield* readText(passwordPath(at))
  if (password !== undefined && password !== "") return password
  const fresh = newPassword()
  yield* write(passwordPath(at), fresh, 0o600)
  yield* single(at, at.data, `ALTER ROLE ${NAME} PASSWORD '${fresh}'`)
  return fresh
})

/** Runs a statement without line ends in single-user mode, without a server. */
const single = (at: Server.Installation, data: string, statement: string) =>
  Server.run(at, at.postgres, ["--single", "-D", data, "-c", "exit_on_error=on", "postgres"], `${statement}\n`)

/**
 * Creates the database in a temporary folder and then renames it, so that an interrupted start
 * leaves no incomplete database. Returns its password.
 */
const create = Effect.fnUntraced(function* (at: Server.Installation) {
  yield* Effect.logInfo(`Creating an embedded PostgreSQL in ${at.data}`)
  const password = newPassword()
  const draft = join(at.folder, "data.new")
  const secret = join(at.folder, "password.initdb")
  yield* Effect.tryPromise({
    try: async () => {
      for (const leftover of [draft, secret]) await rm(leftover, { recursive: true, force: true })
      await mkdir(draft, { mode: 0o700 })
      await writeFile(secret, `${password}\n`, { mode: 0o600 })
      const { user } = at.runAs
      for (const path of user === undefined ? [] : [draft, secret]) await chown(path, user?.uid ?? 0, user?.gid ?? 0)
    },
    catch: fileError(`write ${at.folder}`)
  })
  yield* Effect.gen(function* () {
    yield* Server.run(at, at.initdb, [
      `--pgdata=${draft}`,
      `--username=${NAME}`,
      `--pwfile=${secret}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8"
    ])
    yield* single(at, draft, `CREATE DATABASE ${NAME}`)
    yield* write(passwordPath(at), password, 0o600)
    yield* Effect.tryPromise({ try: () => rename(draft, at.data), catch: fileError(`make ${at.data}`) })
  }).pipe(
    Effect.ensuring(
      // A draft that stays would keep a full disk full.
      Effect.promise(() =>
        Promise.all([secret, draft].map((path) => rm(path, { recursive: true, force: true }).catch(() => undefined)))
      )
    )
  )
  return password
})
