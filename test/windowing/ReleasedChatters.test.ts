import { assert, describe, it } from "@effect/vitest"
import { Chatters } from "../../src/windowing/Chatters.ts"
import { chat, columnsOf } from "../harness/Events.ts"

/** Chatters of one stream, whose numbers by pane are in `counts`. */
const crowd = (most?: number) => {
  const counts = new Map<number, number>()
  const add = (pane: number, count: number): void => void counts.set(pane, (counts.get(pane) ?? 0) + count)
  const chatters = new Chatters(
    (_, pane, before) => {
      if (counts.has(before)) add(before, -1)
      add(pane, 1)
    },
    () => true,
    most
  )
  return {
    counts,
    chatters,
    name: (pane: number, from: number, to: number): void => {
      for (let user = from; user < to; user++) chatters.name(0, pane, columnsOf([chat("s", 0, `user ${user}`, "")]), 0)
    },
    goTo: (last: number): void => {
      for (const pause of chatters.reach(last)) assert.isUndefined(pause)
      for (const pause of chatters.forgetBefore(last)) assert.isUndefined(pause)
    }
  }
}

describe("chatters of a stream that was hot", () => {
  it("are released with their panes, and those who stay count as before", () => {
    const { chatters, counts, goTo, name } = crowd()
    name(0, 0, 100_000)
    name(1, 0, 100)
    goTo(0)
    assert.isAtLeast(chatters.room, 100_000)
    assert.strictEqual(counts.get(0), 100_000)
    name(2, 50, 120)
    goTo(1)
    assert.isBelow(chatters.room, 1000)
    assert.strictEqual(counts.get(1), 100)
    goTo(2)
    assert.strictEqual(counts.get(1), 50)
    assert.strictEqual(counts.get(2), 70)
  })

  it("count as before when their table is split again and again", () => {
    const most = 1024
    const { chatters, counts, goTo, name } = crowd(most)
    name(0, 0, 1000)
    name(1, 500, 100_000)
    name(2, 90_000, 100_100)
    goTo(0)
    assert.strictEqual(counts.get(0), 1000)
    assert.isAtLeast(chatters.room, 100_100)
    name(1, 0, 100_000)
    name(3, 0, 10)
    goTo(1)
    assert.strictEqual(counts.get(0), 0)
    assert.strictEqual(counts.get(1), 100_000)
    goTo(2)
    assert.strictEqual(counts.get(1), 90_000)
    assert.strictEqual(counts.get(2), 10_100)
    name(3, 90_000, 90_005)
    goTo(3)
    assert.isBelow(chatters.room, 100_100 / 4)
    assert.strictEqual(counts.get(2), 10_095)
    assert.strictEqual(counts.get(3), 15)
  })
})
