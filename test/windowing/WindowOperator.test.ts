import { assert, describe, it } from "@effect/vitest"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { PAUSE_EVERY } from "../../src/windowing/Pauses.ts"
import { paneLimits } from "../../src/windowing/PaneLimits.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"
import { chat, sample } from "../harness/Events.ts"
import { addTo, history, play, WINDOWS } from "./History.ts"

describe("the window operator", () => {
  it.prop(
    "gives each stream's sums and emotes exactly, however many streams and emotes come and go",
    [history],
    ([steps]) => {
      const { closed, expected } = play(steps, undefined)
      assert.deepStrictEqual(closed, expected)
    },
    { arbitrary: { runs: 30, size: 150, seed: 1 }, timeout: 120_000 }
  )

  it("pauses often while it closes a window of many streams, the same with and without their chatters' names", () => {
    const streams = 3 * PAUSE_EVERY + 1
    for (const topEmotes of [1, undefined]) {
      const operator = new WindowOperator(WINDOWS, 0, topEmotes, 20_000, paneLimits(WINDOWS, STATE_LIMITS, 1))
      const timeMs = 100_000
      for (let number = 0; number < streams; number++) {
        const stream = `${number}`
        addTo(operator, WINDOWS.paneOf(timeMs), chat(stream, timeMs, "u", "", ["e"]))
        addTo(operator, WINDOWS.paneOf(timeMs), sample(stream, timeMs, 1))
      }
      // All windows that hold the pane; with the last one it is evicted.
      let pauses = 0
      const pausesOf: Array<number> = []
      for (const window of operator.close(WINDOWS.lastEndOfPane(WINDOWS.paneOf(timeMs)))) {
        if (window === undefined) {
          pauses++
          continue
        }
        assert.strictEqual(window.chat.streams.length, streams)
        assert.strictEqual(window.viewers.streams.length, streams)
        pausesOf.push(pauses)
        pauses = 0
      }
      const windows = WINDOWS.sizeMs / WINDOWS.slideMs
      assert.strictEqual(pausesOf.length, windows)
      // By the emotes' pairs and the streams. If names are kept, once for the table of chatters.
      const reading = 3 * 2 + (topEmotes === undefined ? 1 : 0)
      // Chat, emotes, viewers; and the chatters that it reaches.
      const merging = 3 * 4
      // The window's content is subtracted, then forgotten.
      const evicting = 3 * 6
      // The names are put in order once: chat's and the viewers', each in runs that are merged.
      const sorting = 2 * 4
      assert.deepStrictEqual(pausesOf, [
        sorting + merging + reading,
        ...Array.from({ length: windows - 2 }, () => reading),
        reading + evicting
      ])
      assert.strictEqual(operator.streams, 0)
    }
  })
})
