/**
 * Whether this machine has what the worker needs: a port, and for an embedded PostgreSQL a folder
 * with room.
 */
import { constants } from "node:fs"
import { access, stat, statfs } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"
import * as Binaries from "../embedded/Binaries.ts"
import { fileError } from "../embedded/EmbeddedPostgresError.ts"
import { localUrl } from "../http/Exposure.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { tryListen } from "../http/Port.ts"
import { check, doubtful, fine, wrong } from "./Check.ts"
import { describeProblem } from "../config/ConfigurationError.ts"
import { checkFolder } from "../worker/FolderUse.ts"

const GIB = 1024 ** 3

/** Less counts as a full disk: a new PostgreSQL database takes 40 MB. */
const NO_ROOM_BYTES = 0.1 * GIB

/** Less is a warning. A day of the simulated platform takes about this much. */
const LITTLE_ROOM_BYTES = 1 * GIB

/** The folder itself, or the nearest one above it that exists. */
const existing = async (path: string): Promise<string> => {
  const exists = await stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false
      throw error
    }
  )
  const parent = dirname(path)
  return exists || parent === path ? path : existing(parent)
}

export const dataFolder = ({ database, dataDir, source }: AppConfig) =>
  check(
    "data folder",
    undefined,
    Effect.gen(function* () {
      if (database._tag !== "embedded") return fine("not used: the results go to an external PostgreSQL", undefined)
      const other = yield* checkFolder({ database, dataDir, source }).pipe(
        Effect.as(undefined),
        Effect.catchTag("ConfigurationError", ({ problems }) =>
          Effect.succeed(problems.map(describeProblem).join("; "))
        )
      )
      if (other !== undefined) return wrong(other, undefined, ExitCode.config)
      yield* Binaries.find()
      const folder = join(resolve(dataDir), "postgres")
      const free = yield* Effect.tryPromise({
        try: async () => {
          const path = await existing(folder)
          await access(path, constants.W_OK | constants.X_OK)
          const { bavail, bsize } = await statfs(path)
          return bavail * bsize
        },
        catch: fileError(`write ${folder}`)
      })
      const found = `${resolve(dataDir)}, ${(free / GIB).toFixed(1)} GiB free`
      const remedy = "make room, or set DATA_DIR to another folder"
      if (free < NO_ROOM_BYTES) return wrong(found, remedy, ExitCode.dataFolder)
      return free < LITTLE_ROOM_BYTES ? doubtful(found, remedy, undefined) : fine(found, undefined)
    })
  )

/** Whether a worker listens there: its metrics contain `telemetra_`. */
const isTelemetra = (host: string, port: number): Effect.Effect<boolean> =>
  Effect.promise(async (signal) => {
    try {
      const answer = await fetch(`${localUrl(host, port)}/metrics`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(3_000)])
      })
      return (await answer.text()).includes("telemetra_")
    } catch {
      return false // Not an HTTP server.
    }
  })

export const httpPort = ({ http: { host, port } }: AppConfig) =>
  check(
    "http port",
    undefined,
    Effect.gen(function* () {
      if (port === 0) return fine(`any free port of ${host}`, undefined)
      const at = `${host}:${port}`
      const got = yield* tryListen(host, port)
      if (typeof got === "number") return fine(`${at} is free`, undefined)
      if (got === "EADDRINUSE" && (yield* isTelemetra(host, port)))
        return fine(`${at}: a worker listens there`, undefined)
      return wrong(
        got === "EADDRINUSE" ? `another program listens on ${at}` : `this user can't listen on ${at} (${got})`,
        got === "EADDRNOTAVAIL" || got === "ENOTFOUND"
          ? "set HTTP_HOST to an address of this machine, or to 0.0.0.0"
          : "stop that program, or set HTTP_PORT or HTTP_HOST to another value",
        ExitCode.config
      )
    })
  )
