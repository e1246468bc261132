/** Actions and images by digest, and what a pull request may do in the workflow. */
import { spawnSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "yaml"
import { FILES, pinned, pinsOf } from "../../ops/images/Pins.ts"

const root = new URL("../../", import.meta.url).pathname
const read = (path: string): string => readFileSync(join(root, path), "utf8")
const DIGEST = `sha256:${"ab".repeat(32)}`

const workflows = readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`)

interface Job {
  readonly if?: string
  readonly permissions?: Readonly<Record<string, string>>
  readonly container?: string | { readonly image: string; readonly options?: string }
  readonly steps: ReadonlyArray<{ readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }>
}

/** Runs `npm run pin` in a copy of the files, with a `docker` that answers with this script. */
const pin = (docker: string, ...args: ReadonlyArray<string>) => {
  const folder = mkdtempSync(join(tmpdir(), "telemetra-pin-"))
  try {
    for (const file of FILES) {
      mkdirSync(join(folder, dirname(file)), { recursive: true })
      cpSync(join(root, file), join(folder, file))
    }
    writeFileSync(join(folder, "docker"), `#!/bin/sh\n${docker}\n`)
    chmodSync(join(folder, "docker"), 0o755)
    const { status, stderr } = spawnSync(process.execPath, [join(root, "ops/images/pin.ts"), ...args], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` }
    })
    const text = FILES.map((file) => readFileSync(join(folder, file), "utf8"))
    return { status, stderr, text }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe("images", () => {
  it("are all found that the files name, each with an exact tag", () => {
    const images = FILES.flatMap((file) => pinsOf(read(file)).map(({ image }) => image))
    const names = [...new Set(images.map((image) => image.replace(/:.*/, "").replace("docker.io/library/", "")))]
    assert.deepStrictEqual(names.toSorted(), [
      "docker.io/apache/kafka",
      "docker.io/grafana/grafana",
      "docker.io/prom/prometheus",
      "node",
      "postgres"
    ])
    const written = FILES.flatMap((file) => read(file).match(/^ *(?:image|container): \S+$|^ARG \w+_IMAGE=.*$/gm) ?? [])
    assert.lengthOf(
      written.filter((line) => !line.includes("telemetra-stream:")),
      images.length
    )
  })

  it("get the registry's digest next to their tag, again and again", () => {
    const text = "    image: docker.io/library/postgres:18.6\n    image: telemetra-stream:0.1.0\n"
    const once = pinned(text, new Map([["docker.io/library/postgres:18.6", DIGEST]]))
    assert.strictEqual(once, text.replace("18.6", `18.6@${DIGEST}`))
    assert.deepStrictEqual(pinsOf(once), [{ image: "docker.io/library/postgres:18.6", digest: DIGEST }])
    const other = DIGEST.replaceAll("ab", "cd")
    assert.include(pinned(once, new Map([["docker.io/library/postgres:18.6", other]])), `18.6@${other}\n`)
  })

  it("are pinned by `npm run pin`, all or none", () => {
    const { status, text } = pin(`echo ${DIGEST}`)
    assert.strictEqual(status, 0)
    for (const { digest, image } of text.flatMap(pinsOf)) assert.strictEqual(digest, DIGEST, image)
    const failed = pin(`case "$6" in *grafana*) echo "no such host" >&2; exit 1;; *) echo ${DIGEST};; esac`)
    assert.strictEqual(failed.status, 1)
    assert.include(failed.stderr, "no such host")
    assert.deepStrictEqual(failed.text, FILES.map(read))
  })

  it("are checked by `npm run pin -- --check`, which changes nothing", () => {
    const open = FILES.flatMap((file) => pinsOf(read(file))).filter(({ digest }) => digest === undefined)
    const { status, stderr, text } = pin("exit 1", "--check")
    assert.strictEqual(status, open.length > 0 ? 1 : 0)
    for (const { image } of open) assert.include(stderr, image)
    assert.deepStrictEqual(text, FILES.map(read))
  })
})

describe.each(workflows)("%s", (path) => {
  const workflow = parse(read(path))
  const jobs = Object.entries<Job>(workflow.jobs)

  it("names each action by its commit, with the version next to it", () => {
    const uses = [...read(path).matchAll(/uses: (.+)$/gm)]
    assert.isNotEmpty(uses)
    for (const [, action] of uses) assert.match(action ?? "", /^[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it("gives a pull request's code no rights, no secrets and no privileged container", () => {
    assert.notProperty(workflow.on, "pull_request_target")
    assert.notProperty(workflow.on, "workflow_run")
    assert.deepStrictEqual(workflow.permissions, { contents: "read" })
    assert.notMatch(read(path), /\bsecrets\s*[.[:]|secrets: inherit|github\.token/)
    for (const [name, { container, permissions, steps, ...job }] of jobs) {
      assert.isUndefined(permissions, name)
      for (const step of steps) {
        if (step.uses?.startsWith("actions/checkout@")) assert.isFalse(step.with?.["persist-credentials"], name)
      }
      if (job.if === "github.event_name == 'push'") continue
      const options = typeof container === "object" ? (container.options ?? "") : ""
      assert.notMatch(options, /--privileged|--cap-add|--device|docker\.sock/, name)
    }
  })
})
