import { assert, describe, it } from "@effect/vitest"
import { tempoOf } from "../../src/anomaly/Tempo.ts"

const MINUTE = 60_000

describe("the reaction span", () => {
  it("is 20 s where panes allow it, and holds each event under every setting", () => {
    const spans = [
      [60, 10, 20],
      [60, 20, 20],
      [60, 30, 30],
      [60, 60, 60],
      [60, 1, 20],
      [60, 7, 20],
      [60, 45, 45],
      [25, 10, 20],
      [10, 10, 10],
      [10, 1, 10],
      [300, 300, 300],
      [300, 60, 60]
    ] as const
    for (const [size, slide, span] of spans)
      assert.strictEqual(
        tempoOf({ sizeMs: size * 1000, slideMs: slide * 1000 }).spanMs,
        span * 1000,
        `${size} s by ${slide} s`
      )
  })

  it("decides how long the usual is remembered", () => {
    assert.strictEqual(tempoOf({ sizeMs: MINUTE, slideMs: 10_000 }).memoryMs, 5 * MINUTE)
    assert.strictEqual(tempoOf({ sizeMs: MINUTE, slideMs: MINUTE }).memoryMs, 45 * MINUTE)
    assert.strictEqual(tempoOf({ sizeMs: 5 * MINUTE, slideMs: 5 * MINUTE }).memoryMs, 48 * 60 * MINUTE)
    assert.isUndefined(tempoOf({ sizeMs: MINUTE, slideMs: MINUTE }).restraintDecay)
    assert.isDefined(tempoOf({ sizeMs: 5 * MINUTE, slideMs: 5 * MINUTE }).restraintDecay)
  })

  it("follows lulls where chat reacts, not where it is counted over weeks", () => {
    const { chatUnit, lull } = tempoOf({ sizeMs: MINUTE, slideMs: 10_000 })
    assert.strictEqual(chatUnit, 2.005)
    assert.closeTo(lull?.recentGain ?? 0, 10 / (10 + 50 / Math.LN2), 1e-9)
    assert.closeTo(lull?.formerGain ?? 0, 10 / (10 + 600 / Math.LN2), 1e-9)
    const counts = tempoOf({ sizeMs: 5 * MINUTE, slideMs: 5 * MINUTE })
    assert.strictEqual(counts.chatUnit, 1.671)
    assert.isUndefined(counts.lull)
  })
})
