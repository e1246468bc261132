import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkFolder, claim } from "../../src/worker/FolderUse.ts"
import { keptPlatform } from "../../src/worker/KeptPlatform.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-folder-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A start under this source, up to the creation of its database if `makesDatabase`. */
const start = Effect.fnUntraced(function* (dataDir: string, source: "local" | "simulator", makesDatabase = true) {
  yield* claim({ database: { _tag: "embedded" }, dataDir, source: { _tag: source } })
  if (source === "simulator") yield* keptPlatform(dataDir, Date.UTC(2026, 8, 1))
  if (makesDatabase) mkdirSync(join(dataDir, "postgres", "data"), { recursive: true })
})

describe("a data folder", () => {
  for (const [first, second, type] of [
    ["simulator", "local", "chat"],
    ["local", "simulator", "simulated"]
  ] as const) {
    it.effect(`refuses ${second} after ${first}, and names what to type`, () =>
      Effect.gen(function* () {
        const dataDir = join(yield* folder, "data")
        yield* start(dataDir, first)
        const error = yield* Effect.flip(start(dataDir, second))
        const checked = yield* Effect.flip(
          checkFolder({ database: { _tag: "embedded" }, dataDir, source: { _tag: second } })
        )
        assert.strictEqual(checked.message, error.message)
        assert.include(error.message, `type DATA_DIR=${join(dataDir, type)} before the same command`)
        yield* start(dataDir, first)
        yield* start(join(dataDir, type), second)
        yield* start(dataDir, first)
      }).pipe(Effect.provide(NodeServices.layer))
    )

    it.effect(`is free for ${second} after a start of ${first} that made no database`, () =>
      Effect.gen(function* () {
        const dataDir = yield* folder
        yield* start(dataDir, first, false)
        yield* start(dataDir, second)
        yield* Effect.flip(start(dataDir, first))
      }).pipe(Effect.provide(NodeServices.layer))
    )
  }

  it.effect("is not touched with a database elsewhere or with Kafka", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* folder, "none")
      yield* claim({ database: { _tag: "postgres" }, dataDir, source: { _tag: "local" } })
      yield* claim({ database: { _tag: "embedded" }, dataDir, source: { _tag: "kafka" } })
      assert.isFalse(existsSync(dataDir))
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
