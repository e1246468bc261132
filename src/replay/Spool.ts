/**
 * Turns the files of the command line into regular NDJSON files that can be read several times.
 * Pipes, standard input, compressed files and saved chat are written to a temporary folder first,
 * which is removed with the scope. Each file is judged on the way: one without events ends the
 * replay before anything is written.
 */
import { join } from "node:path"
import { Clock, Effect, FileSystem } from "effect"
import type { ReadSettings } from "../domain/Settings.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { EventLogError } from "../source/EventLog.ts"
import type { FileSource } from "../source/file/FileLog.ts"
import { admit, type Judged, STDIN } from "./Admit.ts"
import type { Converted } from "./formats/Conversion.ts"
import type { Given } from "./formats/Format.ts"
import { missingFlags } from "./MissingFlags.ts"
import { NothingAcceptedError } from "./NothingAcceptedError.ts"

/** The problem of a file, by the code of the error when it is read. */
const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder; give the names of the files in it",
  EACCES: "this user may not read it (EACCES)",
  Z_BUF_ERROR: "its compressed stream is cut off (Z_BUF_ERROR)",
  Z_DATA_ERROR: "its gzip stream is damaged, or other data follows it (Z_DATA_ERROR)",
  ZSTD_error_corruption_detected: "its zstd stream is damaged (ZSTD_error_corruption_detected)",
  ZSTD_error_checksum_wrong: "its zstd stream is damaged (ZSTD_error_checksum_wrong)",
  ZSTD_error_prefix_unknown: "its zstd stream is damaged, or other data follows it (ZSTD_error_prefix_unknown)",
  ZSTD_error_frameParameter_windowTooLarge:
    "its zstd stream needs a window above 128 MiB; unpack it first: zstdcat --long=31 FILE | telemetra replay -",
  TRAILING: "other data follows its compressed stream; unpack it first: zcat or zstdcat FILE | telemetra replay -",
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

/** How files are read. */
export interface Reading {
  readonly read: ReadSettings
  readonly given: Given
  /** The command that was typed, with more flags: what the user has to type. */
  readonly command: (flags: ReadonlyArray<string>) => string
}

/** A file of saved chat. */
export interface ConvertedFile extends Converted {
  readonly file: string
}

const convertedOf = ({ converted, name }: Judged): ReadonlyArray<ConvertedFile> =>
  converted === undefined ? [] : [{ ...converted, file: name }]

/** The verdicts that end the replay, as lines for people. */
const problemsOf = (judged: ReadonlyArray<Judged>, command: Reading["command"]): ReadonlyArray<string> => [
  ...judged.flatMap(({ verdict }) => (verdict._tag === "Refused" ? [verdict.why] : [])),
  ...missingFlags(
    judged.flatMap(({ converted, name, verdict }) =>
      verdict._tag === "Missing" && converted !== undefined
        ? [{ file: name, format: converted.name, ...verdict.missing }]
        : []
    ),
    command
  )
]

/**
 * The files, and sentences for people on those without lines. Fails with {@link
 * NothingAcceptedError} if a file has lines but no event, lacks a fact that a flag states, or if no
 * file has lines.
 */
export const filesOf = Effect.fn("replay.filesOf")(function* (
  names: ReadonlyArray<string>,
  { command, given, read }: Reading
) {
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
      try: (signal) => admit(name, { read, clockMs, given }, join(folder, String(index)), signal),
      catch: (cause) => unreadable(name === STDIN ? "Standard input" : name, cause)
    })
  )
  const problems = problemsOf(judged, command)
  if (problems.length > 0) return yield* new NothingAcceptedError({ detail: problems.join("\n") })
  const empty = judged.filter(({ verdict }) => verdict._tag === "Empty")
  const notices = empty.map(({ name }) => `${escapeControls(name)} is empty: it has no line with an event`)
  if (empty.length === judged.length) {
    return yield* new NothingAcceptedError({ detail: [...notices, "Nothing was replayed"].join("\n") })
  }
  return {
    files: judged.map(({ name, path }): FileSource => ({ name, path })),
    converted: judged.flatMap(convertedOf),
    notices
  }
})
