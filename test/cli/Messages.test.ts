/** Commands in messages are complete: an operator can paste them. */
import { globSync, readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url)
const sources = globSync("{src,bin,ops}/**/*.{ts,js}", { cwd: root.pathname }).map((path) => ({
  path,
  text: readFileSync(new URL(path, root), "utf8").replaceAll(/\/\*\*?[\s\S]*?\*\/|^ *\/\/.*$/gm, "")
}))

it("Kafka's tools get their brokers: only ToolCommand.ts writes their names", () => {
  const found = sources.filter(({ text }) => /kafka-[a-z-]+\.sh|\$\{tool\}\.sh/.test(text)).map(({ path }) => path)
  assert.deepStrictEqual(found, ["src/source/kafka/ToolCommand.ts"])
})

it("SQL has no gaps where the worker knows the names; the configuration does not know them yet", () => {
  for (const { path, text } of sources.filter(({ path }) => !path.startsWith("src/config/"))) {
    const gap = /(?:ALTER (?:ROLE|DATABASE|TABLE|SYSTEM)|GRANT|REVOKE|SET|RESET) \.\.\.|SET \w+ = \.\.\./.exec(text)
    assert.isNull(gap, `${path}: ${gap?.[0]}`)
  }
})

it("npm scripts that messages name exist", () => {
  const { scripts } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"))
  for (const { path, text } of sources) {
    for (const [, name = ""] of text.matchAll(/`?npm run (?:-s )?([\w:]+)/g)) assert.property(scripts, name, path)
  }
})
