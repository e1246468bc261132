import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import * as FolderLock from "../../src/embedded/FolderLock.ts"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "telemetra-lock-"))
  path = join(folder, "lock.1")
})
afterEach(() => rmSync(folder, { recursive: true }))

it.live("is held for the scope's life and refused to a second one meanwhile", () =>
  Effect.gen(function* () {
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* FolderLock.acquire(folder)
        assert.strictEqual(JSON.parse(readFileSync(path, "utf8")).pid, process.pid)
        const error = yield* Effect.flip(Effect.scoped(FolderLock.acquire(folder)))
        assert.strictEqual(error.reason, "InUse")
        assert.include(error.message, `process ${process.pid} `)
      })
    )
    assert.deepStrictEqual(readdirSync(folder), ["lock.1"])
    yield* Effect.scoped(FolderLock.acquire(folder))
  })
)

for (const [name, content] of [
  ["whose process has ended", JSON.stringify({ pid: 2 ** 30, identity: "x" })],
  ["whose process number belongs to another process now", JSON.stringify({ pid: process.pid, identity: "x" })],
  ["that is half written", '{"pid":'],
  ["that is empty", ""]
] as const) {
  it.live(`one of many takes over a lock ${name}`, () =>
    Effect.gen(function* () {
      for (let round = 1; round <= 20; round++) {
        rmSync(join(folder, `lock.${round}`), { force: true })
        writeFileSync(join(folder, `lock.${round}`), content)
        const done = yield* Deferred.make<void>()
        let takers = 0
        let refused = 0
        const one = Effect.scoped(
          Effect.gen(function* () {
            yield* FolderLock.acquire(folder)
            takers++
            yield* Deferred.await(done)
          })
        ).pipe(
          Effect.catch((error) =>
            Effect.gen(function* () {
              assert.strictEqual(error.reason, "InUse")
              if (++refused === 9) yield* Deferred.succeed(done, undefined)
            })
          )
        )
        yield* Effect.all(
          Array.from({ length: 10 }, () => one),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([takers, refused], [1, 9])
        assert.deepStrictEqual(readdirSync(folder), [`lock.${round + 1}`])
      }
    })
  )
}

it.live("is held by one at a time, in any order of arrival", () =>
  Effect.gen(function* () {
    let holders = 0
    let turns = 0
    const one = Effect.gen(function* () {
      while (true) {
        const outcome = yield* Effect.scoped(
          Effect.gen(function* () {
            yield* FolderLock.acquire(folder)
            assert.strictEqual(++holders, 1)
            yield* Effect.sleep("1 millis")
            holders--
            turns++
          })
        ).pipe(Effect.result)
        if (outcome._tag === "Success") return
        assert.strictEqual(outcome.failure.reason, "InUse")
      }
    })
    yield* Effect.all(
      Array.from({ length: 8 }, () => one),
      { concurrency: "unbounded" }
    )
    assert.strictEqual(turns, 8)
    assert.strictEqual(readdirSync(folder).length, 1)
  })
)
