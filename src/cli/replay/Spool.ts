/** Files as they are given on the command line, as regular files that can be read several times: standard input and what is compressed go to a temporary folder first, which ends with the scope. */
import { createReadStream, createWriteStream } from "node:fs"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { Effect, FileSystem } from "effect"
import { EventLogError } from "../../source/EventLog.ts"
import type { FileSource } from "../../source/file/FileLog.ts"
import { NotFoundError } from "../NotFoundError.ts"

const STDIN = "-"

const unreadable = (name: string, cause: unknown): EventLogError => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
  const why = code.startsWith("Z_") ? `it is not gzip, or is cut off (${code})` : code
  return new EventLogError({ reason: "Unreadable", detail: `${name} can't be read: ${why}`, cause })
}

const spool = (name: string, path: string): Effect.Effect<FileSource, EventLogError> =>
  Effect.tryPromise({
    try: async (signal) => {
      const to = createWriteStream(path, { mode: 0o600 })
      if (name === STDIN) await pipeline(process.stdin, to, { signal })
      else await pipeline(createReadStream(name), createGunzip(), to, { signal })
    },
    catch: (cause) => unreadable(name === STDIN ? "Standard input" : name, cause)
  }).pipe(Effect.as({ name: name === STDIN ? "stdin" : name, path }))

const isSpooled = (name: string): boolean => name === STDIN || name.endsWith(".gz")

export const filesOf = Effect.fn("replay.filesOf")(function* (names: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const folder = names.some(isSpooled)
    ? yield* fs.makeTempDirectoryScoped({ prefix: "telemetra-replay-" }).pipe(Effect.orDie)
    : ""
  for (const name of names) {
    // one of which that can't be told is told of by whoever opens it
    if (name !== STDIN && !(yield* Effect.orElseSucceed(fs.exists(name), () => true))) {
      return yield* new NotFoundError({ detail: `There is no file ${name}` })
    }
  }
  return yield* Effect.forEach(names, (name, index) =>
    isSpooled(name) ? spool(name, join(folder, String(index))) : Effect.succeed({ name, path: name })
  )
})
