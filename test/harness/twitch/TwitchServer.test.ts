/** The local platform itself: what other tests rely on. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { WebSocket } from "ws"
import { selfSigned } from "../Certificates.ts"
import { request } from "../Request.ts"
import { untilTrue } from "../Until.ts"
import { Crowd } from "./Crowd.ts"
import { FRAMINGS } from "./Framing.ts"
import { messageLine, OTHER_LINES, RECONNECT } from "./Lines.ts"
import { CLIENT_ID, CLIENT_SECRET } from "./Lists.ts"
import { startTwitchServer } from "./TwitchServer.ts"

type Json = Readonly<Record<string, unknown>>

/** A client that keeps all bytes, and the number of messages that they came in. */
const connect = (url: string, ca?: string) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly socket: WebSocket
      readonly text: () => string
      readonly messages: () => number
      readonly closed: () => number | undefined
    }>((resume) => {
      const socket = new WebSocket(url, ca === undefined ? {} : { ca })
      const chunks: Array<Buffer> = []
      let closed: number | undefined
      socket.on("message", (data) => Buffer.isBuffer(data) && chunks.push(data))
      socket.on("close", (code) => (closed = code))
      socket.on("error", () => undefined)
      socket.on("open", () =>
        resume(
          Effect.succeed({
            socket,
            text: () => Buffer.concat(chunks).toString("utf8"),
            messages: () => chunks.length,
            closed: () => closed
          })
        )
      )
    }),
    ({ socket }) => Effect.sync(() => socket.terminate())
  )

