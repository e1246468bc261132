import { assert, describe, it } from "@effect/vitest"
import { Chatters } from "../../src/windowing/Chatters.ts"
import { chat, columnsOf } from "../harness/Events.ts"

describe("chatters of a stream that was hot", () => {
  it("are released with their panes, and those who stay count as before", () => {
    const counts = new Map<number, number>()
    const add = (pane: number, count: number): void => void counts.set(pane, (counts.get(pane) ?? 0) + count)
    const chatters = new Chatters(
      (_, pane, before) => {
        if (counts.has(before)) add(before, -1)
        add(pane, 1)
      },
      () => true
    )
    const name = (pane: number, user: number): void => {
      chatters.name(0, pane, columnsOf([chat("s", 0, `user ${user}`, "")]), 0)
    }
    const goTo = (last: number): void => {
      for (const pause of chatters.reach(last)) assert.isUndefined(pause)
      chatters.forgetBefore(last)
    }
    for (let user = 0; user < 100_000; user++) name(0, user)
    for (let user = 0; user < 100; user++) name(1, user)
    goTo(0)
    assert.isAtLeast(chatters.room, 100_000)
    assert.strictEqual(counts.get(0), 100_000)
    for (let user = 50; user < 120; user++) name(2, user)
    goTo(1)
    assert.isBelow(chatters.room, 1000)
    assert.strictEqual(counts.get(1), 100)
    goTo(2)
    assert.strictEqual(counts.get(1), 50)
    assert.strictEqual(counts.get(2), 70)
  })
})
