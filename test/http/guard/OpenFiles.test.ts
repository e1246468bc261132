import { assert, describe, it } from "@effect/vitest"
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
})
