import { assert, describe, it } from "@effect/vitest"
import { USER_HASH } from "../../src/domain/EventColumns.ts"
import { Chatters } from "../../src/windowing/Chatters.ts"
import { chat, columnsOf } from "../harness/Events.ts"
import { Random } from "../harness/Random.ts"
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

  it("are distinguished by stream and name, however many have the same hash", () => {
    const counted = new Map<string, number>()
    const chatters = new Chatters(
      (stream, pane) => counted.set(`${stream} ${pane}`, (counted.get(`${stream} ${pane}`) ?? 0) + 1),
      () => true
    )
    const random = new Random(1)
    const named = new Map<string, Set<string>>()
    for (let message = 0; message < 5000; message++) {
      const [stream, pane] = [random.between(0, 2), Math.floor(message / 1000)]
      const user = `${random.between(0, 400)}`.padEnd(random.between(1, 5), "é")
      const columns = columnsOf([chat("s", 0, user, "")])
      columns.events[USER_HASH] = user.length % 2
      assert.isTrue(chatters.name(stream, pane, columns, 0))
      const key = `${stream} ${pane}`
      named.set(key, (named.get(key) ?? new Set()).add(user))
    }
    for (const pause of chatters.reach(5)) assert.isUndefined(pause)
    // The window reaches a pane after the other, so each counts its own names once.
    assert.deepStrictEqual(counted, new Map([...named].map(([key, users]) => [key, users.size])))
  })
})
