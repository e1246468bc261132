/** Every fault of the table can be planted: its text occurs exactly once in its file. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { mutants } from "./table.ts"

const root = new URL("../../", import.meta.url)

describe("the table of faults", () => {
  it.each(mutants)("$fault", ({ file, find, replace, testFile }) => {
    assert.lengthOf(readFileSync(new URL(file, root), "utf8").split(find), 2, `${file}: ${find}`)
    assert.notStrictEqual(find, replace)
    assert.isTrue(existsSync(new URL(testFile, root)), testFile)
  })
})
