import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, it } from "@effect/vitest"

/** An installation of its own: the launcher, and what a test puts beside it. */
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "telemetra-bin-"))
  mkdirSync(join(folder, "bin"))
  cpSync(join(import.meta.dirname, "../../bin/telemetra.js"), join(folder, "bin/telemetra.js"))
  writeFileSync(join(folder, "package.json"), '{"type":"module"}')
})
afterEach(() => rmSync(folder, { recursive: true }))

const launch = (...nodeArgs: ReadonlyArray<string>) =>
  spawnSync(process.execPath, [...nodeArgs, join(folder, "bin/telemetra.js"), "run", "--x"], { encoding: "utf8" })

it("starts what was built, with the arguments", () => {
  mkdirSync(join(folder, "dist"))
  writeFileSync(join(folder, "dist/main.js"), "console.log(process.argv.slice(2).join()); process.exitCode = 3")
  const { stdout, stderr, status } = launch()
  assert.deepStrictEqual({ stdout, stderr, status }, { stdout: "run,--x\n", stderr: "", status: 3 })
})

it("says that nothing was built", () => {
  const { stdout, stderr, status } = launch()
  assert.deepStrictEqual(
    { stdout, stderr, status },
    { stdout: "", stderr: "telemetra is not built yet: run `npm run build`.\n", status: 78 }
  )
})

for (const [version, isNewEnough] of [
  ["18.20.4", false],
  ["22.18.9", false],
  ["22.19.0", true],
  ["23.0.0", true]
] as const) {
  it(`Node ${version} is ${isNewEnough ? "new enough" : "too old"}`, () => {
    const older = join(folder, "older.cjs")
    writeFileSync(older, `Object.defineProperty(process.versions, "node", { value: "${version}" })`)
    const { stderr, status } = launch("--require", older)
    assert.strictEqual(status, 78)
    assert.strictEqual(stderr.split("\n").length, 2)
    if (isNewEnough) assert.include(stderr, "npm run build")
    else assert.include(stderr, `needs Node 22.19 or newer, this is ${version}: \`npm ci\` installs a Node of its own`)
  })
}
