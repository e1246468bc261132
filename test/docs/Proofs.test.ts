/** The proofs in docs/reliability.md exist: test files, and the quoted parts of their titles. */
import { globSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const root = fileURLToPath(new URL("../../", import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** Test files by name. */
const files = Map.groupBy(globSync("test/**/*.ts", { cwd: root }), (path) => basename(path))

/** Each row of the table of faults: the first cell, and the last one, which lists the proofs. */
const [, section = ""] = read("docs/reliability.md").split("\n## What happens when\n")
const [table = ""] = section.split("\n## ")
const faults = [...table.matchAll(/^\| (.+?) \|.*\| (.+) \|$/gm)]
  .map(([, fault = "", proofs = ""]) => ({ fault, proofs: proofs.split("; ") }))
  .filter(({ fault }) => !["fault", "---"].includes(fault))

describe("the proofs of docs/reliability.md", () => {
  it("are found", () => assert.isAtLeast(faults.length, 90))

  it.each(faults)("$fault", ({ proofs }) => {
    for (const proof of proofs) {
      if (proof === "chaos" || proof === "faults") continue
      const [, file = "", title = ""] = /^`([\w.]+)`(?: "([^"]+)")?$/.exec(proof) ?? []
      const paths = [`${file}.ts`, `${file}.test.ts`].flatMap((name) => files.get(name) ?? [])
      const texts = paths.map((path) => read(path).replaceAll(/\s+/g, " "))
      assert.isNotEmpty(texts, `no test file for ${proof}`)
      assert.isTrue(
        texts.some((text) => text.includes(title)),
        proof
      )
    }
  })
})
