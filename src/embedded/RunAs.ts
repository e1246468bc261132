/**
 * The user that runs the database. PostgreSQL refuses to run as root, so a worker that is root
 * needs another user.
 */
import { readFile, stat } from "node:fs/promises"
import { dirname } from "node:path"
import { Effect } from "effect"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

export interface RunAs {
  /** The user and group to switch to and to own the files; `undefined` = the worker's own user. */
  readonly user: { readonly name: string; readonly uid: number; readonly gid: number } | undefined
  /** The command that switches the user; empty = the process is spawned as that user. */
  readonly prefix: ReadonlyArray<string>
}

/**
 * The worker's own user. If that is root: the owner of `dataFolder` if it exists, else `postgres`,
 * else `nobody`. If that user cannot enter the folders above `paths`, such as root's home, it is
 * given this one capability.
 */
export const choose = Effect.fn("embedded.runAs")(function* (
  dataFolder: string,
  paths: ReadonlyArray<string>
): Effect.fn.Return<RunAs, EmbeddedPostgresError> {
  if (process.getuid?.() !== 0) return { user: undefined, prefix: [] }
  const owner = yield* Effect.promise(() => stat(dataFolder).catch(() => undefined))
  const user =
    owner !== undefined && owner.uid !== 0
      ? { name: `number ${owner.uid}`, uid: owner.uid, gid: owner.gid }
      : ((yield* lookUp("postgres")) ?? (yield* lookUp("nobody")))
  if (user === undefined) {
    return yield* new EmbeddedPostgresError({
      reason: "Failed",
      detail:
        "PostgreSQL refuses to run as root, and this system has no user for it (postgres, `nobody`): run it as an ordinary user, or set POSTGRES_URL"
    })
  }
  const mayEnter = yield* Effect.promise(() => Promise.all(paths.map((path) => isReachable(path, user))))
  if (mayEnter.every(Boolean)) return { user, prefix: [] }
  return {
    user,
    prefix: [
      "setpriv",
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      "--clear-groups",
      "--inh-caps=+dac_override",
      "--ambient-caps=+dac_override"
    ]
  }
})

const lookUp = (name: string) =>
  Effect.promise(async () => {
    const lines = await readFile("/etc/passwd", "utf8").catch(() => "")
    const fields = lines
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":")
    return fields === undefined ? undefined : { name, uid: Number(fields[2]), gid: Number(fields[3]) }
  })

/** Whether the modes of all folders above the path let the user enter. */
const isReachable = async (path: string, user: { readonly uid: number; readonly gid: number }): Promise<boolean> => {
  const parent = dirname(path)
  if (parent === path) return true
  const { mode, uid, gid } = await stat(parent)
  let bit = 0o001
  if (uid === user.uid) bit = 0o100
  else if (gid === user.gid) bit = 0o010
  return (mode & bit) !== 0 && isReachable(parent, user)
}
