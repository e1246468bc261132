/**
 * The downloads and builds of the peers, kept between benchmarks under XDG_CACHE_HOME or ~/.cache.
 */
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { homedir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"

const cacheFolder = (): string => join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "telemetra-bench")

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()

/** The build folder of these sources. Its name depends on their content. */
export const builtFolder = (name: string, sources: string): string => {
  const digest = createHash("sha256")
  for (const file of filesOf(sources)) digest.update(file.slice(sources.length)).update(readFileSync(file))
  return join(cacheFolder(), `${name}-${digest.digest("hex").slice(0, 16)}`)
}

/** Runs a command to its end, for at most half an hour. */
export const run = (command: string, args: ReadonlyArray<string>, cwd: string): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const child = execFile(command, args, { cwd, timeout: 1_800_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
      resume(
        error === null
          ? Effect.void
          : Effect.die(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`))
      )
    )
    return Effect.sync(() => void child.kill())
  })

/** Builds the folder from a copy of the sources, once. A failed build leaves nothing behind. */
export const built = (
  folder: string,
  sources: string,
  build: (folder: string) => Effect.Effect<void>
): Effect.Effect<void> =>
  Effect.suspend(() => {
    if (existsSync(folder)) return Effect.void
    mkdirSync(cacheFolder(), { recursive: true })
    const work = mkdtempSync(join(cacheFolder(), "build-"))
    cpSync(sources, work, { recursive: true })
    return build(work).pipe(
      Effect.andThen(Effect.sync(() => renameSync(work, folder))),
      Effect.ensuring(Effect.sync(() => rmSync(work, { recursive: true, force: true })))
    )
  })

/** The match of a pattern's first group in a source file, for example a version. */
export const foundIn = (file: string, pattern: RegExp): string => {
  const found = pattern.exec(readFileSync(file, "utf8"))?.[1]
  if (found === undefined) throw new Error(`${file} does not hold ${pattern}`)
  return found
}
