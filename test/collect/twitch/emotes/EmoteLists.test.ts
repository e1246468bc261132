import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger, Metric } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import { type EmoteLists, make } from "../../../../src/collect/twitch/emotes/EmoteLists.ts"
import { LISTS, type ListName, MOST_NAMES } from "../../../../src/collect/twitch/emotes/Lists.ts"
import * as Metrics from "../../../../src/observability/Metrics.ts"
import {
  FAULTS,
  type JsonServer,
  passing,
  type Received,
  type Reply,
  settled,
  startJsonServer,
  untilReal,
  watchedClient
} from "../JsonServer.ts"

const NAMES: ReadonlyArray<ListName> = ["7tv", "bttv", "ffz"]

const named = (...names: ReadonlyArray<string>) => names.map((name, id) => ({ id, name, data: { flags: 0 } }))
const coded = (...codes: ReadonlyArray<string>) => codes.map((code, id) => ({ id, code, imageType: "webp" }))

/** Replies in the shapes of the three APIs. Channel 1 has emotes at all of them. */
const BODIES: Readonly<Record<string, unknown>> = {
  "/7tv/emote-sets/global": { id: "g", name: "Global", emotes: named("EZ", "Clap") },
  "/7tv/users/twitch/1": { id: "1", platform: "TWITCH", emote_set: { id: "s", emotes: named("catJAM", "Pog") } },
  "/bttv/cached/emotes/global": coded("FeelsBadMan", ":tf:"),
  "/bttv/cached/users/twitch/1": { id: "b", bots: [], channelEmotes: coded("annWave"), sharedEmotes: coded("monkaS") },
  "/ffz/set/global": {
    default_sets: [3],
    sets: { 3: { id: 3, emoticons: named("LilZ") }, 4330: { id: 4330, emoticons: named("OnlyForSome") } },
    users: { 4330: ["dan"] }
  },
  "/ffz/room/id/1": {
    room: { twitch_id: 1, id: "ann", set: 9 },
    sets: { 9: { id: 9, emoticons: named("annLUL") }, 10: { id: 10, emoticons: named("catJAM") } }
  }
}
const GLOBALS = [":tf:", "Clap", "EZ", "FeelsBadMan", "LilZ"]
const OF_ANN = [...GLOBALS, "Pog", "annLUL", "annWave", "catJAM", "monkaS"]

const regular = ({ path }: Received): Reply => {
  const json = BODIES[path]
  return json === undefined ? { status: 404, json: { error: "not found" } } : { json }
}

const running = Effect.fnUntraced(function* (
  reply: (request: Received) => Reply,
  names: ReadonlyArray<ListName> = NAMES
) {
  const server = yield* startJsonServer
  server.reply(reply)
  const client = yield* watchedClient
  const lines: Array<string> = []
  const lists = yield* make({ lists: names.map((name) => ({ name, url: `${server.url}/${name}` })) }).pipe(
    Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
    Effect.provideService(HttpClient.HttpClient, client.client)
  )
  return {
    server,
    client,
    lists,
    lines,
    /** Lets virtual time pass until the condition holds, for at most so many minutes. */
    passing: (minutes: number, holds: () => boolean) =>
      Effect.map(passing(client, server, minutes * 60_000, 15_000)(holds), (held) =>
        assert.isTrue(held, `not reached in ${minutes} minutes`)
      ),
    settled: settled(client, server)
  }
})

const namesOf = (lists: EmoteLists, stream: string, roomId: string) =>
  Effect.map(lists.namesOf(stream, roomId), (names) => [...names].toSorted())

/** How many names channel 1 has. */
const sizeOf = (lists: EmoteLists): number => Effect.runSync(lists.namesOf("ann", "1")).size

/** Waits by the real clock until the names are these. */
const untilNames = (lists: EmoteLists, stream: string, roomId: string, expected: ReadonlyArray<string>) => {
  const wanted = expected.toSorted().join(" ")
  return untilReal(
    `the names ${wanted} of ${stream}`,
    () => Effect.runSync(namesOf(lists, stream, roomId)).join(" ") === wanted
  )
}

const untilReceived = ({ received }: JsonServer, path: string, count: number) =>
  untilReal(`${count} requests of ${path}`, () => received.filter((one) => one.path === path).length >= count)

