/**
 * The collector as a process, against the local platform: nothing that was sent on an open socket
 * is lost or doubled, whatever the platform does.
 */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { selfSigned } from "../../harness/Certificates.ts"
import * as PostgresHarness from "../../harness/Postgres.ts"
import { Random } from "../../harness/Random.ts"
import { until, untilTrue } from "../../harness/Until.ts"
import type { WorkerProcess } from "../../harness/WorkerProcess.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { FRAMINGS } from "../../harness/twitch/Framing.ts"
import { messageLine, OTHER_LINES } from "../../harness/twitch/Lines.ts"
import { startTwitchServer, type TwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { assertSent, chatEventsOf, CHAT_TOPIC, readLog } from "./LocalTable.ts"
import { channels, sharedDatabase, startCollector, tablesOf, untilJoined } from "./Stack.ts"

const STREAMS = channels(5)

const chatOf = Effect.map(readLog, (logged) =>
  chatEventsOf(logged.filter(({ topic }) => topic === CHAT_TOPIC).map(({ value }) => value))
)

/** A collector that reads all channels of a server, and the log that it fills. */
const collecting = (
  options: Parameters<typeof startTwitchServer>[0] = {},
  streams = STREAMS,
  extra: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const server = yield* startTwitchServer(options)
    const database = yield* sharedDatabase
    const collector = yield* startCollector(server, streams, { ...database.variables, ...extra })
    yield* untilJoined(server, streams, collector)
    const tables = yield* tablesOf(database.postgres, database.schema)
    return { server, collector, chat: Effect.provide(chatOf, tables) }
  })

