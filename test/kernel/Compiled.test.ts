import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { compile, MODULE } from "../../ops/kernel/Compile.ts"

describe("the compiled kernel", () => {
  it("is that of its source: run `npm run kernel` after a change", async () => {
    assert.isTrue(readFileSync(MODULE, "utf8") === (await compile(process.cwd())))
  })
})
