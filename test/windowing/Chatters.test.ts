import { assert, describe, it } from "@effect/vitest"
import { history, play } from "./History.ts"

describe("chatters", () => {
  let most = 0

  it.prop(
    "count once in every window that holds them, in whatever order their messages come",
    [history],
    ([steps]) => {
      const { closed, expected } = play(steps, 3)
      for (const [key, { chatters: names }] of expected) {
        const found = closed.get(key)?.chatters
        const count = names instanceof Set ? names.size : names
        most = Math.max(most, count)
        // A window without chat keeps an empty set.
        assert.strictEqual(found instanceof Set ? found.size : found, count, key)
      }
    },
    { arbitrary: { runs: 30, size: 150, seed: 2 }, timeout: 120_000 }
  )

  it("were checked in windows of many", () => assert.isAbove(most, 300))
})
