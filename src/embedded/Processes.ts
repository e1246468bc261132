/**
 * Other processes of this machine. Process numbers are reused, so an identity includes the start
 * time.
 */
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { Effect } from "effect"

/** Columns of a process, for systems without /proc. */
const ps = (pid: number, ...columns: ReadonlyArray<string>): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    const args = ["-ww", "-p", String(pid), ...columns.flatMap((column) => ["-o", `${column}=`])]
    execFile("ps", args, { env: { ...process.env, LC_ALL: "C" } }, (error, stdout) =>
      resume(Effect.succeed(error === null && stdout.trim() !== "" ? stdout.trim() : undefined))
    )
  })

const proc = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() => readFile(`/proc/${path}`, "utf8").catch(() => undefined))

/** Whether a process of that number exists, of any user. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

/**
 * The start time of the process, which distinguishes it from others with the same number.
 * `undefined` if it is gone or a zombie.
 */
export const identityOf = Effect.fn("embedded.identityOf")(function* (pid: number) {
  if (!isAlive(pid)) return undefined
  const stat = yield* proc(`${pid}/stat`)
  if (stat === undefined) {
    const columns = yield* ps(pid, "stat", "lstart")
    return columns?.startsWith("Z") === true ? undefined : columns?.replace(/^\S+\s+/, "")
  }
  // The name in parentheses may hold blanks and parentheses. After it: the state, and 19 fields
  // later the start in ticks since the machine started.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  if (fields[0] === "Z" || fields[0] === "X") return undefined
  const boot = yield* proc("sys/kernel/random/boot_id")
  return `${boot?.trim()} ${fields[19]}`
})

/**
 * The command line, its words separated by blanks. `undefined` if the process is gone or a zombie.
 */
export const commandLineOf = Effect.fn("embedded.commandLineOf")(function* (pid: number) {
  if (!isAlive(pid)) return undefined
  const words = yield* proc(`${pid}/cmdline`)
  if (words === undefined) return yield* ps(pid, "command")
  return words.replaceAll("\u0000", " ").trim() || undefined
})

/** The numbers of a process's children; none if it is gone. */
export const childrenOf = Effect.fn("embedded.childrenOf")(function* (pid: number) {
  const children = yield* proc(`${pid}/task/${pid}/children`)
  if (children !== undefined) return children.split(" ").filter(Boolean).map(Number)
  const all = yield* Effect.callback<string>((resume) => {
    execFile("ps", ["-A", "-o", "ppid=", "-o", "pid="], (error, stdout) =>
      resume(Effect.succeed(error === null ? stdout : ""))
    )
  })
  return all.split("\n").flatMap((line) => {
    const [parent, child] = line.trim().split(/\s+/).map(Number)
    return parent === pid && child !== undefined ? [child] : []
  })
})

/** Sends a signal; a process that no longer exists is not an error. */
export const signal = (pid: number, name: NodeJS.Signals): Effect.Effect<void> =>
  Effect.sync(() => {
    try {
      process.kill(pid, name)
    } catch {
      // The process is gone, or belongs to another user; the caller waits for its end.
    }
  })
