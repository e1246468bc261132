import { assert, it } from "@effect/vitest"
import { counted, number, plural } from "../../src/domain/Wording.ts"

it("numbers have grouped thousands, a bounded number of decimals and no negative zero", () => {
  assert.strictEqual(number(1_234_567), "1,234,567")
  assert.strictEqual(number(-1_234.5678), "-1,234.568")
  assert.strictEqual(number(2.46, 1), "2.5")
  assert.strictEqual(number(-0.04, 1), "0")
})

it("a noun is singular for one and only for one", () => {
  assert.strictEqual(counted(0, "record"), "0 records")
  assert.strictEqual(counted(1, "record"), "1 record")
  assert.strictEqual(counted(1_000, "person", "people"), "1,000 people")
  assert.strictEqual(plural(2, "has", "have"), "have")
})
