import { assert, describe, it } from "@effect/vitest"
import { convert, spoken, START } from "./Convert.ts"

const lines = (...all: ReadonlyArray<string>): string => `${all.join("\n")}\n`

describe("logs of IRC clients", () => {
  it("irssi: days are named by lines, joins and modes are no messages, actions are", () => {
    const log = lines(
      "--- Log opened Fri Mar 13 23:58:00 2026",
      "23:58 -!- ada [~ada@host] has joined #river",
      "23:58 <@ada> good evening",
      "23:59  * bob waves: hello",
      "--- Day changed Sat Mar 14 2026",
      "00:01 < bob> past midnight",
      "00:01 -ada(~ada@host)- a notice",
      "--- Log closed Sat Mar 14 00:02:00 2026"
    )
    assert.deepStrictEqual(spoken(log), [
      "2026-03-13T23:58:00 given ada: good evening",
      "2026-03-13T23:59:00 given bob: waves: hello",
      "2026-03-14T00:01:00 given bob: past midnight"
    ])
    assert.strictEqual(convert(log)?.format, "irc-client-log")
    assert.strictEqual(convert(log)?.unusable.size, 0)
  })

  it("weechat: tabs, marks of joins, actions", () => {
    const log = lines(
      "2026-03-14 20:00:00\t-->\tada (~ada@host) has joined #river",
      "2026-03-14 20:00:05\t@ada\tgood evening: all",
      "2026-03-14 20:00:06\t *\tbob waves",
      "2026-03-14 20:00:07\t--\tMode #river [+o ada]",
      "2026-03-14 20:00:08\t<--\tada has quit"
    )
    assert.deepStrictEqual(spoken(log), [
      "2026-03-14T20:00:05 given ada: good evening: all",
      "2026-03-14T20:00:06 given bob: waves"
    ])
  })

  it("mIRC: the channel and the day are in the session's lines, styles are removed", () => {
    const log = lines(
      "",
      "Session Start: Sat Mar 14 23:59:00 2026",
      "Session Ident: #River",
      "[23:59] * Now talking in #River",
      "[23:59] * ada (~ada@host) has joined #River",
      "[23:59:10] <@ada> \u000304,01red\u0003 and \u0002bold\u000f",
      "[23:59:20] * bob waves",
      "Session Time: Sun Mar 15 00:00:00 2026",
      "[00:00:05] <bob> 12:30 is when I eat",
      "Session Close: Sun Mar 15 00:01:00 2026"
    )
    assert.deepStrictEqual(spoken(log, { stream: undefined, start: undefined }), [
      "2026-03-14T23:59:10 river ada: red and bold",
      "2026-03-14T23:59:20 river bob: waves",
      "2026-03-15T00:00:05 river bob: 12:30 is when I eat"
    ])
  })

  it("HexChat: the year is in the first line and changes with the month", () => {
    const log = lines(
      "**** BEGIN LOGGING AT Thu Dec 31 23:59:00 2026",
      "",
      "Dec 31 23:59:30 *\tNow talking on #river",
      "Dec 31 23:59:50 <ada>\thappy new year",
      "Jan 01 00:00:02 <bob>\tand to you"
    )
    assert.deepStrictEqual(spoken(log).slice(-2), [
      "2026-12-31T23:59:50 given ada: happy new year",
      "2027-01-01T00:00:02 given bob: and to you"
    ])
  })
})

describe("text logs", () => {
  it("chat-downloader's text: offsets, badges and amounts before the name", () => {
    const log = lines("-0:02 | Ada: early", "0:12 | (Moderator, Member) *$5.00* Bob C: paid", "1:00:00 | Ada: an hour")
    assert.deepStrictEqual(spoken(log), [
      "2026-03-13T23:59:58 given Ada: early",
      "2026-03-14T00:00:12 given Bob C: paid",
      "2026-03-14T01:00:00 given Ada: an hour"
    ])
  })

  it("Chatterino: an ambiguous zone is read as UTC with a note; --start states another", () => {
    const log = lines("# Start logging at 2026-07-01 20:00:00 CST", "[20:00:05] ada: hello")
    assert.match(convert(log, { stream: "s", start: undefined })?.notes.join("") ?? "", /CST is ambiguous.*UTC/)
    const zoned = { stream: "s", start: { timeMs: 0, zoneMs: 2 * 3_600_000 } }
    assert.deepStrictEqual(spoken(log, zoned), ["2026-07-01T18:00:05 s ada: hello"])
    assert.deepStrictEqual(convert(log, zoned)?.notes, [])
  })

  it("12-hour clocks", () => {
    assert.deepStrictEqual(
      spoken(lines("[12:00:05 AM] ada: midnight", "[12:30:00 PM] ada: noon", "[01:00 pm] bob: one")),
      [
        "2026-03-14T00:00:05 given ada: midnight",
        "2026-03-14T12:30:00 given ada: noon",
        "2026-03-14T13:00:00 given bob: one"
      ]
    )
  })
})

