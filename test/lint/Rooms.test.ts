import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { ROOMS } from "../../oxlint.config.ts"

const architecture = readFileSync(new URL("../../docs/ARCHITECTURE.md", import.meta.url), "utf8")

/** Rows of the table of rooms: the folder, and the rooms that it may import. */
const documented = [...architecture.matchAll(/^\| `src\/([\w/]+)\/` \|[^|]*\| ([^|]*) \|$/gm)].map(
  ([, folder = "", imports = ""]) => ({ folder, imports: imports === "nothing" ? [] : imports.split(", ") })
)

describe("the table of rooms in docs/ARCHITECTURE.md", () => {
  it("lists every room of the lint, from the lowest to the highest, with what it may import", () => {
    assert.deepStrictEqual(
      documented,
      ROOMS.map(({ folder, imports }) => ({ folder, imports }))
    )
  })
})
