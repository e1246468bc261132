/** `npm ci --omit=dev` by the real npm, of this commit's files. */
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url).pathname

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "telemetra-install-"))
  for (const name of [".npmrc", "bin", "migrations", "ops", "package.json", "package-lock.json"]) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const command = (program: string, ...args: ReadonlyArray<string>) =>
  spawnSync(program, args, { cwd: folder, encoding: "utf8" })

it("npm ci --omit=dev installs what the worker needs, and what was built elsewhere runs", () => {
  const { status, stdout, stderr } = command("npm", "ci", "--omit=dev", "--prefer-offline")
  assert.strictEqual(status, 0, stdout + stderr)
  assert.include(stdout + stderr, "telemetra is not built")
  assert.isFalse(existsSync(join(folder, "node_modules/rolldown")))

  const early = command(process.execPath, "bin/telemetra.js", "--version")
  assert.deepStrictEqual([early.status, early.stdout], [78, ""])
  assert.include(early.stderr, "is not built yet")

  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true })
  const { status: ended, stdout: printed } = command(process.execPath, "bin/telemetra.js", "--version")
  assert.deepStrictEqual([ended, printed.startsWith("telemetra v")], [0, true])
})
