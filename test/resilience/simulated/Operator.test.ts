import { assert, describe, it } from "@effect/vitest"
import type { Sabotage } from "./Tables.ts"
import { runSeed } from "./Scenario.ts"

const SEEDS = Array.from({ length: 24 }, (_, index) => index + 1)

/** A store that forgets from which window on a version applies. */
const forgetful: Sabotage = (store) => ({
  ...store,
  commit: (flush) => store.commit({ ...flush, sensitivity: [] })
})

describe("changes of the sensitivity among faults", () => {
  it("decide what the stored versions state", { timeout: 600_000 }, () => {
    let applied = 0
    for (const seed of SEEDS) {
      const outcome = runSeed({ seed, sensitivity: true })
      assert.deepStrictEqual(outcome.findings, [], `seed ${seed}`)
      applied += outcome.applied
    }
    assert.isAbove(applied, SEEDS.length)
  })

  it("are found out if a version's first window is not stored", { timeout: 600_000 }, () => {
    assert.isTrue(SEEDS.some((seed) => runSeed({ seed, sensitivity: true, sabotage: forgetful }).findings.length > 0))
  })
})
