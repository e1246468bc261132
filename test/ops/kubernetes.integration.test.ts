/**
 * The manifests against Kubernetes' own schemas, strictly: a misspelled field is refused. The
 * schemas come with PyPI's kubernetes-validate, in an environment of its own under the cache folder
 * (XDG_CACHE_HOME or ~/.cache, `telemetra-kubernetes-validate-<version>`).
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, describe, it } from "@effect/vitest"

const VALIDATOR = "1.37.0"
/** From the oldest release that is still maintained. */
const KUBERNETES = ["1.34", "1.37"] as const

const base = fileURLToPath(new URL("../../ops/kubernetes/", import.meta.url))
const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache")
const environment = join(cache, `telemetra-kubernetes-validate-${VALIDATOR}`)

const run = (command: string, args: ReadonlyArray<string>) => {
  const { error, status, stderr, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 480_000 })
  return { status, output: `${stdout}${stderr}${error?.message ?? ""}` }
}

const missing: string | undefined = (() => {
  if (existsSync(environment) || run("python3", ["-c", "import ensurepip, venv"]).status === 0) return undefined
  const line = "the manifests' schema check needs python3 with venv"
  if (process.env["CI"] === "true") throw new Error(line)
  process.stderr.write(`SKIPPED: ${line}\n`)
  return line
})()

const must = (command: string, args: ReadonlyArray<string>): void => {
  const { output, status } = run(command, args)
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${output}`)
}

/** Half an environment is never left under its name. */
const prepare = (): void => {
  if (existsSync(environment)) return
  const half = `${environment}.${process.pid}`
  rmSync(half, { recursive: true, force: true })
  must("python3", ["-m", "venv", half])
  must(join(half, "bin", "python"), ["-m", "pip", "install", "--quiet", `kubernetes-validate==${VALIDATOR}`])
  renameSync(half, environment)
}

const validate = (version: string, file: string) =>
  run(join(environment, "bin", "python"), ["-m", "kubernetes_validate", "--strict", "-k", version, file])

const folder = mkdtempSync(join(tmpdir(), "telemetra-manifests-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(missing !== undefined)("the manifests", () => {
  for (const name of readdirSync(base).filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")) {
    for (const version of KUBERNETES) {
      it(`${name} holds to the schemas of Kubernetes ${version}`, () => {
        prepare()
        const { output, status } = validate(version, join(base, name))
        assert.strictEqual(status, 0, output)
      })
    }
  }

  it("are refused where a field is misspelled", () => {
    prepare()
    const broken = join(folder, "deployment.yaml")
    writeFileSync(
      broken,
      readFileSync(join(base, "deployment.yaml"), "utf8").replace("readinessProbe", "readinesProbe")
    )
    const { output, status } = validate("1.37", broken)
    assert.notStrictEqual(status, 0)
    assert.include(output, "readinesProbe")
  })
})
