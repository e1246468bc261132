import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import * as Environment from "../../src/config/Environment.ts"

const folder = mkdtempSync(join(tmpdir(), "telemetra-env-"))
afterAll(() => rmSync(folder, { recursive: true }))
const envFile = join(folder, "worker.env")
writeFileSync(envFile, '\uFEFFHTTP_PORT=1\n# a comment\nCHAT_TOPIC="from file"\nVIEWER_TOPIC=file\nDATA_DIR=file\n')

const valueOf = (name: string) =>
  Effect.gen(function* () {
    const provider = yield* ConfigProvider.ConfigProvider
    return (yield* provider.load([name]))?.value
  })

it.effect("a command's overrides win over the process, and that over the file", () =>
  Effect.gen(function* () {
    const names = ["HTTP_PORT", "CHAT_TOPIC", "VIEWER_TOPIC", "DATA_DIR", "WORKERS", "TOP_EMOTES"]
    assert.deepStrictEqual(yield* Effect.forEach(names, valueOf), [
      "1",
      "from file",
      "file",
      "process",
      "override",
      undefined
    ])
  }).pipe(
    Effect.provide(
      Environment.layer({
        process: { VIEWER_TOPIC: "", DATA_DIR: "process", WORKERS: "process", TOP_EMOTES: undefined },
        envFile,
        overrides: { WORKERS: "override" }
      })
    )
  )
)

for (const [path, words] of [
  [join(folder, "none.env"), "there is no such file"],
  [folder, "EISDIR"]
] as const) {
  it.effect(`a file that can't be read is named: ${words}`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        valueOf("HTTP_PORT").pipe(Effect.provide(Environment.layer({ process: {}, envFile: path })))
      )
      assert.strictEqual(
        error.message,
        `The environment file ${path} can't be read (${words}): correct the path after --env-file`
      )
    })
  )
}
