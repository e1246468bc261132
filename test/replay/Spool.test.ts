import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { filesOf } from "../../src/replay/Spool.ts"
import { settingsOf } from "../pipeline/Script.ts"
import { NDJSON } from "./FileCases.ts"

const folder = mkdtempSync(join(tmpdir(), "telemetra-spool-"))
afterAll(() => rmSync(folder, { recursive: true }))
const evening = join(folder, "evening.ndjson")
writeFileSync(evening, NDJSON)
const link = join(folder, "latest.ndjson")
symlinkSync(evening, link)
const copy = join(folder, "copy.ndjson")
writeFileSync(copy, NDJSON)

const read = { ...settingsOf(0, 0, false).read, maxEventBytes: 1_000_000 }

const spool = (...names: ReadonlyArray<string>) =>
  filesOf(names, { read, given: { stream: undefined, start: undefined }, command: String }).pipe(
    Effect.scoped,
    Effect.provide(NodeServices.layer)
  )

for (const [what, other] of [
  ["by a relative path", relative(process.cwd(), evening)],
  ["by a link", link]
] as const) {
  it.live(`a file that is given twice, once ${what}, is refused: its events would count twice`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(spool(evening, other))
      assert.include(error.message, `${evening} and ${other} are the same file`)
    })
  )
}

it.live("files of the same content are two files", () =>
  Effect.gen(function* () {
    assert.strictEqual((yield* spool(evening, copy)).files.length, 2)
  })
)
