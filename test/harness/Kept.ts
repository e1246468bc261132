/** Files that are expensive to make: made once per machine, then kept in a cache folder. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join } from "node:path"

/** A folder of this name in the user's cache. */
export const cacheFolder = (name: string): string =>
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), name)

/**
 * The file or folder at `path`. If it is missing, `make` gets an empty folder and returns what it
 * made in it. If two test runs make it at the same time, the first to finish keeps its result.
 */
export const kept = async (path: string, make: (work: string) => Promise<string>): Promise<string> => {
  if (existsSync(path)) return path
  mkdirSync(dirname(path), { recursive: true })
  const work = mkdtempSync(join(dirname(path), "making-"))
  try {
    const made = await make(work)
    if (!existsSync(path)) renameSync(made, path)
  } catch (error) {
    // A folder cannot replace the one that another run has made in the meantime.
    if (!existsSync(path)) throw error
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return path
}
