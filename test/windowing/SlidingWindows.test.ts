import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import * as SlidingWindows from "../../src/windowing/SlidingWindows.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Ends of the windows that hold a time, by going through all near it. */
const endsOf = (ms: number, sizeMs: number, slideMs: number): ReadonlyArray<number> => {
  const ends: Array<number> = []
  for (let k = Math.floor((ms - sizeMs) / slideMs) - 2; k * slideMs <= ms; k++) {
    const start = k * slideMs
    if (start <= ms && ms < start + sizeMs) ends.push(start + sizeMs)
  }
  return ends
}

describe("sliding windows", () => {
  it.prop(
    "are [start, end), on the epoch's grid, and whole numbers of panes",
    [between(1, 30), between(1, 30), between(-200, 200), between(-200, 200)],
    ([a, b, ms, limitMs]) => {
      const [sizeMs, slideMs] = a >= b ? [a, b] : [b, a]
      const windows = SlidingWindows.make({ sizeMs, slideMs })
      const ends = endsOf(ms, sizeMs, slideMs)
      const pane = windows.paneOf(ms)
      assert.strictEqual(windows.firstEndOfPane(pane), ends[0])
      assert.strictEqual(windows.lastEndOfPane(pane), ends.at(-1))
      assert.strictEqual(windows.windowsOfPane(pane), ends.length)
      assert.strictEqual(windows.openWindowsOfPane(pane, limitMs), ends.filter((endMs) => endMs > limitMs).length)
      for (const endMs of ends) {
        assert.isTrue(windows.firstPane(endMs) <= pane && pane <= windows.lastPane(endMs))
        assert.strictEqual(windows.firstPane(endMs) * windows.paneMs, endMs - sizeMs)
        assert.strictEqual((windows.lastPane(endMs) + 1) * windows.paneMs, endMs)
      }
      assert.isAbove(windows.endAfter(ms), ms)
      assert.isAtMost(windows.endAtOrBefore(ms), ms)
      assert.strictEqual(windows.endAfter(ms) - windows.endAtOrBefore(ms), slideMs)
    },
    { arbitrary: { runs: 1000, seed: 5 } }
  )

  it("hold an event at their start, not one at their end", () => {
    const windows = SlidingWindows.make({ sizeMs: 60_000, slideMs: 10_000 })
    assert.strictEqual(windows.firstEndOfPane(windows.paneOf(60_000)), 70_000)
    assert.strictEqual(windows.firstEndOfPane(windows.paneOf(59_999)), 60_000)
    assert.strictEqual(windows.lastEndOfPane(windows.paneOf(60_000)), 120_000)
  })
})
