import { assert, describe, it } from "@effect/vitest"
import { Idleness } from "../../src/windowing/Idleness.ts"

const TIMEOUT = 30_000

describe("idleness", () => {
  it("is proven only by an end offset requested after the timeout", () => {
    const idleness = new Idleness(TIMEOUT, 1, 0)
    idleness.learn({ requestedAtMs: TIMEOUT - 1, offsets: [5n] })
    assert.isFalse(idleness.isIdle(0, 5n))
    assert.isTrue(idleness.wantsEnd(0, TIMEOUT))
    idleness.learn({ requestedAtMs: TIMEOUT, offsets: [5n] })
    assert.isTrue(idleness.isIdle(0, 5n))
  })

  it("needs the input to be read up to that offset", () => {
    const idleness = new Idleness(TIMEOUT, 1, 0)
    idleness.learn({ requestedAtMs: TIMEOUT, offsets: [5n] })
    assert.isFalse(idleness.isIdle(0, 4n))
    assert.isTrue(idleness.isIdle(0, 6n))
  })

  it("starts again with every event that raises the watermark", () => {
    const idleness = new Idleness(TIMEOUT, 2, 0)
    idleness.learn({ requestedAtMs: TIMEOUT, offsets: [5n, 5n] })
    idleness.raised(0, TIMEOUT + 1)
    assert.isFalse(idleness.isIdle(0, 5n))
    assert.isTrue(idleness.isIdle(1, 5n))
    assert.isFalse(idleness.wantsEnd(0, 2 * TIMEOUT))
    assert.isTrue(idleness.wantsEnd(0, 2 * TIMEOUT + 1))
  })

  it("is not proven by an end requested while the input was held back", () => {
    const idleness = new Idleness(TIMEOUT, 1, 0)
    idleness.learn({ requestedAtMs: TIMEOUT, offsets: [5n] })
    idleness.forget(0)
    assert.isFalse(idleness.isIdle(0, 5n))
    assert.isTrue(idleness.wantsEnd(0, TIMEOUT))
  })
})
