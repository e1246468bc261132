import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { messageOf, parseLine, type ServerLine } from "../../../src/collect/twitch/Message.ts"
import { makeLines } from "../../../src/collect/twitch/Lines.ts"

const NOW = 1_800_000_000_000
const parse = (line: string): ServerLine => parseLine(line, NOW, () => "made")
const message = (line: string) => {
  const parsed = parse(line)
  assert.strictEqual(parsed._tag, "Chat")
  return messageOf(parsed as Extract<ServerLine, { _tag: "Chat" }>, new Set(["catJAM"]))
}

const TAGS =
  "@badge-info=subscriber/3;badges=broadcaster/1,subscriber/3;bits=100;color=#0000FF;display-name=Ronni;emotes=25:6-10;flags=;id=744f9c58;mod=0;room-id=188442366;subscriber=1;tmi-sent-ts=1566335866017;turbo=0;user-id=91673457;user-type="

describe("parseLine", () => {
  it("reads a message", () => {
    assert.deepStrictEqual(message(`${TAGS} :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #Dallas :hello Kappa catJAM :)`), {
      _tag: "Message",
      stream: "dallas",
      timeMs: 1_566_335_866_017,
      id: "744f9c58",
      user: "ronni",
      userId: "91673457",
      text: "hello Kappa catJAM :)",
      emotes: ["Kappa", "catJAM"],
      badges: ["broadcaster/1", "subscriber/3"],
      bits: 100
    })
  })

  it("unwraps an action; the places of its emotes count from the unwrapped text", () => {
    const line = `${TAGS} :ronni!r@r PRIVMSG #dallas :\u0001ACTION hello Kappa\u0001`
    assert.strictEqual(message(line).text, "hello Kappa")
    assert.deepStrictEqual(message(line).emotes, ["Kappa"])
    assert.strictEqual(message(`${TAGS} :r!r@r PRIVMSG #d :\u0001ACTION cut`).text, "cut")
    assert.strictEqual(message(`${TAGS} :r!r@r PRIVMSG #d :\u0001VERSION\u0001`).text, "\u0001VERSION\u0001")
  })

  it("reads notices with a person's words, and no others", () => {
    const notice = `${TAGS};login=ronni;msg-id=resub;system-msg=ronni\\shas\\ssubscribed :tmi.twitch.tv USERNOTICE #dallas`
    assert.deepInclude(message(`${notice} :hello Kappa`), { user: "ronni", text: "hello Kappa", emotes: ["Kappa"] })
    assert.strictEqual(parse(notice)._tag, "Other")
    assert.strictEqual(parse(`${notice} :`)._tag, "Other")
  })

  it.each([
    ["", false],
    [";source-room-id=188442366", false],
    [";source-room-id=", false],
    [";source-room-id=1", true]
  ])("%j is mirrored: %s", (tag, isMirrored) => {
    assert.deepInclude(parse(`${TAGS}${tag} :r!r@r PRIVMSG #d :x`), { _tag: "Chat", isMirrored })
    assert.deepInclude(parse(`${TAGS}${tag};login=r :tmi.twitch.tv USERNOTICE #d :x`), { _tag: "Chat", isMirrored })
  })

  it("resolves the escapes of tags", () => {
    assert.strictEqual(message(`@id=a\\sb\\:c\\\\d\\r\\n\\x\\ :r!r@r PRIVMSG #d :x`).id, "a b;c\\d\r\nx")
  })

  it("takes the collector's time and an id of its own for missing and broken tags", () => {
    const plain = { timeMs: NOW, id: "made", userId: "", badges: [], bits: 0, emotes: [] }
    assert.deepInclude(message(":ronni!r@r PRIVMSG #d :x"), plain)
    const tags = "@id;tmi-sent-ts=soon;bits=-1;badges=;emotes=x:1;=;;a=b=c;user-id"
    assert.deepInclude(message(`${tags} :ronni!r@r PRIVMSG #d :x`), plain)
    assert.deepInclude(message("@tmi-sent-ts=99999999999999999;bits=1e3 :ronni!r@r PRIVMSG #d :x"), plain)
    assert.deepInclude(message("@tmi-sent-ts=0 :ronni!r@r PRIVMSG #d :x"), plain)
  })

  it("keeps a text as it is: colons, blanks, empty", () => {
    assert.strictEqual(message(":r!r@r PRIVMSG #d : :  a  ").text, " :  a  ")
    assert.strictEqual(message(":r!r@r PRIVMSG #d :").text, "")
    assert.strictEqual(message(":r!r@r PRIVMSG #d word").text, "word")
  })

  it.each([
    ["PING :tmi.twitch.tv", { _tag: "Ping", text: "tmi.twitch.tv" }],
    [":tmi.twitch.tv PONG tmi.twitch.tv :telemetra", { _tag: "Pong", text: "telemetra" }],
    [":tmi.twitch.tv 001 justinfan1 :Welcome, GLHF!", { _tag: "Welcome" }],
    [":tmi.twitch.tv RECONNECT", { _tag: "Reconnect" }],
    ["@room-id=1 :tmi.twitch.tv ROOMSTATE #Dallas", { _tag: "RoomState", stream: "dallas", roomId: "1" }],
    [":tmi.twitch.tv ROOMSTATE #dallas", { _tag: "RoomState", stream: "dallas", roomId: "" }],
    [":ronni!r@r PART #dallas", { _tag: "Part", stream: "dallas", nick: "ronni" }],
    [
      "@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #dallas :Gone.",
      { _tag: "Notice", stream: "dallas", id: "msg_channel_suspended", text: "Gone." }
    ],
    [
      ":tmi.twitch.tv NOTICE * :Login authentication failed",
      { _tag: "Notice", stream: undefined, id: "", text: "Login authentication failed" }
    ],
    [":tmi.twitch.tv CAP * NAK :twitch.tv/x", { _tag: "NoCapability", text: "twitch.tv/x" }],
    [":tmi.twitch.tv CAP * ACK :twitch.tv/tags", { _tag: "Other" }],
    [":tmi.twitch.tv HOSTTARGET #dallas :xyz 10", { _tag: "Other" }],
    ["@target-user-id=8 :tmi.twitch.tv CLEARCHAT #dallas :ronni", { _tag: "Other" }],
    [":r.tmi.twitch.tv 353 r = #dallas :r", { _tag: "Other" }],
    ["@only-tags", { _tag: "Unreadable", stream: undefined }],
    [":only-a-prefix", { _tag: "Unreadable", stream: undefined }],
    [":r!r@r PRIVMSG #dallas", { _tag: "Unreadable", stream: "dallas" }],
    [":r!r@r PRIVMSG", { _tag: "Unreadable", stream: undefined }],
    [":r!r@r PRIVMSG dallas :x", { _tag: "Unreadable", stream: undefined }],
    ["PRIVMSG #dallas :x", { _tag: "Unreadable", stream: "dallas" }],
    ["@id=1 :tmi.twitch.tv USERNOTICE #dallas :no login", { _tag: "Unreadable", stream: "dallas" }]
  ])("%s", (line, expected) => {
    assert.deepStrictEqual(parse(line), expected)
  })

  const fragment = Schema.Literals([
    "@",
    ":",
    " ",
    ";",
    "=",
    "\\",
    "#d",
    "PRIVMSG",
    "USERNOTICE",
    "NOTICE",
    "CAP",
    "PART",
    "001",
    "PING",
    "r!r@r",
    "emotes=1:0-1",
    "badges=,",
    "id=",
    "tmi-sent-ts=1",
    "source-room-id=",
    "\u0001ACTION ",
    "\u0001",
    "👏",
    "\ufffd",
    "\0"
  ])
  it.prop(
    "fails on no line",
    [Schema.Array(fragment)],
    ([fragments]) => {
      const parsed = parse(fragments.join(""))
      if (parsed._tag === "Chat") messageOf(parsed, new Set(["d"]))
    },
    { arbitrary: { runs: 2_000 } }
  )

  it.prop(
    "fails on no bytes",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 })))],
    ([bytes]) => {
      for (const prefix of ["", `${TAGS} :r!r@r PRIVMSG #d :`, "@"]) {
        const { lines } = makeLines()(Buffer.concat([Buffer.from(prefix), Uint8Array.from(bytes), Buffer.from("\n")]))
        for (const line of lines) {
          const parsed = parse(line)
          if (parsed._tag === "Chat") messageOf(parsed, new Set())
        }
      }
    },
    { arbitrary: { runs: 500 } }
  )
})
