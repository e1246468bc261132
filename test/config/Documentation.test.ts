import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { variables } from "../../src/config/Variables.ts"
import { reference } from "./Reference.ts"

it("docs/configuration.md is current: else run `npm run document`", () => {
  const document = readFileSync(new URL("../../docs/configuration.md", import.meta.url), "utf8")
  const [, section] = /<!-- variables: begin -->\n\n(.*?)\n\n<!-- variables: end -->/s.exec(document) ?? []
  assert.strictEqual(section, reference())
})

it("every variable is in one group, once", () => {
  const text = reference()
  assert.isTrue(text.startsWith("### "))
  const named = [...text.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map(([, name]) => name)
  assert.deepStrictEqual(named, Object.keys(variables))
})
