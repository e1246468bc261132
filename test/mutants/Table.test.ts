/**
 * Every fault of the table can be planted: its text occurs exactly once in its file. Its test
 * exists: the name ends with a title of the test file or of a contract.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { mutants } from "./table.ts"

const root = new URL("../../", import.meta.url)

const PLACEHOLDER = /\$\{[^}]*\}|\$\w+|%[a-z]/

/** The titles in a source. A placeholder in a title stands for any text. */
const titlesIn = (source: string): ReadonlyArray<RegExp> =>
  [...source.matchAll(/\(\s*(["`])((?:\\.|(?!\1).)+)\1/g)].map(([, , title = ""]) => {
    const parts = title.replaceAll(/\\(.)/g, "$1").split(PLACEHOLDER)
    return new RegExp(`${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`)
  })

const contracts = readdirSync(new URL("test/contract", root)).map((name) => `test/contract/${name}`)

describe("the table of faults", () => {
  it.each(mutants)("$fault", ({ file, find, replace, test, testFile }) => {
    assert.lengthOf(readFileSync(new URL(file, root), "utf8").split(find), 2, `${file}: ${find}`)
    assert.notStrictEqual(find, replace)
    assert.isTrue(existsSync(new URL(testFile, root)), testFile)
    const sources = [testFile, ...contracts].map((path) => readFileSync(new URL(path, root), "utf8"))
    const titles = sources.flatMap(titlesIn)
    assert.isTrue(
      titles.some((title) => title.test(test)),
      `${testFile} has no test "${test}"`
    )
  })
})
