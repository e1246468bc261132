import { assert, describe, it } from "@effect/vitest"
import { MOMENT_TYPES, noMoments } from "../../pipeline/Script.ts"
import { FAULTS, noFaults } from "./Plan.ts"
import { SABOTAGES } from "./Sabotage.ts"
import { runSeed } from "./Scenario.ts"

const SEEDS = Array.from({ length: 80 }, (_, index) => index + 1)

describe("workers among faults", () => {
  it("write what an uninterrupted run would have written", { timeout: 600_000 }, () => {
    const happened = noFaults()
    const found = noMoments()
    for (const seed of SEEDS) {
      const { counts, findings, moments } = runSeed({ seed })
      assert.deepStrictEqual(findings, [], `seed ${seed}; log everything: npm run faults -- --seed ${seed}`)
      for (const fault of FAULTS) happened[fault] += counts[fault]
      for (const type of MOMENT_TYPES) found[type] += moments[type]
    }
    assert.deepStrictEqual(
      [...FAULTS.filter((fault) => happened[fault] === 0), ...MOMENT_TYPES.filter((type) => found[type] === 0)],
      []
    )
  })

  it("are the same whenever a seed is played again", () => {
    const first: Array<string> = []
    const second: Array<string> = []
    for (const lines of [first, second]) runSeed({ seed: 5, narrate: (line) => lines.push(line) })
    assert.isAbove(first.length, 100)
    assert.deepStrictEqual(second, first)
  })

  it("are found out where a commit is not fenced", { timeout: 600_000 }, () => {
    const [unfenced] = SABOTAGES
    assert.isTrue(SEEDS.some((seed) => runSeed({ seed, ...unfenced }).findings.length > 0))
  })
})
