import { assert, describe, it } from "@effect/vitest"
import { connectionsFor } from "../../../src/http/guard/LimitedServer.ts"
import { openFilesIn } from "../../../src/http/guard/OpenFiles.ts"

const limits = (soft: string) => `Limit                     Soft Limit           Hard Limit           Units
Max processes             unlimited            unlimited            processes
Max open files            ${soft}                 1048576              files
Max locked memory         67108864             67108864             bytes
`

describe("the limit of open files", () => {
  it("is the soft one", () => {
    assert.strictEqual(openFilesIn(limits("1024")), 1024)
  })

  it("is none if it is unlimited, or the text has none", () => {
    assert.isUndefined(openFilesIn(limits("unlimited")))
    assert.isUndefined(openFilesIn(""))
  })

  it.each([
    [undefined, 2000, 100],
    [20_000, 2000, 100],
    [1024, 412, 100],
    [200, 80, 20]
  ])("from %s leaves half of them to others", (files, total, reserve) => {
    assert.deepStrictEqual(connectionsFor(files), { total, reserve })
  })
})