const join = (socket: WebSocket, ...streams: ReadonlyArray<string>): void => {
  socket.send("CAP REQ :twitch.tv/tags twitch.tv/commands")
  socket.send("NICK justinfan123\r\n")
  socket.send(`JOIN ${streams.map((stream) => `#${stream}`).join(",")}\r\n`)
}

describe("the local platform", () => {
  for (const framing of FRAMINGS) {
    it.live(`sends every line once, ${framing}`, () =>
      Effect.gen(function* () {
        const { chat, chatUrl } = yield* startTwitchServer()
        const client = yield* connect(chatUrl)
        join(client.socket, "demo")
        yield* untilTrue("the join", () => chat.joined.has("demo"))
        const before = client.text().length
        const messages = new Crowd({ streams: ["demo"] }).several(1_000, 1_700_000_000_000)
        assert.strictEqual(chat.post(messages, framing), 1_000)
        yield* Effect.promise(() => chat.barrier())
        const expected = messages.map((post) => `${messageLine(post, chat.roomId("demo"))}\r\n`).join("")
        assert.isTrue(client.text().slice(before).endsWith(expected), "other bytes")
        assert.strictEqual(chat.sent.length, 1_000)
      })
    )
  }

  it.live("greets, confirms joins and refuses some", () =>
    Effect.gen(function* () {
      const { chat, chatUrl } = yield* startTwitchServer()
      chat.join = (stream) => (stream === "gone" ? "suspended" : stream === "never" ? "ignore" : "confirm")
      const client = yield* connect(chatUrl)
      join(client.socket, "demo", "gone", "never")
      client.socket.send("PING :here")
      yield* untilTrue("the pong", () => client.text().includes("PONG tmi.twitch.tv :here"))
      assert.match(client.text(), /CAP \* ACK :twitch\.tv\/tags twitch\.tv\/commands/)
      assert.match(client.text(), / 001 justinfan123 /)
      assert.match(client.text(), /JOIN #demo\r\n/)
      assert.match(client.text(), /msg-id=msg_channel_suspended :tmi\.twitch\.tv NOTICE #gone /)
      assert.notMatch(client.text(), /#never/)
      assert.deepStrictEqual([...chat.joined], ["demo"])
      assert.strictEqual(chat.mostJoins(10_000), 3)
    })
  )

  it.live("closes, cuts, resets and silences connections", () =>
    Effect.gen(function* () {
      const { chat, chatUrl } = yield* startTwitchServer()
      const closed: Array<number | undefined> = []
      for (const fault of ["close", "cut", "reset", "reconnect"] as const) {
        const client = yield* connect(chatUrl)
        join(client.socket, "demo")
        yield* untilTrue("the join", () => chat.joined.has("demo"))
        const [connection] = chat.open
        if (connection === undefined) return assert.fail("no connection")
        chat.post(new Crowd({ streams: ["demo"], name: fault }).several(3, 1_700_000_000_000))
        if (fault === "close") connection.close(4_001, "bye")
        else if (fault === "cut") connection.cut()
        else if (fault === "reconnect") connection.reconnect(10)
        else chat.reset(connection)
        yield* untilTrue(fault, () => client.closed() !== undefined)
        closed.push(client.closed())
        if (fault === "reconnect") assert.include(client.text(), RECONNECT)
        if (fault !== "reset") assert.include(client.text(), `id=${fault}-000000000002;`)
      }
      assert.deepStrictEqual(closed, [4_001, 1_006, 1_006, 1_000])
      assert.deepStrictEqual(
        chat.sent.map(({ isCertain }) => isCertain),
        [...Array(6).fill(true), ...Array(3).fill(false), ...Array(3).fill(true)]
      )
    })
  )

  it.live("speaks TLS, and stops and starts on its port", () =>
    Effect.gen(function* () {
      const certificate = yield* selfSigned
      const server = yield* startTwitchServer({ certificate })
      const first = yield* connect(server.chatUrl, certificate.cert)
      yield* server.stop
      yield* untilTrue("the end", () => first.closed() !== undefined)
      yield* server.start
      const second = yield* connect(server.chatUrl, certificate.cert)
      join(second.socket, "demo")
      yield* untilTrue("the join", () => server.chat.joined.has("demo"))
    })
  )

  it.live("answers for viewers and emote lists", () =>
    Effect.gen(function* () {
      const { httpUrl, lists } = yield* startTwitchServer()
      lists.viewers.set("demo", 1_234)
      lists.rooms.set("1337", { sevenTv: ["a"], bttv: ["b", "c"], ffz: ["d"] })
      const get = (path: string, init?: RequestInit) => request<Json>(`${httpUrl}${path}`, init)
      const fields = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET, grant_type: "client_credentials" }
      const token = yield* get("/oauth2/token", { method: "POST", body: new URLSearchParams(fields) })
      const headers = { authorization: `Bearer ${token.body["access_token"]}`, "client-id": CLIENT_ID }
      const streams = yield* get("/helix/streams?user_login=demo&user_login=off&first=100", { headers })
      assert.strictEqual(streams.text.match(/user_login/g)?.length, 1)
      assert.include(streams.text, `"viewer_count":1234`)
      assert.strictEqual((yield* get("/helix/streams?user_login=demo")).status, 401)
      lists.expireTokens()
      assert.strictEqual((yield* get("/helix/streams?user_login=demo", { headers })).status, 401)
      assert.include((yield* get("/7tv/v3/users/twitch/1337")).text, `"name":"a"`)
      assert.match((yield* get("/bttv/3/cached/users/twitch/1337")).text, /"sharedEmotes":.*"code":"c"/)
      assert.match((yield* get("/ffz/v1/room/id/1337")).text, /"sets":\{"4":.*"name":"d"/)
      assert.strictEqual((yield* get("/ffz/v1/room/id/1")).status, 404)
      assert.include((yield* get("/7tv/v3/emote-sets/global")).text, `"name":"EZ"`)
      lists.behave = () => 429
      assert.strictEqual((yield* get("/7tv/v3/emote-sets/global")).status, 429)
    })
  )

  it("knows lines without a message", () => {
    for (const line of OTHER_LINES("demo", "1337")) assert.notInclude(line, "PRIVMSG")
  })
})
