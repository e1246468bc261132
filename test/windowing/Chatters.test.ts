import { assert, describe, it } from "@effect/vitest"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { paneLimits } from "../../src/windowing/PaneLimits.ts"
import { make } from "../../src/windowing/SlidingWindows.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"

const WINDOWS = make({ sizeMs: 60_000, slideMs: 10_000 })
const STREAMS = 7
const STEPS = 40_000

/** One of more names than a new table has room for, some of them long. */
const nameOf = (draws: Draws, users: number): string => {
  const user = draws.below(users)
  return user % 50 === 0 ? `${"long ".repeat(user % 40)}${user}` : `user ${user}`
}

/**
 * Plays chat with time going on and off by up to 25 s, and gives the windows' chatters, by the
 * operator and by sets of names for each window.
 */
const play = (seed: number, topEmotes: number | undefined) => {
  const draws = new Draws(hash(seed))
  const operator = new WindowOperator(WINDOWS, 0, topEmotes, 20_000, paneLimits(WINDOWS, STATE_LIMITS, 1))
  const sets = new Map<string, Set<string>>()
  const counted = new Map<string, number | ReadonlySet<string>>()
  const close = (limitMs: number): void => {
    for (const window of operator.close(limitMs)) {
      if (window === undefined) continue
      const { chat, endMs } = window
      for (const [place, stream] of chat.streams.entries()) counted.set(`${stream} ${endMs}`, chat.chatters[place] ?? 0)
    }
  }
  let nowMs = 100_000
  for (let step = 0; step < STEPS; step++) {
    // Now and then a crowd comes, and the stream may go quiet for longer than a window.
    nowMs += draws.chance(0.0005) ? 200_000 : draws.below(20)
    close(nowMs - 15_000)
    const timeMs = nowMs - draws.below(25_000)
    const stream = String(draws.below(STREAMS))
    const user = nameOf(draws, step % 10_000 < 5000 ? 4000 : 30)
    const chat = {
      _tag: "chat" as const,
      stream,
      timeMs: EventTimeMs(timeMs),
      user: utf8Of(user),
      text: utf8Of(""),
      emotes: [],
      cutEmotes: 0
    }
    const pane = WINDOWS.paneOf(timeMs)
    if (operator.openWindows(pane) === 0) continue
    assert.isTrue(operator.add(pane, chat, 0))
    const lastEnd = WINDOWS.lastEndOfPane(pane)
    for (let endMs = Math.max(operator.nextEndMs, WINDOWS.firstEndOfPane(pane)); endMs <= lastEnd; endMs += 10_000) {
      const key = `${stream} ${endMs}`
      const set = sets.get(key)
      if (set === undefined) sets.set(key, new Set([user]))
      else set.add(user)
    }
  }
  close(nowMs + 1_000_000)
  return { counted, sets }
}

describe("chatters", () => {
  it("count once in every window that holds them, in whatever order their messages come", () => {
    let most = 0
    for (let seed = 0; seed < 5; seed++) {
      const { counted, sets } = play(seed, 3)
      assert.strictEqual(counted.size, sets.size)
      for (const [key, names] of sets) {
        most = Math.max(most, names.size)
        assert.strictEqual(counted.get(key), names.size, `seed ${seed}, ${key}`)
      }
    }
    assert.isAbove(most, 300)
  })

  it("are given by name where other inputs may bring the same", () => {
    const { counted, sets } = play(100, undefined)
    assert.deepStrictEqual(counted, new Map(sets))
  })
})
