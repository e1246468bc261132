import { assert, describe, it } from "@effect/vitest"
import { Effect, Random } from "effect"
import { world } from "./ScriptedChat.ts"

describe("the Twitch platform", () => {
  it.effect("loses and repeats nothing in 24 h with silences, dead peers, cuts and requests to reconnect", () =>
    Effect.gen(function* () {
      const { chat, messages, of, pass } = yield* world({ streams: ["alice", "bob"] })
      yield* pass(5_000)
      const sent: Array<string> = []
      const counts = { dead: 0, cut: 0, reconnect: 0, silence: 0 }
      /** Posts where it must arrive: on a connection that the server still serves. */
      const post = (stream: string): void => {
        const id = `m${sent.length}`
        if (!chat.open.some((socket) => socket.joined.has(stream) && !socket.isSilent)) return
        sent.push(id)
        chat.post(stream, id)
      }
      for (let minute = 0; minute < 24 * 60; minute++) {
        const dice = yield* Random.nextIntBetween(0, 60)
        const healthy = chat.open.filter((socket) => !socket.isSilent)
        const socket = healthy.length === chat.open.length ? healthy.at(-1) : undefined
        if (dice === 0 && socket !== undefined) {
          counts.dead++
          socket.isSilent = true
        } else if (dice === 1 && socket !== undefined) {
          counts.cut++
          socket.drop()
        } else if (dice === 2 && socket !== undefined) {
          counts.reconnect++
          socket.sendLines(":tmi.twitch.tv RECONNECT")
        } else if (dice === 3) {
          counts.silence++
          yield* pass(10 * 60_000, 5_000)
        }
        if (minute % 5 === 0) for (const socket of chat.open) socket.sendLines("PING :tmi.twitch.tv")
        for (let second = 0; second < 60; second += 5) {
          post("alice")
          if (second % 20 === 0) post("bob")
          yield* pass(5_000, 5_000)
        }
      }
      yield* pass(120_000)
      for (const [name, count] of Object.entries(counts)) assert.isAbove(count, 5, name)
      assert.deepStrictEqual(
        messages()
          .map(({ id }) => id)
          .toSorted(),
        sent.toSorted()
      )
      assert.isAbove(sent.length, 15_000)
      // A gap of both channels for each connection that died without a successor.
      const gaps = of("Gap")
      assert.strictEqual(gaps.length, counts.dead + counts.cut)
      assert.strictEqual(of("Disconnected").length, gaps.length)
      for (const gap of gaps) {
        assert.deepStrictEqual(gap.streams.toSorted(), ["alice", "bob"])
        assert.isBelow(gap.toMs - gap.fromMs, 90_000)
        assert.isAtLeast(gap.toMs, gap.fromMs)
      }
      assert.strictEqual(chat.open.length, 1)
    }).pipe(Random.withSeed("twitch"))
  )
})
