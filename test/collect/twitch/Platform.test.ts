/** The platform over real sockets, against the server of test/harness/twitch. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Stream } from "effect"
import { layer as webSockets } from "../../../src/collect/twitch/WebSocket.ts"
import { make } from "../../../src/collect/twitch/Twitch.ts"
import type { ChatMessage, Collected } from "../../../src/collect/Platform.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { FRAMINGS } from "../../harness/twitch/Framing.ts"
import type { Post } from "../../harness/twitch/Lines.ts"
import { startTwitchServer, type TwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { untilTrue } from "../../harness/Until.ts"

/** The message that a collector should make of this post. */
const expected = (post: Post): ChatMessage => ({
  _tag: "Message",
  stream: post.stream,
  timeMs: post.timeMs,
  id: post.id,
  user: post.user,
  userId: post.userId,
  text: post.text,
  emotes: post.emotes.map(({ name }) => name),
  badges: post.badges,
  bits: post.bits
})

/** Collects until the test ends. */
const collecting = Effect.fnUntraced(function* (
  { chatUrl }: TwitchServer,
  streams: ReadonlyArray<string>,
  take: (item: Collected) => Effect.Effect<void> = () => Effect.void
) {
  const items: Array<Collected> = []
  const platform = yield* make({
    chatUrl,
    viewers: { samples: () => Stream.never },
    emotes: { namesOf: () => Effect.succeed(new Set()) }
  }).pipe(Effect.provide(webSockets))
  yield* platform.collect(streams).pipe(
    Stream.runForEach((item) => {
      items.push(item)
      return take(item)
    }),
    Effect.provide(Logger.layer([])),
    Effect.forkScoped
  )
  yield* untilTrue("the joins", () => items.filter(({ _tag }) => _tag === "Joined").length === streams.length)
  return { items, messages: () => items.filter((item): item is ChatMessage => item._tag === "Message") }
})

describe("the Twitch platform over sockets", () => {
  for (const framing of FRAMINGS) {
    it.live(`collects every message as it was sent, ${framing}`, () =>
      Effect.gen(function* () {
        const server = yield* startTwitchServer()
        const streams = ["demo", "other"]
        const { messages } = yield* collecting(server, streams)
        const posts = new Crowd({ streams }).several(2_000, 1_700_000_000_000)
        server.chat.post(posts, framing)
        yield* untilTrue("all messages", () => messages().length >= posts.length)
        assert.deepStrictEqual(messages(), posts.map(expected))
      })
    )
  }

  it.live("loses and repeats nothing that was sent on an open socket, while connections end", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      const { chat } = server
      const { items, messages } = yield* collecting(server, ["demo"])
      const crowd = new Crowd({ streams: ["demo"] })
      let onBoth = false
      for (const end of ["close", "cut", "reset", "reconnect"] as const) {
        yield* untilTrue("a joined connection", () => chat.joined.has("demo"))
        chat.post(crowd.several(500, 1), "torn")
        const connection = chat.open.at(-1)
        assert.isDefined(connection)
        if (end === "close") connection.close(1012, "restart")
        else if (end === "cut") connection.cut()
        else if (end === "reset") chat.reset(connection)
        else {
          // Right after the second connection has joined, each message is sent on both.
          chat.join = () => {
            setImmediate(() => {
              onBoth = chat.open.filter(({ joined }) => joined.has("demo")).length === 2
              chat.post(crowd.several(500, 2), "each")
            })
            return "confirm"
          }
          connection.reconnect(60_000)
        }
        yield* untilTrue("the end of the old connection", () => connection.isGone)
      }
      yield* untilTrue("a joined connection", () => chat.joined.has("demo"))
      chat.post(crowd.several(100, 3))
      const last = chat.sent.at(-1)?.post.id
      yield* untilTrue("the last message", () => messages().some(({ id }) => id === last))
      assert.isTrue(onBoth)
      const ids = messages().map(({ id }) => id)
      assert.strictEqual(new Set(ids).size, ids.length)
      const certain = new Set(chat.sent.filter(({ isCertain }) => isCertain).map(({ post }) => post.id))
      const collected = new Set(ids)
      assert.deepStrictEqual(
        [...certain].filter((id) => !collected.has(id)),
        []
      )
      const gaps = items.filter(({ _tag }) => _tag === "Gap")
      assert.strictEqual(gaps.length, 3)
    })
  )

  it.live("stops reading while the consumer is slow", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      let isSlow = true
      const { messages } = yield* collecting(server, ["demo"], ({ _tag }) =>
        isSlow && _tag === "Message" ? Effect.sleep("5 millis") : Effect.void
      )
      const crowd = new Crowd({ streams: ["demo"] })
      const [connection] = server.chat.open
      assert.isDefined(connection)
      // More than the buffers of both ends of TCP.
      const posts = crowd.several(60_000, 1)
      server.chat.post(posts, "each")
      yield* Effect.sleep("1 second")
      assert.isAbove(connection.bufferedBytes, 1_000_000)
      isSlow = false
      yield* untilTrue("all messages", () => messages().length >= posts.length)
      assert.deepStrictEqual(
        messages().map(({ id }) => id),
        posts.map(({ id }) => id)
      )
    })
  )
})
