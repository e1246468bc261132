import { pathToFileURL } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Binaries from "../../src/embedded/Binaries.ts"
import { EmbeddedPostgresError, fileError } from "../../src/embedded/EmbeddedPostgresError.ts"

it.effect("an installation without the package is reported in one line", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(Binaries.find(pathToFileURL("/nowhere/worker.js").href))
    assert.strictEqual(error.reason, "NotInstalled")
    assert.match(error.message, /^The embedded PostgreSQL is not part of this installation \(.*\): set POSTGRES_URL.*$/)
  })
)

for (const [code, words] of [
  ["ENOSPC", "the disk is full (ENOSPC)"],
  ["EACCES", "no permission (EACCES)"],
  ["EROFS", "the file system is read-only (EROFS)"],
  ["EIO", "EIO"]
] as const) {
  it(`a file system that answers ${code}`, () => {
    const error = fileError("write /data")(Object.assign(new Error("no"), { code }))
    assert.instanceOf(error, EmbeddedPostgresError)
    assert.include(error.message, `The worker can't write /data for its embedded PostgreSQL: ${words}`)
  })
}
