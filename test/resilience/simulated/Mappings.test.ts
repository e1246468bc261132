import { assert, describe, it } from "@effect/vitest"
import { newMapping } from "./Sabotage.ts"
import { runSeed } from "./Scenario.ts"

const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1)

describe("mappings that change between runs, among faults", () => {
  it("read each record as it was read first", { timeout: 600_000 }, () => {
    let changes = 0
    let rereads = 0
    for (const seed of SEEDS) {
      const { counts, findings } = runSeed({ seed, mapped: true })
      assert.deepStrictEqual(findings, [], `seed ${seed}`)
      changes += counts.otherMapping
      rereads += counts.mixedMapping
    }
    assert.isAbove(changes, SEEDS.length)
    assert.isAbove(rereads, 0)
  })

  it("are found out if a re-read uses the new mapping", { timeout: 600_000 }, () => {
    assert.isTrue(SEEDS.some((seed) => runSeed({ seed, mapped: true, sabotage: newMapping }).findings.length > 0))
  })
})