describe("raw IRC", () => {
  it("takes the time from a tag, before the line, or from seconds before the line; arrows are passed over", () => {
    const log = lines(
      ">> :ada!a@h PRIVMSG #River :no time",
      "1773518405 >> :ada!a@h PRIVMSG #River :seconds",
      "2026-03-14 20:00:06\ttwitch --> :bob!b@h PRIVMSG #river :weechat",
      "@time=2026-03-14T20:00:07.250Z :ada!a@h PRIVMSG #river :\u0001ACTION waves\u0001",
      "<< PRIVMSG #river :my own line has no sender"
    )
    assert.deepStrictEqual(spoken(log), [
      "2026-03-14T20:00:05 river ada: seconds",
      "2026-03-14T20:00:06 river bob: weechat",
      "2026-03-14T20:00:07.250Z river ada: waves"
    ])
  })

  it("wrong ranges of emotes are ignored, and those of characters beyond the basic plane count as one", () => {
    const log = lines(
      "@emotes=1:0-0,2-99999/25:2-6/9:6-2/7:a-b/:;tmi-sent-ts=1773518405000 :ada!a@h PRIVMSG #river :🎉 Kappa"
    )
    assert.deepStrictEqual(JSON.parse(convert(log)?.lines[0] ?? "{}").emotes, ["🎉", "Kappa"])
  })
})

const comment = (id: string) => ({
  _id: id,
  created_at: "2026-03-14T20:00:05Z",
  content_offset_seconds: 5,
  commenter: { name: "ada" },
  message: { body: "hi", fragments: [{ text: "hi", emoticon: null }] }
})

describe("JSON", () => {
  it("TwitchDownloader's document may be sorted or pretty-printed; a stream behind the comments needs the flag", () => {
    const document = { streamer: { name: "River" }, video: {}, comments: [comment("1"), comment("2")] }
    for (const text of [JSON.stringify(document), JSON.stringify(document, null, 2)]) {
      assert.deepStrictEqual(spoken(text, { stream: undefined, start: undefined }), [
        "2026-03-14T20:00:05 river ada: hi",
        "2026-03-14T20:00:05 river ada: hi"
      ])
    }
    const sorted = JSON.stringify({ comments: document.comments, streamer: document.streamer, video: {} })
    // The head of the file holds the streamer, so that a short file needs no flag.
    assert.strictEqual(convert(sorted, { stream: undefined, start: undefined })?.lines.length, 2)
    const long = JSON.stringify({ comments: Array.from({ length: 3000 }, (_, n) => comment(`${n}`)), streamer: {} })
    assert.deepStrictEqual(convert(long, { stream: undefined, start: undefined })?.missing, {
      stream: true,
      start: false
    })
    assert.strictEqual(convert(long)?.lines.length, 3000)
  })

  it("an id that comes again is a repetition", () => {
    const text = JSON.stringify({ streamer: { name: "r" }, comments: [comment("1"), comment("1"), comment("2")] })
    const outcome = convert(text)
    assert.strictEqual(outcome?.lines.length, 2)
    assert.deepStrictEqual([...(outcome?.skipped ?? [])], [["repetitions of a message", 1]])
  })

  it("chat-downloader's items without a time count from --start, and without it miss the flag", () => {
    const item = JSON.stringify({
      message_type: "text_message",
      time_in_seconds: 12.5,
      author: { name: "ada" },
      message: "hi"
    })
    assert.deepStrictEqual(spoken(`${item}\n${item}\n`, START), [
      "2026-03-14T00:00:12.500Z given ada: hi",
      "2026-03-14T00:00:12.500Z given ada: hi"
    ])
    assert.deepStrictEqual(convert(item, { stream: undefined, start: undefined })?.missing, {
      stream: true,
      start: true
    })
  })
})

it("a text log in which one line looks like another client's stays a text log", () => {
  const log = lines("[20:00:05] ada: hello", "[20:00:06] * bob waves", "[20:00:07] ada: <bob> what")
  assert.strictEqual(convert(log)?.format, "text-log")
})

it.each([
  [
    "NDJSON of the built-in shape",
    '{"stream_id":"s","timestamp":"2026-01-01T00:00:00Z","user_id":"u","message":"hi"}\n'
  ],
  ["other JSON", '{"a":1}\n{"b":2}\n'],
  ["a log of a program", "2026-03-14 20:00:00 INFO started\n2026-03-14 20:00:01 WARN: slow\n"],
  ["a table", "time,user,text\n20:00,ada,hi\n"],
  ["HTML", "<!DOCTYPE html>\n<p>12:00 hello: you</p>\n"],
  ["nothing", ""]
])("%s is no saved chat", (_, text) => assert.isUndefined(convert(text)))
