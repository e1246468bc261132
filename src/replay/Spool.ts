/**
 * Turns the files of the command line into regular files that can be read several times. Pipes,
 * standard input and gzip, whatever its name, are copied to a temporary folder first, which is
 * removed with the scope. Each file is judged on the way: one without events ends the replay before
 * anything is written.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { stat } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip } from "node:zlib"
import { Clock, Effect, FileSystem } from "effect"
import type { ReadSettings } from "../domain/Settings.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { EventLogError } from "../source/EventLog.ts"
import type { FileSource } from "../source/file/FileLog.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { FileJudge, type JudgedFile, type Verdict } from "./FileJudge.ts"
import { isGzip } from "./FileFormat.ts"
import { NothingAcceptedError } from "./NothingAcceptedError.ts"

const STDIN = "-"

/** The problem of a file, by the code of the error when it is read. */
const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder; give the names of the files in it",
  EACCES: "this user may not read it (EACCES)",
  Z_BUF_ERROR: "its gzip stream is cut off (Z_BUF_ERROR)",
  Z_DATA_ERROR: "its gzip stream is damaged, or other data follows it (Z_DATA_ERROR)",
  TRAILING: "other data follows its gzip stream; unpack it first: zcat FILE | telemetra replay -",
  ENOSPC: "the folder for temporary files is full (ENOSPC); TMPDIR names another one"
}

const unreadable = (name: string, cause: unknown): EventLogError => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
  return new EventLogError({
    reason: "Unreadable",
    detail: `${escapeControls(name)} can't be read: ${REASONS[code] ?? code}`,
    cause
  })
}

/**
 * The name in tables and messages. One without a folder could be that of a topic, whose dead
 * letters have the same keys.
 */
const nameOf = (argument: string): string =>
  argument === STDIN ? "stdin" : argument.includes("/") ? argument : `./${argument}`

/** The stream's first bytes, at least `bytes` if it has so many, and all of it. */
const peek = async (stream: Readable, bytes: number) => {
  const rest: AsyncIterableIterator<Buffer> = stream[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  while (head.length < bytes) {
    const next = await rest.next()
    if (next.done === true) break
    head = Buffer.concat([head, next.value])
  }
  const all = async function* () {
    if (head.length > 0) yield head
    yield* rest
  }
  return { head, all: Readable.from(all(), { objectMode: false }) }
}

/** Passes on what the judge sees; ends early if it refuses. */
const judgedBy = (judge: FileJudge) =>
  async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      judge.push(chunk)
      if (judge.verdict?._tag === "Refused") return
      yield chunk
    }
  }

/** Unpacks; data that gunzip leaves unread is an error. */
const unpack = async (all: Readable, judge: FileJudge, path: string, signal: AbortSignal) => {
  const gunzip = createGunzip()
  let bytes = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      bytes += chunk.length
      yield chunk
    }
  }
  await pipeline(all, counted, gunzip, judgedBy(judge), createWriteStream(path, { mode: 0o600 }), { signal })
  if (judge.verdict?._tag !== "Refused" && gunzip.bytesWritten < bytes) {
    throw Object.assign(new Error("data behind the end of gzip"), { code: "TRAILING" })
  }
}

interface Judged extends FileSource {
  readonly verdict: Verdict
}

/** Reads a file as far as its verdict needs; to its end if it has to be copied to `path`. */
const admit = async (
  argument: string,
  judging: Pick<JudgedFile, "read" | "clockMs">,
  path: string,
  signal: AbortSignal
): Promise<Judged> => {
  const isRegular = argument !== STDIN && (await stat(argument)).isFile()
  const stream = argument === STDIN ? process.stdin : createReadStream(argument)
  const { all, head } = await peek(stream, 2)
  const name = nameOf(argument)
  const isPacked = isGzip(head)
  const judge = new FileJudge({ ...judging, name, isPacked })
  if (isPacked) {
    await unpack(all, judge, path, signal)
    return { name, path, verdict: judge.verdict ?? judge.end() }
  }
  if (!isRegular) {
    await pipeline(all, judgedBy(judge), createWriteStream(path, { mode: 0o600 }), { signal })
    return { name, path, verdict: judge.verdict ?? judge.end() }
  }
  for await (const chunk of all) {
    judge.push(chunk)
    if (judge.verdict !== undefined) break
  }
  return { name, path: argument, verdict: judge.verdict ?? judge.end() }
}

/**
 * Fails if two names are of one file. Those of which the path is unknown are left to reading, as is
 * the same name twice.
 */
const refuseSame = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const fs = yield* FileSystem.FileSystem
  const nameByPath = new Map<string, string>()
  for (const name of new Set(names)) {
    const path = name === STDIN ? name : yield* Effect.orElseSucceed(fs.realPath(name), () => name)
    const other = nameByPath.get(path)
    if (other !== undefined) {
      return yield* new EventLogError({
        reason: "Topics",
        detail: `${escapeControls(other)} and ${escapeControls(name)} are the same file: each event would count twice. Give each file once`
      })
    }
    nameByPath.set(path, name)
  }
})

/**
 * The files, and sentences for people on those without lines. Fails with {@link
 * NothingAcceptedError} if a file has lines but no event, or if no file has lines.
 */
export const filesOf = Effect.fn("replay.filesOf")(function* (names: ReadonlyArray<string>, read: ReadSettings) {
  const fs = yield* FileSystem.FileSystem
  const clockMs = yield* Clock.currentTimeMillis
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "telemetra-replay-" }).pipe(Effect.orDie)
  for (const name of names) {
    // If this check fails, opening the file reports the reason.
    if (name !== STDIN && !(yield* Effect.orElseSucceed(fs.exists(name), () => true))) {
      return yield* new NotFoundError({ detail: `There is no file ${name}` })
    }
  }
  yield* refuseSame(names)
  const judged = yield* Effect.forEach(names, (name, index) =>
    Effect.tryPromise({
      try: (signal) => admit(name, { read, clockMs }, join(folder, String(index)), signal),
      catch: (cause) => unreadable(name === STDIN ? "Standard input" : name, cause)
    })
  )
  const refused = judged.flatMap(({ verdict }) => (verdict._tag === "Refused" ? [verdict.why] : []))
  if (refused.length > 0) return yield* new NothingAcceptedError({ detail: refused.join("\n") })
  const empty = judged.filter(({ verdict }) => verdict._tag === "Empty")
  const notices = empty.map(({ name }) => `${escapeControls(name)} is empty: it has no line with an event`)
  if (empty.length === judged.length) {
    return yield* new NothingAcceptedError({ detail: [...notices, "Nothing was replayed"].join("\n") })
  }
  return { files: judged.map(({ name, path }): FileSource => ({ name, path })), notices }
})
