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
    const names = ["HTTP_PORT", "CHAT_TOPIC", "VIEWER_TOPIC", "DATA_DIR", "WORKERS", "TOP_EMOTES", "COLLECT"]
    assert.deepStrictEqual(yield* Effect.forEach(names, valueOf), [
      "1",
      "from file",
      "file",
      "process",
      "override",
      undefined,
      // Unset by the command.
      undefined
    ])
  }).pipe(
    Effect.provide(
      Environment.layer({
        process: {
          VIEWER_TOPIC: "",
          DATA_DIR: "process",
          WORKERS: "process",
          TOP_EMOTES: undefined,
          COLLECT: "twitch:one"
        },
        envFile,
        overrides: { WORKERS: "override", COLLECT: "" }
      })
    )
  )
)

const written = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const TEXT = "\uFEFFHTTP_PORT=1\r\n"
const NOT_UTF8 = "it is not UTF-8 text; convert it, for example from UTF-16"
const NO_VARIABLES = "it has no line of the form NAME=value"

for (const [path, words] of [
  [written("utf16le.env", Buffer.from(TEXT, "utf16le")), NOT_UTF8],
  [written("utf16be.env", Buffer.from(TEXT, "utf16le").swap16()), NOT_UTF8],
  [written("utf16le-without-mark.env", Buffer.from(TEXT.slice(1), "utf16le")), NOT_UTF8],
  [written("latin1.env", Buffer.from("POSTGRES_PASSWORD=gr\xfcn\n", "latin1")), NOT_UTF8],
  [written("yaml.env", "HTTP_PORT: 1\n"), NO_VARIABLES],
  [written("json.env", '{"HTTP_PORT": 1}'), NO_VARIABLES],
  [join(folder, "none.env"), "the file does not exist"],
  [folder, "EISDIR"]
] as const) {
  it.effect(`a file that can't be read is named: ${words}`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        valueOf("HTTP_PORT").pipe(Effect.provide(Environment.layer({ process: {}, envFile: path })))
      )
      assert.strictEqual(
        error.message,
        `Environment file ${path} cannot be read (${words}): correct the path after --env-file`
      )
    })
  )
}

it.effect("a file without variables has none if it is empty or holds comments alone", () =>
  Effect.gen(function* () {
    for (const content of ["", "\uFEFF", "# nothing\r\n\n"]) {
      const layer = Environment.layer({ process: {}, envFile: written("empty.env", content) })
      assert.isUndefined(yield* valueOf("HTTP_PORT").pipe(Effect.provide(layer)))
    }
  })
)
