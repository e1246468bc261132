import { assert, it } from "@effect/vitest"
import { bar, describeProgress } from "../../src/terminal/Progress.ts"

it("what is done, how fast, and how long it will take", () => {
  assert.strictEqual(describeProgress({ fraction: 0, records: 0 }, 0), "0 %, 0 records, 0/s")
  assert.strictEqual(
    describeProgress({ fraction: 0.25, records: 1_000_000 }, 4_000),
    "25 %, 1,000,000 records, 250,000/s, 12s left"
  )
  assert.strictEqual(
    describeProgress({ fraction: 0.999, records: 1000 }, 10_000),
    "99 %, 1,000 records, 100/s, 1s left"
  )
  assert.strictEqual(describeProgress({ fraction: 1, records: 1000 }, 10_000), "100 %, 1,000 records, 100/s")
})

it("a bar of the same length whatever is done", () => {
  for (const fraction of [0, 0.01, 0.5, 0.999, 1]) assert.strictEqual(bar(fraction).length, 32)
  assert.strictEqual(bar(0.5), `[${"#".repeat(15)}${"-".repeat(15)}]`)
})
