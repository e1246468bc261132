import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { eveningOf } from "../../src/source/simulator/Evening.ts"
import { keptPlatform } from "../../src/worker/KeptPlatform.ts"

const NOW = Date.UTC(2026, 8, 1, 20, 15)
const LATER = NOW + 5 * 3_600_000

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-platform-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const createDatabase = (dataDir: string) =>
  Effect.sync(() => void mkdirSync(join(dataDir, "postgres", "data"), { recursive: true }))

it.effect("a later start has the platform of the first, whose offsets its checkpoints hold", () =>
  Effect.gen(function* () {
    const dataDir = join(yield* folder, "new")
    const first = yield* keptPlatform(dataDir, NOW)
    assert.strictEqual(first.originMs, NOW - 15 * 60_000)
    assert.strictEqual(first.past?.length, 2)
    yield* createDatabase(dataDir)
    assert.deepStrictEqual(yield* keptPlatform(dataDir, LATER), first)
  }).pipe(Effect.provide(NodeServices.layer))
)

it.effect("a start that failed before it had a database leaves no past", () =>
  Effect.gen(function* () {
    const dataDir = yield* folder
    yield* keptPlatform(dataDir, NOW)
    assert.strictEqual((yield* keptPlatform(dataDir, LATER)).originMs, LATER - 15 * 60_000)
  }).pipe(Effect.provide(NodeServices.layer))
)

it.effect("a database of an earlier version keeps its platform", () =>
  Effect.gen(function* () {
    const dataDir = yield* folder
    yield* createDatabase(dataDir)
    assert.deepStrictEqual(yield* keptPlatform(dataDir, NOW), {})
    writeFileSync(join(dataDir, "demo.json"), '{"seed":5}')
    assert.deepStrictEqual(yield* keptPlatform(dataDir, NOW), eveningOf(5))
  }).pipe(Effect.provide(NodeServices.layer))
)
