/** References in README.md and docs/ exist: files, headings, variables, metrics. */
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { variables } from "../../src/config/Variables.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))
const documents = globSync(["README.md", "docs/*.md"], { cwd: root }).map((path) => ({
  path,
  text: readFileSync(join(root, path), "utf8")
}))

const withoutCode = (text: string): string => text.replaceAll(/^( *)```.*?^\1```$/gms, "")

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-")

const anchorsOf = (text: string): ReadonlyArray<string> =>
  [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading))

/** Everything but the last word. */
const stemOf = (name: string): string => name.split("_").slice(0, -1).join("_")

describe.each(documents)("$path", ({ path, text }) => {
  it("links to existing files and headings", () => {
    const links = [...withoutCode(text).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    for (const [link, target = "", anchor] of links) {
      const file = target === "" ? join(root, path) : join(root, dirname(path), target)
      assert.isTrue(existsSync(file), `${link}: there is no ${relative(root, file)}`)
      if (anchor === undefined || !file.endsWith(".md")) continue
      assert.include(anchorsOf(readFileSync(file, "utf8")), anchor, link)
    }
  })

  it("names existing metrics", () => {
    const metrics = readFileSync(join(root, "docs/metrics.md"), "utf8")
    const names = text.match(/\btelemetra_[a-z_]+_(?:total|seconds|rows|bytes|lag)\b/g) ?? []
    for (const name of names) assert.isTrue(metrics.includes(`\`${name}\``), name)
  })

  it("names existing variables", () => {
    const known = Object.keys(variables)
    // Brokers and the PostgreSQL image have their own variables.
    const stems = new Set(known.map(stemOf).filter((stem) => !["", "KAFKA", "POSTGRES"].includes(stem)))
    const names = text.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? []
    for (const name of names) if (stems.has(stemOf(name))) assert.include(known, name)
  })
})
