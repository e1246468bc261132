/** One worker per data folder: a file that says which, good for as long as that process lives. */
import { randomUUID } from "node:crypto"
import { link, readFile, rename, rm, writeFile } from "node:fs/promises"
import { Effect, Schema, type Scope } from "effect"
import { EmbeddedPostgresError, fileError } from "./EmbeddedPostgresError.ts"
import { identityOf } from "./Processes.ts"

const Holder = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, identity: Schema.String }))

/** Takes the lock at `path` for the scope's life. A lock whose process is gone is taken over; that of a living one fails with `InUse` and names it. */
export const acquire = Effect.fn("embedded.lock")(function* (
  path: string
): Effect.fn.Return<void, EmbeddedPostgresError, Scope.Scope> {
  const mine = yield* Schema.encodeEffect(Holder)({
    pid: process.pid,
    identity: (yield* identityOf(process.pid)) ?? ""
  }).pipe(Effect.orDie)

  yield* Effect.acquireRelease(take(path, mine), () =>
    // Only our own: a file that somebody put in its place is not ours to remove.
    Effect.promise(async () => {
      if ((await readFile(path, "utf8").catch(() => undefined)) === mine) await rm(path, { force: true })
    })
  )
})

/** Written whole beside its place, then linked into it: there is never half a lock, and of two that try one fails. */
const take = Effect.fnUntraced(function* (path: string, mine: string): Effect.fn.Return<void, EmbeddedPostgresError> {
  const draft = `${path}.${randomUUID()}`
  yield* Effect.tryPromise({
    try: () => writeFile(draft, mine, { flag: "wx", mode: 0o600 }),
    catch: fileError(`write ${path}`)
  })
  const place = Effect.tryPromise({
    try: () =>
      link(draft, path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === "EEXIST") return false
          throw error
        }
      ),
    catch: fileError(`write ${path}`)
  })
  yield* Effect.gen(function* () {
    while (!(yield* place)) yield* removeStale(path)
  }).pipe(Effect.ensuring(Effect.promise(() => rm(draft, { force: true }))))
})

const removeStale = Effect.fnUntraced(function* (path: string): Effect.fn.Return<void, EmbeddedPostgresError> {
  const read = (file: string) =>
    Effect.tryPromise({ try: () => orUndefined(readFile(file, "utf8")), catch: fileError(`read ${path}`) })
  const held = yield* read(path)
  if (held === undefined) return
  const holder = yield* Schema.decodeEffect(Holder)(held).pipe(Effect.orElseSucceed(() => undefined))
  if (holder !== undefined && (yield* identityOf(holder.pid)) === holder.identity) {
    return yield* new EmbeddedPostgresError({
      reason: "InUse",
      detail: `The data folder is in use by another worker, process ${holder.pid} (${path}): stop that one, or set DATA_DIR to another folder`
    })
  }
  // Moved, looked at, and only then thrown away: between reading and moving somebody else may have taken the place, who gets it back.
  const aside = `${path}.${randomUUID()}`
  yield* Effect.tryPromise({ try: () => orUndefined(rename(path, aside)), catch: fileError(`replace ${path}`) })
  const moved = yield* read(aside)
  if (moved !== undefined && moved !== held) yield* Effect.promise(() => link(aside, path).catch(() => undefined))
  yield* Effect.promise(() => rm(aside, { force: true }))
})

/** `undefined` where the file is gone. */
const orUndefined = <A>(promise: Promise<A>): Promise<A | undefined> =>
  promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })
