import { assert, describe, it } from "@effect/vitest"
import type { ChatEvent } from "../../src/domain/Event.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { UNSCORED } from "../../src/domain/Score.ts"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { PAUSE_EVERY } from "../../src/windowing/Pauses.ts"
import { paneLimits } from "../../src/windowing/PaneLimits.ts"
import { make } from "../../src/windowing/SlidingWindows.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"

const WINDOWS = make({ sizeMs: 60_000, slideMs: 10_000 })
const STEPS = 10_000

/** The content of a stream's window, counted separately. */
class Expected {
  chatCount = 0
  scoreMicro = 0
  scored = 0
  positive = 0
  negative = 0
  viewerSum = 0
  viewerSamples = 0
  readonly users = new Set<string>()
  readonly emotes = new Map<string, number>()

  addChat(user: string, emotes: ReadonlyArray<string>, scoreMicro: number): void {
    this.chatCount++
    if (scoreMicro !== UNSCORED) {
      this.scored++
      this.scoreMicro += scoreMicro
      if (scoreMicro > 0) this.positive++
      if (scoreMicro < 0) this.negative++
    }
    this.users.add(user)
    for (const emote of emotes) this.emotes.set(emote, (this.emotes.get(emote) ?? 0) + 1)
  }
}

/**
 * Plays streams that come and go, and emotes that come and go with them, with time going on and off
 * by up to 25 s. Gives what each window holds by the operator, and by itself.
 */
const play = (seed: number) => {
  const draws = new Draws(hash(seed))
  const operator = new WindowOperator(WINDOWS, 0, undefined, 20_000, paneLimits(WINDOWS, STATE_LIMITS, 1))
  const expected = new Map<string, Expected>()
  const closed = new Map<string, Expected>()
  const at = (all: Map<string, Expected>, stream: string, endMs: number): Expected => {
    const key = `${stream} ${endMs}`
    const found = all.get(key) ?? new Expected()
    all.set(key, found)
    return found
  }
  const close = (limitMs: number): void => {
    for (const window of operator.close(limitMs)) {
      if (window === undefined) continue
      const { chat, endMs, viewers } = window
      for (const [place, stream] of chat.streams.entries()) {
        const { chatCount, chatters, emotes, negative, positive, scored, scoreMicro } = chat
        const users = chatters[place]
        const counts = emotes[place]
        Object.assign(at(closed, stream, endMs), {
          chatCount: chatCount[place],
          scoreMicro: scoreMicro[place],
          scored: scored[place],
          positive: positive[place],
          negative: negative[place],
          users,
          emotes: counts
        })
      }
      for (const [place, stream] of viewers.streams.entries()) {
        const { viewerSamples, viewerSum } = viewers
        Object.assign(at(closed, stream, endMs), { viewerSum: viewerSum[place], viewerSamples: viewerSamples[place] })
      }
    }
  }
  let nowMs = 100_000
  let mostStreams = 0
  for (let step = 0; step < STEPS; step++) {
    // Now and then nothing comes for longer than a window.
    nowMs += draws.chance(0.0002) ? 200_000 : draws.below(40)
    close(nowMs - 15_000)
    const timeMs = EventTimeMs(nowMs - draws.below(25_000))
    // One of a hundred, of which after each hundred steps another is the first.
    const stream = `stream ${Math.floor(step / 100) + draws.below(100)}`
    const user = `user ${draws.below(5)}`
    const emotes = Array.from({ length: draws.below(4) }, () => `emote ${Math.floor(step / 200) + draws.below(30)}`)
    const scoreMicro = draws.chance(0.3) ? UNSCORED : draws.between(-1, 1) * 500_000
    const viewers = draws.below(1000)
    const isChat = draws.chance(0.7)
    const chat: ChatEvent = { _tag: "chat", stream, timeMs, user: utf8Of(user), text: utf8Of(""), emotes, cutEmotes: 0 }
    const pane = WINDOWS.paneOf(timeMs)
    if (operator.openWindows(pane) === 0) continue
    assert.isTrue(operator.add(pane, isChat ? chat : { _tag: "viewer", stream, timeMs, viewers }, scoreMicro))
    mostStreams = Math.max(mostStreams, operator.streams)
    const lastEnd = WINDOWS.lastEndOfPane(pane)
    for (let endMs = Math.max(operator.nextEndMs, WINDOWS.firstEndOfPane(pane)); endMs <= lastEnd; endMs += 10_000) {
      const window = at(expected, stream, endMs)
      if (isChat) {
        window.addChat(user, emotes, scoreMicro)
      } else {
        window.viewerSum += viewers
        window.viewerSamples++
      }
    }
  }
  assert.isBelow(mostStreams, 250)
  close(nowMs + 1_000_000)
  assert.strictEqual(operator.streams, 0)
  return { closed, expected }
}

describe("the window operator", () => {
  it("gives each stream's sums and emotes exactly, however many streams and emotes come and go", () => {
    for (let seed = 0; seed < 2; seed++) {
      const { closed, expected } = play(seed)
      assert.strictEqual(closed.size, expected.size)
      for (const [key, window] of expected) assert.deepStrictEqual(closed.get(key), window, `seed ${seed}, ${key}`)
    }
  })

  it("pauses often while it closes a window of many streams, the same with and without their chatters' names", () => {
    const streams = 3 * PAUSE_EVERY + 1
    for (const topEmotes of [1, undefined]) {
      const operator = new WindowOperator(WINDOWS, 0, topEmotes, 20_000, paneLimits(WINDOWS, STATE_LIMITS, 1))
      const timeMs = EventTimeMs(100_000)
      const user = utf8Of("u")
      const text = utf8Of("")
      for (let number = 0; number < streams; number++) {
        const stream = `${number}`
        operator.add(
          WINDOWS.paneOf(timeMs),
          { _tag: "chat", stream, timeMs, user, text, emotes: ["e"], cutEmotes: 0 },
          0
        )
        operator.add(WINDOWS.paneOf(timeMs), { _tag: "viewer", stream, timeMs, viewers: 1 }, 0)
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
      // By the emotes' pairs, and by the streams; where names are kept, by the chatters.
      const reading = 3 * (topEmotes === undefined ? 3 : 2)
      // Chat, emotes, viewers; and the chatters that it reaches.
      const merging = 3 * 4
      // The window's content is subtracted, then forgotten.
      const evicting = 3 * 6
      assert.deepStrictEqual(pausesOf, [
        merging + reading,
        ...Array.from({ length: windows - 2 }, () => reading),
        reading + evicting
      ])
      assert.strictEqual(operator.streams, 0)
    }
  })
})
