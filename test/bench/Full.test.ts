import { globSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { smaller, writeIfFull } from "../../bench/report/Full.ts"

const root = new URL("../../", import.meta.url).pathname
const FULL = { events: 1000, rounds: 3 }

describe("figures of a run", () => {
  for (const [what, given, document, isWritten] of [
    ["the full run", FULL, "docs/profiles.md", true],
    ["a larger run", { events: 5000, rounds: 4 }, "docs/profiles.md", true],
    ["fewer events", { events: 999, rounds: 3 }, "docs/profiles.md", false],
    ["fewer rounds", { events: 1000, rounds: 1 }, "docs/profiles.md", false],
    ["fewer events, in a document elsewhere", { events: 1, rounds: 1 }, "/tmp/profiles.md", true],
    ["fewer events, by an absolute path", { events: 1, rounds: 3 }, `${root}docs/adr/0001.md`, false]
  ] as const) {
    it.effect(`${what}: ${isWritten ? "written" : "not written"}`, () =>
      Effect.gen(function* () {
        let written = false
        const write = Effect.sync(() => void (written = true))
        yield* writeIfFull(document.startsWith("docs/") ? root + document : document, given, FULL, write)
        assert.strictEqual(written, isWritten)
      })
    )
  }

  it("names each size that is too small, and refuses a size that the run does not have", () => {
    assert.deepStrictEqual(smaller({ events: 10, rounds: 3 }, FULL), ["--events 10 (full: 1000)"])
    assert.throws(() => smaller({ events: 10 }, FULL), "rounds")
  })

  it("reach docs/ only through that check", () => {
    const writers = globSync("bench/**/*.ts", { cwd: root })
      .map((path) => ({ path, text: readFileSync(root + path, "utf8") }))
      .filter(({ text }) => /replaceSection\(|await writeFile\(|=> writeFile\(/.test(text))
      .filter(({ text }) => text.includes("../docs/") || /Flag\.String\("document"\)/.test(text))
    assert.isNotEmpty(writers)
    for (const { path, text } of writers) {
      const hasSizes = /Flag\.(?:Int|Finite)\(/.test(text)
      if (hasSizes) assert.include(text, "writeIfFull(", path)
    }
  })
})