describe("third-party emotes", () => {
  it.effect("are those of the global lists and of the channel's", () =>
    Effect.gen(function* () {
      const { lines, lists, server } = yield* running(regular)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", ""), [])
      yield* untilNames(lists, "ann", "", GLOBALS)
      yield* untilNames(lists, "ann", "1", OF_ANN)
      // A channel without an account at the lists.
      yield* untilNames(lists, "bob", "2", GLOBALS)
      for (const name of NAMES) yield* untilReceived(server, `/${name}${LISTS[name].roomPath("2")}`, 1)
      assert.deepStrictEqual(yield* namesOf(lists, "bob", "2"), GLOBALS)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), OF_ANN)
      assert.deepStrictEqual(lines, [])
      assert.lengthOf(server.received, 9)
      // Nothing is built again while nothing changes.
      assert.strictEqual(yield* lists.namesOf("ann", "1"), yield* lists.namesOf("ann", "1"))
    }).pipe(Effect.scoped)
  )

  it.effect("are found if the reply of the channel only names its set", () =>
    Effect.gen(function* () {
      const replies: Readonly<Record<string, unknown>> = {
        "/7tv/emote-sets/global": { emotes: named("EZ") },
        "/7tv/users/twitch/1": { emote_set: null, emote_set_id: "01GG" },
        "/7tv/users/twitch/2": { emote_set_id: "01GG" },
        "/7tv/users/twitch/3": { emote_set_id: null },
        "/7tv/users/twitch/4": { emote_set: { emotes: named("Own") }, emote_set_id: "01GG" },
        "/7tv/users/twitch/5": { emote_set_id: "../../admin" },
        "/7tv/emote-sets/01GG": { emotes: named("catJAM") }
      }
      const { lines, lists, server, settled } = yield* running(({ path }) => ({ json: replies[path] ?? {} }), ["7tv"])
      yield* untilNames(lists, "one", "1", ["EZ", "catJAM"])
      yield* untilNames(lists, "two", "2", ["EZ", "catJAM"])
      yield* untilNames(lists, "four", "4", ["EZ", "Own"])
      yield* namesOf(lists, "three", "3")
      yield* untilNames(lists, "five", "5", ["EZ"])
      yield* settled
      assert.deepStrictEqual(yield* namesOf(lists, "three", "3"), ["EZ"])
      assert.deepStrictEqual(
        server.received.filter(({ path }) => !(path in replies)),
        []
      )
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.scoped)
  )

  it.effect("are refreshed every hour", () =>
    Effect.gen(function* () {
      let extra: ReadonlyArray<string> = []
      const { lists, passing, server, settled } = yield* running(
        (request) =>
          request.path === "/bttv/cached/emotes/global" ? { json: coded("FeelsBadMan", ...extra) } : regular(request),
        ["bttv"]
      )
      yield* untilNames(lists, "ann", "1", ["FeelsBadMan", "annWave", "monkaS"])
      extra = ["NewOne"]
      yield* settled
      yield* TestClock.adjust("47 minutes")
      yield* settled
      assert.lengthOf(server.received, 2)
      yield* passing(26, () => server.received.length === 4)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), ["FeelsBadMan", "NewOne", "annWave", "monkaS"])
      assert.deepStrictEqual(new Set(server.received.map(({ path }) => path)).size, 2)
    }).pipe(Effect.scoped)
  )

  it.effect("are none without a list, and nothing is requested", () =>
    Effect.gen(function* () {
      const { lists, server } = yield* running(regular, [])
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), [])
      assert.deepStrictEqual(server.received, [])
    }).pipe(Effect.scoped)
  )

  it.effect("request no path outside the list, whatever the room's id", () =>
    Effect.gen(function* () {
      const { lists, server, settled } = yield* running(regular)
      yield* untilNames(lists, "ann", "", GLOBALS)
      for (const id of ["../admin", "1/2", "1?x", "-1", "1 ", "", "9".repeat(21), "١"]) {
        assert.deepStrictEqual(yield* namesOf(lists, "ann", id), GLOBALS, id)
      }
      yield* settled
      assert.lengthOf(server.received, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("are missing while a list is unreachable, and come later", () =>
    Effect.gen(function* () {
      const { lines, lists, passing, server, settled } = yield* running(regular)
      yield* settled
      yield* server.stop
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), GLOBALS)
      yield* passing(15, () => lines.length >= 3)
      // One line per list, however long it lasts.
      let steps = 0
      yield* passing(300, () => ++steps > 1_000)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), GLOBALS)
      assert.lengthOf(lines, 3)
      for (const line of lines) assert.match(line, /^Emote list \S+ cannot be read: no connection: E/)
      yield* server.start
      yield* passing(90, () => sizeOf(lists) === OF_ANN.length)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), OF_ANN)
      assert.deepStrictEqual(
        lines.slice(3).toSorted(),
        NAMES.map((name) => `Emote list ${name} is read again`)
      )
    }).pipe(Effect.scoped)
  )

  const faults: ReadonlyArray<readonly [string, Reply]> = [
    ...FAULTS.map((fault) => [fault, fault] as const),
    ["status 500", { status: 500, json: {} }],
    ["status 429", { status: 429, json: {} }],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" }, text: "" }],
    ["text that is no JSON", { text: "<html>" }],
    ["null", { json: null }],
    ["other types", { json: { emotes: "all", emote_set: 7, channelEmotes: {}, sets: { 3: [] }, default_sets: "3" } }],
    ["a huge body", { text: `["${"x".repeat(9_000_000)}"]` }],
    ["deep nesting", { text: "[".repeat(200_000) }]
  ]
  for (const [what, fault] of faults) {
    for (const name of NAMES) {
      it.effect(`survive ${what} of ${name}, and other lists work meanwhile`, () =>
        Effect.gen(function* () {
          const failedBefore = (yield* Metric.value(Metrics.failedEmoteLists(name))).count
          let isFaulty = true
          const { lines, lists, passing } = yield* running((request) =>
            isFaulty && request.path.startsWith(`/${name}/`) ? fault : regular(request)
          )
          const countOf = () => sizeOf(lists)
          yield* passing(15, () => lines.length > 0 && countOf() > 0)
          const known = yield* namesOf(lists, "ann", "1")
          assert.isTrue(known.every((one) => OF_ANN.includes(one)))
          assert.isBelow(known.length, OF_ANN.length)
          assert.match(String(lines[0]), new RegExp(`^Emote list ${name} cannot be read: `))
          isFaulty = false
          yield* passing(150, () => countOf() === OF_ANN.length)
          assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), OF_ANN)
          assert.deepStrictEqual(lines.slice(1), [`Emote list ${name} is read again`])
          assert.isAtLeast((yield* Metric.value(Metrics.failedEmoteLists(name))).count - failedBefore, 1)
        }).pipe(Effect.scoped)
      )
    }
  }

  it.effect("that are known stay known while a refresh fails", () =>
    Effect.gen(function* () {
      let isFaulty = false
      const { lines, lists, passing } = yield* running((request) =>
        isFaulty ? { status: 500, json: {} } : regular(request)
      )
      yield* untilNames(lists, "ann", "1", OF_ANN)
      isFaulty = true
      yield* passing(120, () => lines.length === 3)
      assert.deepStrictEqual(yield* namesOf(lists, "ann", "1"), OF_ANN)
    }).pipe(Effect.scoped)
  )

  it.effect("have any names that a word can have, and no others", () =>
    Effect.gen(function* () {
      const odd = ["__proto__", "constructor", "<b>", "'\"`", ";)", "D:", "日本", "😀", "\u202e", "a".repeat(100)]
      const impossible = ["", " ", "two words", "tab\t", "nul\0", "\ud800", "a".repeat(101), "a\u2028b"]
      const others = [null, 7, {}, [], { name: 7 }, { name: null }, { code: ["x"] }]
      const { lists } = yield* running(
        () => ({ json: [...coded(...impossible), ...others, ...coded(...odd)] }),
        ["bttv"]
      )
      yield* untilNames(lists, "ann", "", odd)
    }).pipe(Effect.scoped)
  )

  it.effect("are at most so many per list", () =>
    Effect.gen(function* () {
      const codes = Array.from({ length: MOST_NAMES + 7 }, (_, index) => `emote${index}`)
      const { lists } = yield* running(() => ({ json: coded(...codes) }), ["bttv"])
      yield* untilNames(lists, "ann", "", codes.slice(0, MOST_NAMES))
    }).pipe(Effect.scoped)
  )

  it.effect("are requested one channel after the other", () =>
    Effect.gen(function* () {
      const { client, lists, server } = yield* running(regular, ["ffz"])
      for (let id = 1; id <= 100; id++) yield* lists.namesOf(`stream_${id}`, String(id))
      yield* untilReal("all requests", () => server.received.length === 101)
      assert.strictEqual(client.most(), 1)
      yield* untilNames(lists, "stream_1", "1", ["LilZ", "annLUL", "catJAM"])
    }).pipe(Effect.scoped)
  )
})
