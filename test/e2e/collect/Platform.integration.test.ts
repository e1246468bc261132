/**
 * The platform Twitch in this process, against the local one over real sockets. No sequence of
 * faults loses or doubles a message that was sent on an open socket.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Stream } from "effect"
import type { ChatMessage, Collected } from "../../../src/collect/Platform.ts"
import * as Twitch from "../../../src/collect/twitch/Twitch.ts"
import * as TwitchSocket from "../../../src/collect/twitch/WebSocket.ts"
import { Random as Draws } from "../../harness/Random.ts"
import { untilTrue } from "../../harness/Until.ts"
import type { ChatConnection } from "../../harness/twitch/ChatConnection.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { FRAMINGS } from "../../harness/twitch/Framing.ts"
import { startTwitchServer, type TwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { assertSent, chatEventsOf } from "./LocalTable.ts"
import { channels } from "./Stack.ts"
import { toRecord } from "../../../src/collect/WireEvents.ts"

/** A platform whose viewers and emote lists are unknown. */
const platformOf = (server: TwitchServer) =>
  Twitch.make({
    chatUrl: server.chatUrl,
    viewers: { samples: () => Stream.empty },
    emotes: { namesOf: () => Effect.succeed(new Set<string>()) }
  }).pipe(Effect.provide(TwitchSocket.layer))

/** The shortest pauses between connections: their jitter is at its lower end. */
const HURRIED: typeof Random.Random.Service = { nextDoubleUnsafe: () => 0.01, nextIntUnsafe: () => 1 }

/** Reads the channels for the scope. */
const reading = (server: TwitchServer, streams: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const collected: Array<Collected> = []
    const platform = yield* platformOf(server)
    yield* platform.collect(streams).pipe(
      Stream.runForEach((one) => Effect.sync(() => collected.push(one))),
      Effect.provideService(Random.Random, HURRIED),
      Effect.forkScoped
    )
    yield* joined(server, streams)
    return collected
  })

const joined = (server: TwitchServer, streams: ReadonlyArray<string>) =>
  untilTrue("all joins", () => streams.every((stream) => server.chat.joined.has(stream)))

const eventsOf = (collected: ReadonlyArray<Collected>) =>
  chatEventsOf(
    collected
      .filter((one): one is ChatMessage => one._tag === "Message")
      .map((message) => Buffer.from(toRecord(message, 0).value))
  )

/** Waits until nothing comes any more, and compares. */
const compared = (server: TwitchServer, collected: ReadonlyArray<Collected>) =>
  Effect.gen(function* () {
    yield* Effect.promise(() => server.chat.barrier())
    let count = -1
    while (count !== collected.length) {
      count = collected.length
      yield* Effect.sleep("300 millis")
    }
    return assertSent(server.chat, eventsOf(collected))
  })

const FAULTS = ["close", "cut", "reset", "reconnect", "reconnect at once"] as const

const strike = (server: TwitchServer, connection: ChatConnection, fault: (typeof FAULTS)[number], random: Draws) => {
  if (fault === "close") connection.close(random.pick([1_000, 1_001, 1_011, 4_000]), "")
  else if (fault === "cut") connection.cut()
  else if (fault === "reset") server.chat.reset(connection)
  else connection.reconnect(fault === "reconnect" ? random.between(1, 2_500) : 0)
}

describe("the platform Twitch", () => {
  it.live.each([1, 2, 3, 4])("loses and doubles nothing over faults, seed %s", (seed) =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer({ seed })
      const streams = channels(2)
      const random = new Draws(seed)
      // Some joins are confirmed late.
      server.chat.join = () => (random.chance(0.2) ? random.between(1, 400) : "confirm")
      const collected = yield* reading(server, streams)
      const crowd = new Crowd({ streams, seed })
      for (let round = 0; round < 8; round++) {
        const fault = random.pick(FAULTS)
        yield* joined(server, streams)
        for (let burst = random.between(1, 30); burst > 0; burst--) {
          server.chat.post(crowd.several(random.between(1, 60), Date.now()), random.pick(FRAMINGS))
          if (random.chance(0.5)) yield* Effect.sleep(random.between(0, 15))
        }
        for (const connection of server.chat.open) strike(server, connection, fault, random)
        for (let burst = random.between(1, 80); burst > 0; burst--) {
          server.chat.post(crowd.several(random.between(1, 10), Date.now()), random.pick(FRAMINGS))
          yield* Effect.sleep(random.between(0, 30))
        }
      }
      yield* joined(server, streams)
      server.chat.post(crowd.several(100, Date.now()))
      assert.isAbove(yield* compared(server, collected), 100)
      // Each loss of a connection is a gap of every channel, and each gap has an end.
      const gaps = collected.filter((one) => one._tag === "Gap")
      for (const { fromMs, toMs } of gaps) assert.isAtLeast(toMs, fromMs)
    })
  )

  it.live("refuses channels that the platform refuses, and reads the others", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      server.chat.join = (stream) => (stream === "gone" ? "suspended" : stream === "banned" ? "banned" : "confirm")
      const collected: Array<Collected> = []
      const platform = yield* platformOf(server)
      yield* platform.collect(["demo", "gone", "banned"]).pipe(
        Stream.runForEach((one) => Effect.sync(() => collected.push(one))),
        Effect.forkScoped
      )
      const refused = () => collected.flatMap((one) => (one._tag === "Refused" ? [one.stream] : []))
      yield* untilTrue("both refusals", () => refused().length >= 2)
      assert.deepStrictEqual(refused().toSorted(), ["banned", "gone"])
      yield* joined(server, ["demo"])
      server.chat.post(new Crowd({ streams: ["demo"] }).several(10, Date.now()))
      assert.strictEqual(yield* compared(server, collected), 10)
    })
  )

  it.live("keeps up with a consumer that is slow, without loss", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      const streams = channels(3)
      const platform = yield* platformOf(server)
      const collected: Array<Collected> = []
      yield* platform.collect(streams).pipe(
        Stream.runForEach((one) =>
          Effect.gen(function* () {
            collected.push(one)
            if (collected.length % 1_000 === 0) yield* Effect.sleep("30 millis")
          })
        ),
        Effect.forkScoped
      )
      yield* joined(server, streams)
      const crowd = new Crowd({ streams })
      for (let burst = 0; burst < 60; burst++) {
        server.chat.post(crowd.several(1_000, Date.now()), "together")
        yield* Effect.sleep(5)
      }
      yield* untilTrue("all messages", () => collected.filter(({ _tag }) => _tag === "Message").length >= 60_000)
      assert.strictEqual(yield* compared(server, collected), 60_000)
    })
  )
})
