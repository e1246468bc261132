import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, beforeEach, it } from "@effect/vitest"

/** An installation of its own: the launcher, and the files that a test puts next to it. */
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

it("reports that nothing was built", () => {
  const { stdout, stderr, status } = launch()
  assert.deepStrictEqual(
    { stdout, stderr, status },
    {
      stdout: "",
      stderr:
        "telemetra is not built yet: run `npm ci`, which builds it unless --omit=dev leaves out the build tools.\n",
      status: 78
    }
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
    if (isNewEnough) assert.include(stderr, "not built yet")
    else assert.include(stderr, `needs Node 22.19 or newer, this is ${version}: \`npm ci\` installs a Node of its own`)
  })
}

const ROOT = join(import.meta.dirname, "../..")

for (const [how, program, args] of [
  ["npm run -s telemetra", "npm", ["run", "-s", "telemetra", "--"]],
  ["bin/telemetra.js", join(ROOT, "bin/telemetra.js"), []],
  ["node -- bin/telemetra.js", process.execPath, ["--", join(ROOT, "bin/telemetra.js")]]
] as const) {
  for (const [where, line] of [
    ["before the command", ["--env-file", "missing.env", "migrate"]],
    ["after it", ["migrate", "--env-file=missing.env"]]
  ] as const) {
    it(`${how}: a missing file after --env-file ${where} is reported by telemetra, with 78`, () => {
      const { status, stdout, stderr } = spawnSync(program, [...args, ...line], { cwd: ROOT, encoding: "utf8" })
      assert.deepStrictEqual([status, stdout], [78, ""])
      assert.match(stderr, /^Environment file .*missing\.env cannot be read \(the file does not exist\)/)
    })
  }
}

it("npm run -s telemetra prints what the command prints, and nothing else", () => {
  const { status, stdout } = spawnSync("npm", ["run", "-s", "telemetra", "--", "doctor", "--json"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], DATA_DIR: folder }
  })
  assert.isArray(JSON.parse(stdout).checks, `${status}`)
})
