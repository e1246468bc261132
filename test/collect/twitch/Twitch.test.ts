import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Random, Schema } from "effect"
import { messageLine, settle, world } from "./ScriptedChat.ts"

const named = (count: number): ReadonlyArray<string> => Array.from({ length: count }, (_, index) => `channel${index}`)

/** The most events in any window of this length. */
const mostIn = (times: ReadonlyArray<number>, windowMs: number): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at <= from + windowMs).length))

describe("the Twitch platform", () => {
  it.effect("logs in anonymously, requests tags and commands, joins, and collects", () =>
    Effect.gen(function* () {
      const { chat, items, pass } = yield* world({ streams: ["alice"] })
      yield* pass(1_000)
      const lines = chat.received.map(({ line }) => line)
      assert.strictEqual(lines[0], "CAP REQ :twitch.tv/tags twitch.tv/commands")
      assert.match(lines[1] ?? "", /^PASS \S+$/)
      assert.match(lines[2] ?? "", /^NICK justinfan\d+$/)
      assert.strictEqual(lines[3], "JOIN #alice")
      chat.post("alice", "m1", "hello")
      yield* settle
      assert.deepStrictEqual(items, [
        { _tag: "Joined", stream: "alice" },
        {
          _tag: "Message",
          stream: "alice",
          timeMs: 1_700_000_000_000,
          id: "m1",
          user: "ronni",
          userId: "7",
          text: "hello",
          emotes: [],
          badges: ["subscriber/12"],
          bits: 0
        }
      ])
    })
  )

  it.effect("sends a ping after 60 s of silence, and ends the connection 10 s later", () =>
    Effect.gen(function* () {
      const { chat, of, pass } = yield* world({ streams: ["alice"] })
      yield* pass(1_000)
      const [first] = chat.sockets
      assert.isDefined(first)
      first.isSilent = true
      yield* pass(58_000)
      assert.deepStrictEqual(chat.times("PING"), [])
      yield* pass(2_000)
      assert.strictEqual(chat.times("PING").length, 1)
      yield* pass(8_000)
      assert.strictEqual(chat.sockets.length, 1)
      yield* pass(5_000)
      assert.strictEqual(chat.open.length, 1)
      assert.isFalse(first.isOpen)
      assert.deepStrictEqual(of("Disconnected"), [
        { _tag: "Disconnected", streams: ["alice"], why: "no byte for 70 s" }
      ])
      assert.strictEqual(of("Joined").length, 2)
      const [gap] = of("Gap")
      assert.isDefined(gap)
      assert.isAtMost(gap.fromMs, 1_000)
      assert.isAtLeast(gap.toMs, gap.fromMs + 70_000)
      assert.include(gap.why, "no byte for 70 s")
    })
  )

  it.effect("keeps a silent connection that answers pings", () =>
    Effect.gen(function* () {
      const { chat, of, pass } = yield* world({ streams: ["alice"] })
      yield* pass(6 * 3_600_000, 5_000)
      assert.strictEqual(chat.sockets.length, 1)
      assert.isAbove(chat.times("PING").length, 300)
      assert.deepStrictEqual(of("Gap"), [])
    })
  )

  it.effect("answers the server's pings with their text", () =>
    Effect.gen(function* () {
      const { chat, pass } = yield* world({ streams: ["alice"] })
      yield* pass(1_000)
      chat.sockets[0]?.sendLines("PING :tmi.twitch.tv")
      yield* settle
      assert.strictEqual(chat.received.at(-1)?.line, "PONG :tmi.twitch.tv")
    })
  )

  it.effect("hands over without a gap before the server closes, and reads the old connection to its end", () =>
    Effect.gen(function* () {
      const { chat, messages, of, pass } = yield* world({ streams: ["alice"] })
      yield* pass(61_000)
      const [old] = chat.sockets
      assert.isDefined(old)
      chat.post("alice", "before")
      old.sendLines(":tmi.twitch.tv RECONNECT", messageLine("alice", "after"))
      // The answer to the last ping is late, and a message comes before it.
      old.isSilent = true
      yield* pass(5_000)
      assert.strictEqual(chat.open.length, 2)
      old.isSilent = false
      old.sendLines(messageLine("alice", "late"))
      chat.post("alice", "both")
      yield* pass(5_000)
      assert.isTrue(old.isOpen, "the old connection is open until it answers")
      old.sendLines(":tmi.twitch.tv PONG tmi.twitch.tv :telemetra-end")
      yield* pass(1_000)
      assert.isFalse(old.isOpen)
      chat.post("alice", "new")
      yield* pass(1_000)
      assert.deepStrictEqual(
        messages().map(({ id }) => id),
        ["before", "after", "late", "both", "new"]
      )
      assert.deepStrictEqual(of("Gap"), [])
      assert.deepStrictEqual(of("Disconnected"), [])
      assert.strictEqual(of("Joined").length, 1)
    })
  )

  it.effect("doubles nothing when a handover succeeds only after many attempts", () =>
    Effect.gen(function* () {
      let isAway = false
      const { chat, messages, pass } = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.door = () => (isAway ? "refused" : "open")
        }
      })
      yield* pass(61_000)
      const [old] = chat.sockets
      assert.isDefined(old)
      isAway = true
      old.sendLines(":tmi.twitch.tv RECONNECT")
      // New connections fail for longer than ids are kept afterwards.
      yield* pass(300_000)
      isAway = false
      // The old connection does not answer the last ping yet.
      old.isSilent = true
      for (let attempt = 0; attempt < 120 && chat.open.length < 2; attempt++) yield* pass(1_000)
      assert.strictEqual(chat.open.length, 2, "a successor is open, and the old connection too")
      yield* pass(1_000)
      old.isSilent = false
      chat.post("alice", "both")
      yield* pass(2_000)
      assert.deepStrictEqual(
        messages().map(({ id }) => id),
        ["both"]
      )
    })
  )

  it.effect("bounds its connections while the server announces the end of each", () =>
    Effect.gen(function* () {
      const { chat, pass } = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.join = (_, connection) => (connection === 1 ? "confirm" : "ignore")
        }
      })
      yield* pass(1_000)
      for (let minute = 0; minute < 60; minute++) {
        for (const socket of chat.open) socket.sendLines(":tmi.twitch.tv RECONNECT")
        yield* pass(60_000, 5_000)
        assert.isAtMost(chat.open.length, 3)
      }
      assert.isBelow(chat.sockets.length, 150)
    })
  )

  it.effect("never joins more than 20 channels in 10 s, nor 100 in a connection", () =>
    Effect.gen(function* () {
      const streams = named(250)
      const { chat, of, pass } = yield* world({ streams })
      yield* pass(150_000)
      assert.deepStrictEqual(
        of("Joined")
          .map(({ stream }) => stream)
          .toSorted(),
        streams.toSorted()
      )
      assert.strictEqual(chat.sockets.length, 3)
      for (const socket of chat.sockets) assert.isAtMost(socket.joined.size, 100)
      // All connections fail at once.
      for (const socket of chat.sockets) socket.drop()
      yield* pass(200_000)
      assert.strictEqual(chat.times("JOIN").length, 500)
      assert.isAtMost(mostIn(chat.times("JOIN"), 10_000), 20)
      const streamsOfGaps = of("Gap").flatMap(({ streams }) => streams)
      assert.deepStrictEqual(streamsOfGaps.toSorted(), streams.toSorted())
    })
  )

  it.effect("keeps to the rates of joins and logins while connections fail in the middle of joins", () =>
    Effect.gen(function* () {
      const { chat, of, pass } = yield* world({ streams: named(150) })
      for (let round = 0; round < 200; round++) {
        yield* pass(yield* Random.nextIntBetween(1, 4_000), 500)
        for (const socket of chat.open) if ((yield* Random.next) < 0.3) socket.drop()
      }
      assert.isAbove(chat.times("JOIN").length, 400)
      assert.isAtMost(mostIn(chat.times("JOIN"), 10_000), 20)
      assert.isAtMost(mostIn(chat.times("NICK"), 10_000), 20)
      yield* pass(120_000)
      assert.strictEqual(new Set(of("Joined").map(({ stream }) => stream)).size, 150)
    }).pipe(Random.withSeed("rates"))
  )

  it.effect("refuses channels that do not exist or are suspended, and joins them later", () =>
    Effect.gen(function* () {
      let exists = false
      const { chat, of, pass } = yield* world({
        streams: ["alice", "nobody", "banned"],
        script: (chat) => {
          chat.join = (stream) =>
            stream === "alice" || exists ? "confirm" : stream === "banned" ? "suspended" : "ignore"
        }
      })
      yield* pass(14_000)
      assert.deepStrictEqual(
        of("Refused").map(({ stream }) => stream),
        ["banned"]
      )
      assert.include(of("Refused")[0]?.why, "does not exist or has been suspended")
      yield* pass(17_000)
      assert.deepStrictEqual(
        of("Refused").map(({ stream }) => stream),
        ["banned", "nobody"]
      )
      assert.strictEqual(chat.times("JOIN #nobody").length, 2)
      yield* pass(3_600_000, 5_000)
      assert.strictEqual(of("Refused").length, 2)
      exists = true
      yield* pass(700_000, 5_000)
      assert.deepStrictEqual(
        of("Joined")
          .map(({ stream }) => stream)
          .toSorted(),
        ["alice", "banned", "nobody"]
      )
      assert.deepStrictEqual(of("Gap"), [])
    })
  )

  it.effect("does not repeat a join for every notice", () =>
    Effect.gen(function* () {
      const { chat, pass } = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.join = () => "suspended"
        }
      })
      const notice = "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #alice :suspended"
      for (let second = 0; second < 60; second++) {
        chat.sockets[0]?.sendLines(notice, notice)
        yield* pass(1_000)
      }
      assert.isAtMost(chat.times("JOIN").length, 2)
    })
  )

  it.effect("joins again a channel that the server removed it from, with a gap", () =>
    Effect.gen(function* () {
      const { chat, of, pass } = yield* world({ streams: ["alice", "bob"] })
      yield* pass(30_000)
      const [socket] = chat.sockets
      socket?.sendLines(`:${socket.nick}!x@y PART #alice`, ":other!x@y PART #bob")
      yield* pass(30_000)
      assert.strictEqual(chat.times("JOIN #alice").length, 2)
      assert.strictEqual(chat.times("JOIN #bob").length, 1)
      assert.deepStrictEqual(
        of("Gap").map(({ streams }) => streams),
        [["alice"]]
      )
      assert.deepStrictEqual(
        of("Disconnected").map(({ streams }) => streams),
        [["alice"]]
      )
    })
  )

  it.effect("reconnects with growing pauses with jitter, and returns to short ones after a stable minute", () =>
    Effect.gen(function* () {
      const { chat, lines, of, pass } = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.door = (attempt) => (attempt > 1 && attempt < 30 ? "refused" : "open")
        }
      })
      yield* pass(120_000)
      chat.sockets[0]?.drop()
      const times: Array<number> = []
      let known = 1
      for (let ms = 0; chat.sockets.length < 30 && ms < 3 * 3_600_000; ms += 100) {
        yield* pass(100, 100)
        for (; known < chat.sockets.length; known++) times.push(ms)
      }
      const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0))
      assert.strictEqual(pauses.length, 28)
      // The n-th is at most 2^n s, and at most 60 s. Full jitter also makes short ones.
      for (const [index, pause] of pauses.entries()) {
        assert.isAtMost(pause, Math.min(60_000, 1_000 * 2 ** (index + 1)) + 200)
      }
      const late = pauses.slice(8)
      assert.isAbove(Math.max(...late), 30_000)
      assert.isBelow(Math.min(...late), 30_000)
      yield* pass(70_000)
      assert.strictEqual(of("Gap").length, 1)
      chat.sockets.at(-1)?.drop()
      yield* pass(1_200, 100)
      assert.strictEqual(chat.open.length, 1)
      assert.isTrue(lines.some((line) => line.includes("ECONNREFUSED")))
    }).pipe(Random.withSeed("pauses"))
  )

  it.effect("gives up an attempt that gets no answer, no greeting, or no login", () =>
    Effect.gen(function* () {
      const { chat, lines, pass } = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.door = (attempt) => (attempt === 1 ? "hanging" : "open")
          chat.greets = false
        }
      })
      yield* pass(12_000)
      assert.strictEqual(chat.sockets.length, 2)
      yield* pass(19_000)
      assert.strictEqual(chat.sockets.length, 3)
      chat.sockets[2]?.sendLines(":tmi.twitch.tv NOTICE * :Login authentication failed")
      chat.greets = true
      yield* pass(10_000)
      assert.strictEqual(chat.open.length, 1)
      assert.isTrue(lines.some((line) => line.includes("did not answer within 10 s")))
      assert.isTrue(lines.some((line) => line.includes("did not greet within 15 s")))
      assert.isTrue(lines.some((line) => line.includes("Login authentication failed")))
    })
  )

  it.effect("fails if the first answer is that of another server, and never later", () =>
    Effect.gen(function* () {
      for (const [status, fails] of [
        [404, true],
        [401, true],
        [200, false],
        [429, false],
        [503, false]
      ] as const) {
        const first = yield* world({
          streams: ["alice"],
          script: (chat) => {
            chat.door = () => status
          }
        })
        yield* first.pass(2_000)
        const exit = first.fiber.pollUnsafe()
        assert.strictEqual(exit !== undefined && Exit.isFailure(exit), fails, String(status))
        yield* Fiber.interrupt(first.fiber)
      }
      const later = yield* world({
        streams: ["alice"],
        script: (chat) => {
          chat.door = (attempt) => (attempt === 1 ? "open" : 404)
        }
      })
      yield* later.pass(2_000)
      later.chat.sockets[0]?.drop()
      yield* later.pass(60_000)
      assert.isUndefined(later.fiber.pollUnsafe())
    })
  )

  it.effect("fails with one sentence if the URL cannot be that of a chat server", () =>
    Effect.gen(function* () {
      for (const chatUrl of ["https://irc-ws.chat.twitch.tv", "chat", "ws://chat#x"]) {
        const { fiber } = yield* world({ streams: ["alice"], options: { chatUrl } })
        const exit = fiber.pollUnsafe()
        assert.isDefined(exit)
        assert.include(String(exit), "TWITCH_CHAT_URL cannot be used")
      }
    })
  )

  it.effect("stops reading while the consumer is slow, and loses nothing", () =>
    Effect.gen(function* () {
      let isSlow = true
      const { chat, messages, pass, of } = yield* world({
        streams: ["alice"],
        take: () => (isSlow ? Effect.sleep("10 millis") : Effect.void)
      })
      yield* pass(1_000)
      const [socket] = chat.sockets
      assert.isDefined(socket)
      // 60,000 messages: 14 times the buffer, and longer than a silence may last.
      for (let frame = 0; frame < 600; frame++) {
        socket.sendLines(...Array.from({ length: 100 }, (_, index) => messageLine("alice", `${frame}-${index}`)))
        if (frame % 10 === 0) yield* settle
      }
      assert.isAbove(socket.mostHeld, 500)
      yield* pass(300_000, 1_000)
      assert.isBelow(messages().length, 60_000)
      isSlow = false
      yield* pass(1_000)
      assert.strictEqual(messages().length, 60_000)
      assert.strictEqual(chat.sockets.length, 1)
      assert.deepStrictEqual(of("Gap"), [])
    })
  )

  it.effect("takes a flood of 2,000 messages/s over 100 channels", () =>
    Effect.gen(function* () {
      const streams = named(100)
      const { chat, messages, of, pass } = yield* world({ streams })
      yield* pass(70_000)
      assert.strictEqual(of("Joined").length, 100)
      const before = chat.times("JOIN").length
      for (let tick = 0; tick < 300; tick++) {
        const [socket] = chat.open
        socket?.sendLines(
          ...Array.from({ length: 200 }, (_, index) => messageLine(`channel${index % 100}`, `${tick}-${index}`))
        )
        yield* pass(100, 100)
      }
      assert.strictEqual(messages().length, 60_000)
      assert.strictEqual(new Set(messages().map(({ id }) => id)).size, 60_000)
      assert.strictEqual(chat.times("JOIN").length, before)
    })
  )

  it.effect("takes 1,000 lines in one frame, and counts lines that it cannot use", () =>
    Effect.gen(function* () {
      const { chat, messages, of, pass } = yield* world({ streams: ["alice"] })
      yield* pass(1_000)
      const [socket] = chat.sockets
      socket?.sendLines(...Array.from({ length: 1_000 }, (_, index) => messageLine("alice", `m${index}`)))
      socket?.sendLines(
        "x".repeat(70_000),
        "@only-tags",
        ":x!x@x PRIVMSG #alice",
        messageLine("alice", "mirrored", "hi", "source-room-id=2"),
        messageLine("alice", "own", "hi", "source-room-id=1"),
        messageLine("stranger", "s")
      )
      yield* pass(1_000)
      assert.strictEqual(messages().length, 1_001)
      assert.deepStrictEqual(of("Dropped"), [
        { _tag: "Dropped", stream: undefined, why: "unreadable", count: 2 },
        { _tag: "Dropped", stream: "alice", why: "unreadable", count: 1 },
        { _tag: "Dropped", stream: "alice", why: "mirrored", count: 1 }
      ])
    })
  )

  it.effect("adds the emotes of other lists, and requests them when it joins", () =>
    Effect.gen(function* () {
      const requested: Array<string> = []
      const { chat, messages, pass } = yield* world({
        streams: ["alice"],
        options: {
          emotes: {
            namesOf: (stream, roomId) =>
              Effect.sync(() => {
                requested.push(`${stream} ${roomId}`)
                return new Set(["catJAM"])
              })
          }
        }
      })
      yield* pass(1_000)
      assert.deepStrictEqual(requested, ["alice 1"])
      chat.sockets[0]?.sendLines(
        messageLine("alice", "m", "catJAM hi Kappa catJAM").replace("emotes=", "emotes=25:10-14")
      )
      yield* settle
      assert.deepStrictEqual(messages()[0]?.emotes, ["catJAM", "Kappa", "catJAM"])
    })
  )

  const piece = Schema.Union([
    Schema.Literals([
      "\r\n",
      " ",
      ":",
      "@",
      ";",
      "=",
      "#alice",
      "#bob",
      "*",
      "\u0001ACTION ",
      "👏",
      "justinfan",
      "tmi.twitch.tv",
      "PRIVMSG",
      "USERNOTICE",
      "NOTICE",
      "ROOMSTATE",
      "PART",
      "JOIN",
      "PING",
      "PONG",
      "001",
      "RECONNECT",
      ":t CAP * NAK :x\r\n",
      ":t NOTICE * :x\r\n",
      ":t RECONNECT\r\n",
      ":t PONG t :telemetra-end\r\n",
      "@msg-id=msg_banned :t NOTICE #alice :x\r\n",
      "@id=1 :r!r@r PRIVMSG #alice :x\r\n",
      "emotes=1:0-1",
      "id=1"
    ]),
    Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  ])
  it.effect.prop(
    "goes on after any bytes",
    [Schema.Array(Schema.Array(piece))],
    ([frames]) =>
      Effect.gen(function* () {
        const { chat, fiber, messages, pass } = yield* world({ streams: ["alice"] })
        yield* pass(1_000)
        for (const frame of frames) {
          const bytes = frame.map((one) => (typeof one === "string" ? Buffer.from(one) : Uint8Array.of(one)))
          for (const socket of chat.open) socket.sendBytes(Buffer.concat(bytes))
          yield* settle
        }
        for (const socket of chat.open) socket.sendLines("")
        // A refused channel is joined again after ten minutes.
        yield* pass(15 * 60_000, 60_000)
        chat.post("alice", "last")
        yield* pass(1_000)
        assert.isUndefined(fiber.pollUnsafe())
        assert.strictEqual(messages().filter(({ id }) => id === "last").length, 1)
        yield* Fiber.interrupt(fiber)
      }),
    { arbitrary: { runs: 100, seed: 1 } }
  )

  it.effect("closes its connections when it is interrupted", () =>
    Effect.gen(function* () {
      const { chat, fiber, pass } = yield* world({ streams: named(150) })
      yield* pass(10_000)
      assert.strictEqual(chat.open.length, 2)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(chat.open.length, 0)
    })
  )
})
