import { writeFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { broadcastOf, deadLetterOf, momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request } from "../harness/Request.ts"
import * as Postgres from "../harness/Postgres.ts"
import { runModule, schemathesisMissing } from "../harness/Schemathesis.ts"

const HOOKS = new URL("./ApiContract.hooks.py", import.meta.url).pathname

/** The methods of operations in the document. */
const METHODS = ["get", "put", "post", "delete", "patch"]

const SECONDS = 75

/** A list without end can't be held against its document; its own tests read it. */
const ENDLESS = "/api/v1/live"

const filled = Effect.gen(function* () {
  const streams = ["alpha", "beta", "a/b", "\u202E😀"]
  yield* (yield* startTask()).commit({
    rows: Array.from({ length: 120 }, (_, index) => {
      const startMs = T0 + Math.floor(index / 4) * 10_000
      const chatCount = (index * 7) % 30
      return rowOf({
        stream: streams[index % 4] ?? "",
        startMs: EventTimeMs(startMs),
        endMs: EventTimeMs(startMs + 60_000),
        chatCount
      })
    }),
    moments: streams.map((stream) => momentOf({ stream })),
    broadcasts: streams.map((stream) => broadcastOf({ stream })),
    deadLetters: [deadLetterOf(), deadLetterOf({ offset: 8n, path: null, recordTimestampMs: null })]
  })
})

if (schemathesisMissing !== undefined) {
  describe("the API's contract", () => {
    it.skip(`is not tested: ${schemathesisMissing}`)
  })
} else {
  layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("the API's contract", (it) => {
    it.effect(
      "is a valid OpenAPI document, and the server responds as described",
      () =>
        withApi(({ api }) =>
          Effect.gen(function* () {
            yield* filled
            const document = yield* request(`${api.url}/openapi.json`)
            const folder = yield* Effect.acquireRelease(
              Effect.promise(() => mkdtemp(join(tmpdir(), "telemetra-openapi-"))),
              (path) => Effect.promise(() => rm(path, { recursive: true }))
            )
            const file = join(folder, "openapi.json")
            writeFileSync(file, document.text)
            const validity = yield* runModule("openapi_spec_validator", ["--schema", "3.1", file], 60_000)
            assert.strictEqual(validity.code, 0, validity.output)

            const options = `--checks all --phases examples,coverage,fuzzing,stateful --max-time ${SECONDS} --seed 1 --generation-database none --exclude-path ${ENDLESS}`
            const { code, output } = yield* runModule(
              "schemathesis.cli",
              ["run", `${api.url}/openapi.json`, ...options.split(" ")],
              (SECONDS + 120) * 1000,
              { SCHEMATHESIS_HOOKS: HOOKS }
            )
            assert.strictEqual(code, 0, output)
            const { paths } = document.body as { readonly paths: Readonly<Record<string, object>> }
            const operations = Object.entries(paths).flatMap(([path, item]) =>
              path === ENDLESS ? [] : Object.keys(item).filter((method) => METHODS.includes(method))
            )
            assert.match(output, new RegExp(`Tested: +${operations.length}\n`))
          })
        ),
      600_000
    )
  })
}