/** Waits until the last message is in the log, and compares. */
const settled = (
  server: TwitchServer,
  collector: WorkerProcess,
  chat: Effect.Effect<ReturnType<typeof chatEventsOf>>,
  comparison: Parameters<typeof assertSent>[2] = {}
) =>
  Effect.gen(function* () {
    yield* Effect.promise(() => server.chat.barrier())
    const ids = new Set(
      server.chat.sent
        .filter(({ isCertain, post }) => isCertain && post.sourceRoomId === undefined)
        .map(({ post }) => post.id)
    )
    const events = yield* until(
      "all messages in the log",
      Effect.map(chat, (events) =>
        new Set(events.map(({ event_id }) => event_id)).size >= ids.size ? events : undefined
      ),
      collector.output
    ).pipe(Effect.timeoutOption("60 seconds"))
    const found = events._tag === "Some" ? events.value : yield* chat
    return assertSent(server.chat, found, comparison)
  })

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })(
  "the collector against the local platform",
  (it) => {
    it.effect("reads every message once, however lines are divided into frames", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        for (let round = 0; round < 4; round++) {
          for (const framing of FRAMINGS) server.chat.post(crowd.several(300, Date.now()), framing)
        }
        // A thousand lines in one frame.
        server.chat.post(crowd.several(5_000, Date.now()), "together")
        assert.strictEqual(yield* settled(server, collector, chat), 4 * FRAMINGS.length * 300 + 5_000)
      })
    )

    it.effect("reads over TLS", () =>
      Effect.gen(function* () {
        const certificate = yield* selfSigned
        const { chat, collector, server } = yield* collecting({ certificate }, STREAMS, {
          NODE_EXTRA_CA_CERTS: certificate.certFile
        })
        server.chat.post(new Crowd({ streams: STREAMS }).several(500, Date.now()), "bytes")
        assert.strictEqual(yield* settled(server, collector, chat), 500)
      })
    )

    it.effect("ignores other lines, drops mirrored messages, and unwraps actions", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        const [stream = ""] = STREAMS
        for (const connection of server.chat.open) connection.send(OTHER_LINES(stream, server.chat.roomId(stream)))
        const own = { ...crowd.next(Date.now(), stream), sourceRoomId: server.chat.roomId(stream) }
        const mirrored = { ...crowd.next(Date.now(), stream), sourceRoomId: "999" }
        const action = { ...crowd.next(Date.now(), stream), isAction: true }
        server.chat.post([own, mirrored, action])
        yield* untilTrue("three messages", () => server.chat.sent.length === 3)
        const events = yield* until(
          "the last message",
          Effect.map(chat, (events) => (events.some(({ event_id }) => event_id === action.id) ? events : undefined)),
          collector.output
        )
        assert.deepStrictEqual(
          events.map(({ event_id, message }) => [event_id, message]),
          [own, action].map(({ id, text }) => [id, text])
        )
      })
    )

    it.effect("loses nothing that was sent on an open socket while connections end in every way", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        const random = new Random(3)
        const faults = ["close", "cut", "reset", "reconnect", "close", "reconnect"] as const
        for (const fault of faults) {
          yield* untilJoined(server, STREAMS, collector)
          for (let burst = 0; burst < 5; burst++) {
            server.chat.post(crowd.several(40, Date.now()), random.pick(FRAMINGS))
            yield* Effect.sleep(random.between(1, 50))
          }
          if (fault === "reset") yield* Effect.promise(() => server.chat.barrier())
          for (const connection of server.chat.open) {
            if (fault === "close") connection.close(random.pick([1_000, 1_001, 1_011, 4_000]), "")
            else if (fault === "cut") connection.cut()
            else if (fault === "reset") server.chat.reset(connection)
            else connection.reconnect(random.between(0, 3_000))
          }
          // The server records each of these only if its socket is still open.
          for (let burst = 0; burst < 10; burst++) {
            server.chat.post(crowd.several(20, Date.now()))
            yield* Effect.sleep(20)
          }
        }
        yield* untilJoined(server, STREAMS, collector)
        server.chat.post(crowd.several(50, Date.now()))
        assert.isAbove(yield* settled(server, collector, chat), 1_000)
        assert.match(collector.output(), /may be missing from/)
      })
    )

    it.effect("reports a gap after a platform that was away", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        server.chat.post(crowd.several(100, Date.now()))
        yield* Effect.promise(() => server.chat.barrier())
        yield* server.stop
        yield* Effect.sleep("3 seconds")
        yield* server.start
        yield* untilJoined(server, STREAMS, collector)
        server.chat.post(crowd.several(100, Date.now()))
        assert.strictEqual(yield* settled(server, collector, chat), 200)
        yield* untilTrue("the gap", () => /may be missing from/.test(collector.output()), collector.output)
      })
    )

    it.effect("notices a peer that has vanished, and reads on", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        server.chat.post(crowd.several(100, Date.now()))
        yield* Effect.promise(() => server.chat.barrier())
        for (const connection of server.chat.open) connection.halfOpen()
        // A minute of silence, and a PING without an answer.
        yield* untilJoined(server, STREAMS, collector)
        server.chat.post(crowd.several(100, Date.now()))
        assert.strictEqual(yield* settled(server, collector, chat), 200)
        yield* untilTrue("the gap", () => /may be missing from/.test(collector.output()), collector.output)
      })
    )

    it.effect("survives fuzzed frames", () =>
      Effect.gen(function* () {
        const { chat, collector, server } = yield* collecting()
        const crowd = new Crowd({ streams: STREAMS })
        const random = new Random(9)
        const [stream = ""] = STREAMS
        const fuzzed = (): Uint8Array => {
          const line = Buffer.from(messageLine(crowd.next(Date.now(), stream), "1"))
          // The ids differ from those of messages that were sent.
          const bytes = Buffer.from(line.toString("latin1").replace(";id=", ";id=fuzzed-"), "latin1")
          for (let change = random.between(1, 8); change > 0; change--) {
            bytes[random.between(0, bytes.length - 1)] = random.between(0, 255)
          }
          return random.chance(0.3) ? bytes.subarray(0, random.between(0, bytes.length)) : bytes
        }
        for (let round = 0; round < 600; round++) {
          for (const connection of server.chat.open) {
            connection.sendRaw(fuzzed(), true)
            if (random.chance(0.7)) connection.sendRaw(Buffer.from("\r\n"), true)
          }
        }
        for (const connection of server.chat.open) {
          connection.sendRaw(Buffer.alloc(200_000, "x"), false)
          connection.sendRaw(Buffer.from("\r\n\r\n\n\n\r"), false)
          connection.sendRaw(Buffer.alloc(0), false)
          connection.sendRaw(Buffer.from("@;;=;= :\r\n:\r\n@ \r\n\0\r\nPRIVMSG\r\nPRIVMSG # :\r\n"), false)
          // A text message that is not UTF-8: the WebSocket ends.
          connection.sendRaw(Uint8Array.from([0xff, 0xfe, 0x0d, 0x0a]), false)
        }
        yield* Effect.sleep("2 seconds")
        yield* untilJoined(server, STREAMS, collector)
        const good = crowd.several(200, Date.now())
        server.chat.post(good)
        const ids = new Set(good.map(({ id }) => id))
        yield* until(
          "the messages after the fuzzed ones",
          Effect.map(chat, (events) =>
            events.filter(({ event_id }) => ids.has(event_id)).length === good.length ? true : undefined
          ),
          collector.output
        )
      })
    )

    it.effect("keeps the platform's rate of joins and channels per connection", () =>
      Effect.gen(function* () {
        const streams = channels(45)
        const { collector, server } = yield* collecting({}, streams)
        assert.isAtMost(server.chat.mostJoins(10_000), 20)
        // Everything joins again after the connection is lost.
        for (const connection of server.chat.open) connection.close(1_000, "")
        yield* untilTrue("the end", () => server.chat.open.every(({ joined }) => joined.size === 0))
        yield* untilJoined(server, streams, collector)
        assert.isAtMost(server.chat.mostJoins(10_000), 20)
        assert.isTrue(server.chat.connections.every(({ joined }) => joined.size <= 100))
      })
    )
  }
)
