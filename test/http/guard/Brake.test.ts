import { assert, describe, it } from "@effect/vitest"
import { Brake } from "../../../src/http/guard/Brake.ts"

const guess = (brake: Brake, address: string, count: number, nowMs: number): void => {
  for (let n = 0; n < count; n++) brake.wrong(address, `guess ${n} at ${nowMs}`, nowMs)
}

describe("the brake on guessing", () => {
  it("lets nine go by, stops the next ones from there until a minute after the first, and no other", () => {
    const brake = new Brake()
    guess(brake, "a", 9, 0)
    assert.strictEqual(brake.waitMs("a", 1000), 0)
    guess(brake, "a", 1, 1000)
    assert.strictEqual(brake.waitMs("a", 1000), 59_000)
    assert.strictEqual(brake.waitMs("b", 1000), 0)
    assert.strictEqual(brake.waitMs("a", 60_000), 0)
    guess(brake, "a", 9, 60_000)
    assert.strictEqual(brake.waitMs("a", 60_000), 0)
  })

  it("counts a wrong one once that is repeated, as by a client with an old token", () => {
    const brake = new Brake()
    for (let n = 0; n < 1000; n++) brake.wrong("a", "old", n)
    assert.strictEqual(brake.waitMs("a", 1000), 0)
  })

  it("remembers so many addresses and no more", () => {
    const brake = new Brake()
    guess(brake, "first", 10, 0)
    for (let n = 0; n < 9_999; n++) brake.wrong(`other ${n}`, "x", 0)
    assert.isAbove(brake.waitMs("first", 0), 0)
    brake.wrong("one more", "x", 0)
    assert.strictEqual(brake.waitMs("first", 0), 0)
  })
})
