import { assert, describe, it } from "@effect/vitest"
import { FAILED_SEEDS } from "./FailedSeeds.ts"
import { runSeed } from "./Iteration.ts"

describe("hostile records", () => {
  it("end nothing, fit into the tables, and count the same after a restart", { timeout: 240_000 }, () => {
    const seeds = [...FAILED_SEEDS, ...Array.from({ length: 12 }, (_, index) => index + 1)]
    let cut = 0
    let deadBatches = 0
    for (const seed of seeds) {
      const outcome = runSeed(seed)
      assert.deepStrictEqual(outcome.findings, [], `seed ${seed}; alone: npm run fuzz -- --seed ${seed}`)
      cut += outcome.counts.cut
      deadBatches += outcome.counts.deadBatches
    }
    assert.isAbove(cut, 0)
    assert.isAbove(deadBatches, 0)
  })

  it("are the same whenever a seed is played again", { timeout: 60_000 }, () => {
    assert.deepStrictEqual(runSeed(5), runSeed(5))
  })
})
