/** Whatever the bytes are and however they are chunked: the same events, or counted faults. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { decodeRecord } from "../../../src/decode/Decoder.ts"
import { settingsOf } from "../../pipeline/Script.ts"
import { convert, START } from "./Convert.ts"
import { bytesOf, fixtures } from "./Fixture.ts"

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum })))
const read = { ...settingsOf(0, 0, false).read, maxEventBytes: 16 * 1024 * 1024 }

/** Every line is an event of the built-in shape, unless a name is empty or too long. */
const assertEvents = (lines: ReadonlyArray<string>): void => {
  for (const line of lines) {
    const decoded = decodeRecord("chat", { timestampMs: -1, value: Buffer.from(line) }, read, Number.POSITIVE_INFINITY)
    if (decoded._tag === "Failure") assert.notStrictEqual(decoded.failure.reason, "invalid-json", line)
  }
}

const saved = fixtures().filter(({ file }) => file !== "telemetra.ndjson")

describe.each(saved)("$file", (fixture) => {
  const bytes = bytesOf(fixture)
  const whole = convert(bytes)

  it.prop(
    "gives the same in any chunks",
    [Arbitrary.array(upTo(300), { minLength: 1, maxLength: 8 })],
    ([sizes]) => assert.deepStrictEqual(convert(bytes, START, sizes), whole),
    { arbitrary: { runs: 30 } }
  )

  it("cut off anywhere: a beginning of the events, or no known form", () => {
    for (let length = 0; length < bytes.length; length += 41) {
      const cut = convert(bytes.subarray(0, length))
      if (cut === undefined) continue
      const kept = cut.lines.slice(0, -1)
      assert.deepStrictEqual(kept, whole?.lines.slice(0, kept.length))
      assert.strictEqual(cut.events, cut.lines.length)
    }
  })

  it.prop(
    "damaged: events of the built-in shape, and counted faults",
    [Arbitrary.array(upTo(1_000_000), { minLength: 1, maxLength: 20 }), upTo(255)],
    ([places, byte]) => {
      const damaged = Buffer.from(bytes)
      for (const place of places) damaged[place % damaged.length] = (byte + place) % 256
      const outcome = convert(damaged)
      if (outcome !== undefined) assertEvents(outcome.lines)
    },
    { arbitrary: { runs: 60 } }
  )
})

const repeated = (text: string, bytes: number): string => text.repeat(Math.ceil(bytes / text.length))
const MIB = 1024 * 1024
const raw = (tags: string, text = "hi") => `@tmi-sent-ts=1773518405000;${tags} :ada!a@h PRIVMSG #river :${text}\n`
const item = (members: string) =>
  `{"message_type":"text_message","timestamp":1773518405000000,"author":{"name":"ada"},${members}}\n`

const itemOf = (id: number): string => item(`"message":"hi","message_id":"${id}"`)

describe("hostile files end in counted faults, with bounded memory", () => {
  it.each([
    ["one line without an end", `${raw("")}${repeated("x", 8 * MIB)}`],
    ["one element without an end", `[${item('"message":"hi"').trim()},{"message":"${repeated("x", 8 * MIB)}`],
    ["an element of brackets", `[${item('"message":"hi"').trim()},${repeated("[", 4 * MIB)}`],
    [
      "a member of brackets",
      item('"message":"hi"') + item(`"message":"hi","deep":${"[".repeat(200_000)}${"]".repeat(200_000)}`)
    ],
    [
      "a comment as deep as its length",
      `{"streamer":{},"comments":[{"message":{"body":"hi"},"commenter":{"name":"a"},"created_at":"2026-03-14T20:00:00Z"},${"[".repeat(500_000)}]]]}`
    ],
    ["ranges over the whole text", raw("") + raw(`emotes=1:${repeated("0-400,", 300_000)}0-0`, "y".repeat(400_000))],
    [
      "an emote for each letter",
      item('"message":"hi"') +
        item(`"message":"${"a".repeat(200_000)}","emotes":[${repeated('{"name":"a"},', 200_000)}{}]`)
    ],
    ["a command without an end", raw("").repeat(4) + `:ada!a@h ${repeated("X", 60_000)} #river\n`.repeat(3)],
    ["tags without an end", raw("") + raw(repeated("a=b\\;", 500_000))],
    ["names of the prototype", item('"message":"hi","__proto__":{"x":1},"constructor":1,"toString":2')],
    ["members of other types", item('"message":{"a":1},"emotes":"x","badges":7')],
    ["control characters", `[20:00:05] ada: \u001b[2J\u0000\u2028\n[20:00:06] \u0000: x\n`]
  ])("%s", (_, text) => {
    const outcome = convert(text)
    assert.isDefined(outcome)
    assertEvents(outcome?.lines ?? [])
    for (const line of outcome?.lines ?? []) assert.isBelow(line.length, 4 * MIB)
    assert.isAtMost((outcome?.skipped.size ?? 0) + (outcome?.unusable.size ?? 0), 200)
  })

  it("times outside of the accepted years are unusable, and no other unit is read from them", () => {
    const log = [
      "[1970-01-20 12:00:00] ada: its milliseconds are seconds of 2022",
      "[1999-12-31 23:59:59] ada: early",
      "[2000-01-01 00:00:00] ada: first",
      "[2099-12-31 23:59:59] ada: last",
      "[2100-01-01 00:00:00] ada: late"
    ]
    const outcome = convert(`${log.join("\n")}\n`)
    assert.deepStrictEqual(
      outcome?.lines.map((line) => JSON.parse(line).message),
      ["first", "last"]
    )
    assert.deepStrictEqual([...(outcome?.unusable ?? [])], [["a time outside of the years 2000 to 2099", 3]])
    const far = `{"replayChatItemAction":{"actions":[{"addChatItemAction":{"item":{"liveChatTextMessageRenderer":{"message":{"runs":[{"text":"hi"}]},"authorName":{"simpleText":"ada"}}}}}],"videoOffsetTimeMsec":"1700000000000000"}}\n`
    assert.deepStrictEqual(convert(far)?.lines, [])
  })

  it("an array with each bracket on a line has no unusable items", () => {
    const [one, other] = [item('"message":"one"').trim(), item('"message":"other"').trim()]
    for (const text of [`[\n${one}\n]\n`, `[\n${one},\n${other}\n]`, `[\n${one}\n,\n${other}\n]`]) {
      const outcome = convert(text)
      assert.deepStrictEqual([outcome?.events, outcome?.unusable.size], [text.includes("other") ? 2 : 1, 0])
    }
  })

  it("ids of the last 10,000 messages are remembered, and no others", () => {
    const ids = Array.from({ length: 10_001 }, (_, id) => itemOf(id)).join("")
    const outcome = convert(ids + itemOf(1) + itemOf(10_000) + itemOf(0))
    assert.deepStrictEqual(
      [outcome?.events, [...(outcome?.skipped ?? [])]],
      [10_002, [["repetitions of a message", 2]]]
    )
  })

  it("many reasons are counted together", () => {
    const lines = Array.from({ length: 500 }, (_, n) =>
      item('"message":"hi"').replace("text_message", `kind_${n}`).replace("{", `{"action_type":"a${n}",`)
    )
    const outcome = convert(item('"message":"hi"') + lines.join(""))
    assert.isAtMost(outcome?.skipped.size ?? 0, 52)
    assert.strictEqual(
      [...(outcome?.skipped.values() ?? [])].reduce((sum, count) => sum + count, 0),
      500
    )
  })
})
