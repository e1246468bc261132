/**
 * One worker per data folder: a file names the worker and is valid while that process lives.
 *
 * The files are numbered from `lock.1`; the greatest number counts. A process that finds the holder
 * gone creates the next file, which the file system grants to one process only. The greatest is
 * never removed, only marked as released. After a removal, a process that checked before it and one
 * that checks later could both believe that they hold the folder.
 */
import { randomUUID } from "node:crypto"
import { link, readFile, readdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema, type Scope } from "effect"
import { EmbeddedPostgresError, fileError } from "./EmbeddedPostgresError.ts"
import { identityOf } from "./Processes.ts"

const Holder = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, identity: Schema.String }))

/**
 * Holds the folder for the scope's life. Takes over from a process that is gone; fails with `InUse`
 * and names the one that lives.
 */
export const acquire = Effect.fn("embedded.lock")(function* (
  folder: string
): Effect.fn.Return<void, EmbeddedPostgresError, Scope.Scope> {
  const me = { pid: process.pid, identity: (yield* identityOf(process.pid)) ?? "" }
  const content = yield* Schema.encodeEffect(Holder)(me).pipe(Effect.orDie)
  yield* Effect.acquireRelease(
    withDraft(folder, content, (draft) => take(folder, draft)),
    (path) =>
      withDraft(folder, "released", (draft) => attempt(folder, () => rename(draft, path))).pipe(
        // The lock ends with this process at the latest.
        Effect.catch((error) => Effect.logDebug(error.message))
      )
  )
})

const attempt = <A>(folder: string, f: () => Promise<A>): Effect.Effect<A, EmbeddedPostgresError> =>
  Effect.tryPromise({ try: f, catch: fileError(`lock ${folder}`) })

/** Writes a complete file next to the lock, so that a lock is never incomplete. */
const withDraft = <A>(
  folder: string,
  content: string,
  use: (draft: string) => Effect.Effect<A, EmbeddedPostgresError>
): Effect.Effect<A, EmbeddedPostgresError> => {
  const draft = join(folder, `lock-${randomUUID()}`)
  return attempt(folder, () => writeFile(draft, content, { flag: "wx", mode: 0o600 })).pipe(
    Effect.andThen(use(draft)),
    Effect.ensuring(Effect.promise(() => rm(draft, { force: true }).catch(() => undefined)))
  )
}

/** The numbers of the locks, ascending. */
const numbers = (folder: string) =>
  attempt(folder, async () => {
    const names = await readdir(folder)
    return names
      .flatMap((name) => /^lock\.([1-9]\d{0,14})$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b)
  })

/** Takes the lock and returns its path. */
const take = Effect.fnUntraced(function* (
  folder: string,
  draft: string
): Effect.fn.Return<string, EmbeddedPostgresError> {
  const pathOf = (number: number) => join(folder, `lock.${number}`)
  while (true) {
    const older = yield* numbers(folder)
    const last = older.at(-1) ?? 0
    if (last > 0 && (yield* isGone(folder, pathOf(last))) === "unknown") continue
    const mine = pathOf(last + 1)
    const isMine = yield* attempt(folder, () =>
      unless(
        "EEXIST",
        link(draft, mine).then(() => true)
      )
    )
    if (isMine !== true) continue
    // Others have passed this number since it was read.
    if (((yield* numbers(folder)).at(-1) ?? 0) > last + 1) {
      yield* attempt(folder, () => rm(mine, { force: true }))
      continue
    }
    yield* attempt(folder, () => Promise.all(older.map((number) => rm(pathOf(number), { force: true }))))
    return mine
  }
})

/**
 * Whether the holder of the lock is gone; `unknown` if the lock is gone. Fails if the holder is
 * alive.
 */
const isGone = Effect.fnUntraced(function* (
  folder: string,
  path: string
): Effect.fn.Return<"gone" | "unknown", EmbeddedPostgresError> {
  const content = yield* attempt(folder, () => unless("ENOENT", readFile(path, "utf8")))
  if (content === undefined) return "unknown"
  const holder = yield* Schema.decodeEffect(Holder)(content).pipe(Effect.orElseSucceed(() => undefined))
  if (holder === undefined || (yield* identityOf(holder.pid)) !== holder.identity) return "gone"
  return yield* new EmbeddedPostgresError({
    reason: "InUse",
    detail: `The data folder is in use by another worker or collector, process ${holder.pid} (${path}): stop that one, or set DATA_DIR to another folder`
  })
})

/** `undefined` if the file system returns that code. */
const unless = <A>(code: string, promise: Promise<A>): Promise<A | undefined> =>
  promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code === code) return undefined
    throw error
  })
