/** The oracle against small logs whose results were worked out by hand. */
import { assert, describe, it } from "@effect/vitest"
import { DEFAULTS } from "./Defaults.ts"
import { decode } from "./Decode.ts"
import { parseTime } from "./EventTime.ts"
import { type OracleInput, type OracleRecord, type OracleSettings, recount, NO_DECISIONS } from "./Recount.ts"
import { scoreOf } from "./Score.ts"
import { NO_REACTION, SILENT_WINDOW } from "./Silence.ts"

/** 2024-01-01T00:00:00Z: a multiple of every slide used here. */
const T0 = 1_704_067_200_000
const at = (seconds: number): number => T0 + Math.round(seconds * 1000)
const inSeconds = (timeMs: number): number => (timeMs - T0) / 1000

/** Windows of 10 s, tumbling. */
const TUMBLING: OracleSettings = {
  sizeMs: 10_000,
  slideMs: 10_000,
  watermarkDelayMs: 5_000,
  maxFutureSkewMs: 5_000,
  futureReference: "record",
  maxEventBytes: 1_048_576,
  topEmotes: 10,
  threshold: 3,
  sessionGapMs: 60_000,
  limits: DEFAULTS.limits
}
const SLIDING: OracleSettings = { ...TUMBLING, sizeMs: 20_000 }

type Fields = Record<string, unknown>

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const record = (offset: number, value: unknown, timestampMs = -1): OracleRecord => ({
  offset: BigInt(offset),
  timestampMs,
  value: bytes(JSON.stringify(value))
})

const input = (
  kind: "chat" | "viewer",
  values: ReadonlyArray<Fields>,
  more: Partial<OracleInput> = {}
): OracleInput => ({
  kind,
  topic: kind,
  partition: 0,
  records: values.map((value, index) => record(index, value)),
  ...NO_DECISIONS,
  ...more
})

const written = (seconds: number, more: Fields = {}): Fields => ({
  stream_id: "s",
  timestamp: at(seconds),
  user_id: "u",
  message: "",
  ...more
})

const watch = (seconds: number, viewers: number, more: Fields = {}): Fields => ({
  stream_id: "s",
  timestamp: at(seconds),
  viewer_count: viewers,
  ...more
})

/** `counts[i]` messages in the middle of the i-th ten seconds. */
const chatter = (...counts: ReadonlyArray<number>): ReadonlyArray<Fields> =>
  counts.flatMap((count, index) => Array.from({ length: count }, () => written(index * 10 + 5)))

/** One sample in the middle of each ten seconds; `undefined` = none. */
const audience = (...viewers: ReadonlyArray<number | undefined>): ReadonlyArray<Fields> =>
  viewers.flatMap((count, index) => (count === undefined ? [] : [watch(index * 10 + 5, count)]))

const windowStarts = (seconds: number, settings: OracleSettings) =>
  recount([input("chat", [written(seconds)])], settings).rows.map((row) => inSeconds(row.startMs))

const windowEnds = (upToMs: number) =>
  recount([input("chat", chatter(1, 1, 1))], TUMBLING, upToMs).rows.map((row) => inSeconds(row.endMs))

const verdict = (kind: "chat" | "viewer", text: string): string => {
  const decoded = decode(kind, bytes(text), 1_048_576)
  return decoded.kind === "dead" ? `${decoded.reason} ${decoded.path}` : "accepted"
}

const chatVerdict = (more: Fields) => verdict("chat", JSON.stringify(written(1, more)))

const viewerVerdict = (more: Fields) => verdict("viewer", JSON.stringify(watch(1, 1, more)))

const decoded = (text: string) => decode("chat", bytes(text), 1_000)

const deadOffsets = (records: ReadonlyArray<OracleRecord>, more: Partial<OracleSettings>, byClock: Array<bigint>) =>
  recount([input("chat", [], { records, deadByClock: new Set(byClock) })], {
    ...TUMBLING,
    ...more
  }).deadLetters.map((letter) => `${letter.offset} ${letter.reason} ${letter.path}`)

const millionthsOf = (text: string) => scoreOf(text).millionths

const lovesAndHates = (positive: number, negative: number) => "love ".repeat(positive) + "hate ".repeat(negative)

const assertWords = (text: string, sum: number) => {
  for (const word of text.split(" ")) assert.strictEqual(scoreOf(word).millionths, sum, word)
}

const sumsOf = (inputs: ReadonlyArray<OracleInput>, settings: Partial<OracleSettings> = {}) =>
  recount(inputs, { ...TUMBLING, ...settings }).rows.map(
    ({ endMs, reaction: { messages, moodMicro, moodTexts, people, unison }, viewerSamples, viewerSum }) => [
      inSeconds(endMs),
      [people, messages, unison, moodTexts, moodMicro, viewerSum, viewerSamples]
    ]
  )

const noQuotes = () => undefined

describe("windows", () => {
  it("hold their start and not their end", () => {
    assert.deepStrictEqual(windowStarts(10, TUMBLING), [10])
    assert.deepStrictEqual(windowStarts(9.999, TUMBLING), [0])
    assert.deepStrictEqual(windowStarts(10, SLIDING), [0, 10])
    assert.deepStrictEqual(windowStarts(9.999, SLIDING), [-10, 0])
    // 25 s every 10 s: [-20, 5) ends at the first event.
    assert.deepStrictEqual(windowStarts(5, { ...TUMBLING, sizeMs: 25_000 }), [-10, 0])
    assert.deepStrictEqual(windowStarts(4.999, { ...TUMBLING, sizeMs: 25_000 }), [-20, -10, 0])
  })

  // Longer than 70 lines: most are the whole rows that are expected.
  it("give one row per stream, by end and then by code unit, with what both kinds hold", () => {
    const { rows, counts } = recount(
      [
        input("chat", [
          written(12, { stream_id: "\uFF01" }),
          written(12, { stream_id: "\u{1F600}" }),
          written(1, { stream_id: "b", user_id: 7, message: "LOVE it" }),
          written(2, { stream_id: "b", user_id: "7", message: "so sad" }),
          written(3, { stream_id: "b", user_id: "8", message: "love love hate" })
        ]),
        input("viewer", [watch(9, 4, { stream_id: "b" }), watch(0, 3, { stream_id: "b" }), watch(0, 0)])
      ],
      TUMBLING
    )
    assert.deepStrictEqual(
      rows.map((row) => [inSeconds(row.endMs), row.stream]),
      // U+1F600 is D83D DE00 in UTF-16: before U+FF01, though its code point is greater.
      [
        [10, "b"],
        [10, "s"],
        [20, "\u{1F600}"],
        [20, "\uFF01"]
      ]
    )
    const [first, second] = rows
    assert.deepStrictEqual(first, {
      quotes: first?.quotes ?? noQuotes,
      stream: "b",
      startMs: at(0),
      endMs: at(10),
      chatCount: 3,
      uniqueChatters: 2,
      // 1, -1 and 1/3: 1000000 - 1000000 + 333333 millionths over 3.
      avgSentiment: 333_333 / 3_000_000,
      scoredCount: 3,
      positiveCount: 2,
      negativeCount: 1,
      chatRate: 0.3,
      avgViewers: 3.5,
      topEmotes: [],
      emoteCounts: [],
      complete: true,
      reaction: { ...NO_REACTION, people: 2, messages: 3 },
      busiestPaneMs: at(0),
      viewerSum: 7,
      viewerSamples: 2,
      slideMessages: 3,
      slideScored: 3,
      slideScoreMicro: 333_333,
      zScore: null,
      isAnomaly: false
    })
    assert.deepStrictEqual(second, {
      stream: "s",
      startMs: at(0),
      endMs: at(10),
      ...SILENT_WINDOW,
      quotes: second?.quotes ?? noQuotes,
      avgViewers: 0,
      busiestPaneMs: at(0),
      viewerSamples: 1,
      zScore: null,
      isAnomaly: false
    })
    assert.deepStrictEqual(counts, {
      records: 8,
      events: 8,
      late: 0,
      deadLetters: 0,
      tombstones: 0,
      acceptedChat: 5,
      countedPairs: 8,
      countedChatPairs: 5,
      droppedChatPairs: 0,
      cutEvents: 0,
      cutChatPairs: 0,
      cutEmotes: 0,
      cutChatters: 0
    })
  })

  it("join the halves of all inputs: a user of two partitions is one chatter", () => {
    const { rows } = recount(
      [
        input("chat", [written(1, { user_id: "a", emotes: ["x", "y"] }), written(2, { user_id: "b" })]),
        input("chat", [written(3, { user_id: "a", emotes: ["y"] })], { partition: 1 }),
        input("viewer", [watch(1, 10)]),
        input("viewer", [watch(1, 20)], { partition: 1 })
      ],
      TUMBLING
    )
    assert.strictEqual(rows.length, 1)
    assert.strictEqual(rows[0]?.chatCount, 3)
    assert.strictEqual(rows[0]?.uniqueChatters, 2)
    assert.deepStrictEqual(rows[0]?.topEmotes, ["y", "x"])
    assert.deepStrictEqual(rows[0]?.emoteCounts, [2, 1])
    assert.strictEqual(rows[0]?.avgViewers, 15)
  })

  it("rank emotes by count and then by code unit", () => {
    const emotes = ["z", "Z", "", "b", "a", "a", "b", "\uFF01", "\u{1F600}", "c", "c", "c"]
    const top = (topEmotes: number) =>
      recount([input("chat", [written(1, { emotes })])], { ...TUMBLING, topEmotes }).rows[0]?.topEmotes
    assert.deepStrictEqual(top(10), ["c", "a", "b", "", "Z", "z", "\u{1F600}", "\uFF01"])
    assert.deepStrictEqual(top(2), ["c", "a"])
  })

  it("are written up to the task's watermark, closed", () => {
    assert.deepStrictEqual(windowEnds(at(20)), [10, 20])
    assert.deepStrictEqual(windowEnds(at(19.999)), [10])
    assert.deepStrictEqual(windowEnds(Number.NEGATIVE_INFINITY), [])
  })

  it("take hostile names for names", () => {
    const names = ["__proto__", "constructor", "toString", "hasOwnProperty"]
    const { rows, deadLetters } = recount(
      [
        input("chat", [], {
          records: names.map((name, index) => ({
            offset: BigInt(index),
            timestampMs: -1,
            value: bytes(
              `{"__proto__":{"message":"x"},"stream_id":"__proto__","timestamp":${at(1)},"user_id":"${name}","message":"${name}",` +
                `"emotes":["${name}","__proto__"]}`
            )
          }))
        })
      ],
      TUMBLING
    )
    assert.deepStrictEqual(deadLetters, [])
    assert.strictEqual(rows.length, 1)
    assert.strictEqual(rows[0]?.stream, "__proto__")
    assert.strictEqual(rows[0]?.uniqueChatters, 4)
    assert.deepStrictEqual(rows[0]?.topEmotes, ["__proto__", "constructor", "hasOwnProperty", "toString"])
    assert.strictEqual(rows[0]?.avgSentiment, 0)
  })
})

describe("late events", () => {
  it("are those of a window that ends at or before the input's own watermark", () => {
    // Delay 5 s: 15 s puts the watermark on 10 s, the end of [0, 10).
    const late = recount([input("chat", [written(15), written(9.999)])], TUMBLING)
    assert.deepStrictEqual(
      late.rows.map((row) => [inSeconds(row.startMs), row.chatCount]),
      [[10, 1]]
    )
    assert.deepStrictEqual(
      [late.counts.records, late.counts.events, late.counts.late, late.counts.droppedChatPairs],
      [2, 1, 1, 1]
    )
    const punctual = recount([input("chat", [written(14.999), written(9.999)])], TUMBLING)
    assert.deepStrictEqual(
      punctual.rows.map((row) => [inSeconds(row.startMs), row.chatCount]),
      [
        [0, 1],
        [10, 1]
      ]
    )
    assert.strictEqual(punctual.counts.late, 0)
  })

  it("count in their other windows", () => {
    // The watermark is 20 s: of [0, 20) and [10, 30) the first is over.
    const { rows, counts } = recount([input("chat", [written(25), written(15)])], SLIDING)
    assert.deepStrictEqual(
      rows.map((row) => [inSeconds(row.startMs), row.chatCount]),
      [
        [10, 2],
        [20, 1]
      ]
    )
    assert.deepStrictEqual(
      [counts.events, counts.late, counts.countedChatPairs, counts.droppedChatPairs, counts.acceptedChat],
      [2, 0, 3, 1, 2]
    )
  })

  it("do not lower the watermark, and an event does not move it before itself", () => {
    const { rows, counts } = recount([input("chat", [written(100), written(91), written(89)])], TUMBLING)
    assert.deepStrictEqual(
      rows.map((row) => inSeconds(row.startMs)),
      [90, 100]
    )
    assert.strictEqual(counts.late, 1)
  })

  it("are judged by each input's own watermark, not by another's", () => {
    const { counts } = recount([input("chat", [written(100)]), input("chat", [written(1)], { partition: 1 })], TUMBLING)
    assert.strictEqual(counts.late, 0)
  })

  it("are judged by the task's watermark from the offset on that a run gives for it", () => {
    const taskWatermarks = [
      { fromOffset: 1n, watermarkMs: at(9.999) },
      { fromOffset: 2n, watermarkMs: at(10) }
    ]
    const { rows, counts } = recount(
      [input("chat", [written(1), written(2), written(3)], { taskWatermarks })],
      TUMBLING
    )
    assert.strictEqual(rows[0]?.chatCount, 2)
    assert.strictEqual(counts.late, 1)
    // Several decisions between two records: the last one is in force.
    const skipped = input("chat", [], { records: [record(5, written(1))], taskWatermarks })
    assert.strictEqual(recount([skipped], TUMBLING).counts.late, 1)
  })

  it("with viewers are late without being chat", () => {
    const { counts } = recount([input("viewer", [watch(100, 1), watch(1, 1)])], TUMBLING)
    assert.deepStrictEqual([counts.late, counts.droppedChatPairs, counts.acceptedChat], [1, 0, 0])
  })
})

const lateUnder = (events: ReadonlyArray<Fields>, fromOffset: bigint, more: Partial<OracleSettings>) =>
  recount([input("chat", events, { settingsFrom: [{ fromOffset, settings: { ...TUMBLING, ...more } }] })], TUMBLING)
    .counts.late

describe("settings that change", () => {
  it("hold from their offset on, and move the watermark with it when the delay is shorter", () => {
    // Own watermark 7 under five seconds, 12 under none.
    const events = [written(12), written(2), written(3)]
    assert.strictEqual(lateUnder(events, 0n, { watermarkDelayMs: 5_000 }), 0)
    assert.strictEqual(lateUnder(events, 1n, { watermarkDelayMs: 0 }), 2)
    assert.strictEqual(lateUnder(events, 2n, { watermarkDelayMs: 0 }), 1)
    assert.strictEqual(lateUnder(events, 3n, { watermarkDelayMs: 0 }), 0)
  })

  it("move no watermark back when the delay is longer", () => {
    // Own watermark 10 by the first, under five seconds; 22 or 19 by the second.
    assert.strictEqual(lateUnder([written(15), written(1)], 1n, { watermarkDelayMs: 8_000 }), 1)
    assert.strictEqual(
      lateUnder([written(15), written(30), written(19), written(20)], 1n, { watermarkDelayMs: 8_000 }),
      1
    )
    assert.strictEqual(
      lateUnder([written(15), written(30), written(19), written(20)], 1n, { watermarkDelayMs: 11_000 }),
      0
    )
  })

  it("judge each record once, by the size limit and the future guard of its offset", () => {
    const records = [0, 1, 2].map((offset) => record(offset, written(10), at(5)))
    const deadFrom = (settings: Partial<OracleSettings>) =>
      recount(
        [input("chat", [], { records, settingsFrom: [{ fromOffset: 1n, settings: { ...TUMBLING, ...settings } }] })],
        TUMBLING
      ).deadLetters.map(({ offset, reason }) => `${offset} ${reason}`)
    assert.deepStrictEqual(deadFrom({}), [])
    assert.deepStrictEqual(deadFrom({ maxFutureSkewMs: 4_999 }), ["1 future-timestamp", "2 future-timestamp"])
    assert.deepStrictEqual(deadFrom({ maxFutureSkewMs: 4_999, futureReference: "clock" }), [])
    assert.deepStrictEqual(deadFrom({ maxEventBytes: 10 }), ["1 too-large", "2 too-large"])
  })
})

describe("records that are no events", () => {
  it("are too large from one byte more than the limit on", () => {
    const value = bytes("[1,2]")
    assert.deepStrictEqual(decode("chat", value, 4), { kind: "dead", reason: "too-large", path: null })
    assert.deepStrictEqual(decode("chat", value, 5), { kind: "dead", reason: "invalid-event", path: "$" })
    // Too large is the first reason, for what is no JSON as well.
    assert.deepStrictEqual(decode("chat", bytes("{{{"), 2), { kind: "dead", reason: "too-large", path: null })
  })

  it("are no JSON", () => {
    for (const text of ["", "{", "nonsense", "{'a':1}", "NaN", '{"a":1}x', '\uFEFF{"a":1}', '"a\nb"']) {
      assert.strictEqual(verdict("chat", text), "invalid-json null", text)
    }
    // 0xFF is never UTF-8; ED A0 80 is a surrogate in UTF-8's clothes.
    for (const broken of [
      [0x22, 0xff, 0x22],
      [0x22, 0xed, 0xa0, 0x80, 0x22],
      [0x22, 0xc3]
    ]) {
      assert.deepStrictEqual(decode("chat", Uint8Array.from(broken), 100), {
        kind: "dead",
        reason: "invalid-json",
        path: null
      })
    }
  })

  it("are no object", () => {
    for (const text of ["null", "1", '"a"', "[]", "true", " [{}] "]) {
      assert.strictEqual(verdict("viewer", text), "invalid-event $", text)
    }
  })

  it("have a field that is not accepted; the first in the table's order decides", () => {
    assert.strictEqual(verdict("chat", "{}"), "invalid-event stream_id")
    assert.strictEqual(verdict("chat", '{"stream_id":null,"channel":null}'), "invalid-event stream_id")
    assert.strictEqual(verdict("chat", '{"stream_id":null,"channel":true}'), "invalid-event channel")
    assert.strictEqual(verdict("chat", '{"stream_id":"","channel":"c"}'), "invalid-event stream_id")
    assert.strictEqual(verdict("chat", '{"channel":"c"}'), "invalid-timestamp timestamp")
    assert.strictEqual(verdict("chat", '{"channel":"c","timestamp":"now","user_id":""}'), "invalid-timestamp timestamp")
    // The id precedes the user.
    assert.strictEqual(chatVerdict({ event_id: 1.5, user_id: "" }), "invalid-event event_id")
    assert.strictEqual(chatVerdict({ event_id: null, message_id: {} }), "invalid-event message_id")
    assert.strictEqual(chatVerdict({ user_id: "", message: 1 }), "invalid-event user_id")
    assert.strictEqual(chatVerdict({ user_id: null, username: [] }), "invalid-event username")
    assert.strictEqual(chatVerdict({ user_id: undefined }), "invalid-event user_id")
    assert.strictEqual(chatVerdict({ message: 1 }), "invalid-event message")
    assert.strictEqual(chatVerdict({ message: null, emotes: 1 }), "invalid-event message")
    assert.strictEqual(chatVerdict({ emotes: "Kappa" }), "invalid-event emotes")
    assert.strictEqual(chatVerdict({ emotes: {} }), "invalid-event emotes")
    assert.strictEqual(chatVerdict({ emotes: ["a", "b", "c", null, 4] }), "invalid-event emotes[3]")
    for (const viewers of [-1, 2_147_483_648, 1.5, "1", null, undefined, true]) {
      assert.strictEqual(viewerVerdict({ viewer_count: viewers }), "invalid-event viewer_count", String(viewers))
    }
    assert.strictEqual(viewerVerdict({ event_id: false, viewer_count: -1 }), "invalid-event event_id")
  })

  it("bound the stream's name", () => {
    assert.strictEqual(chatVerdict({ stream_id: "\u{1F600}".repeat(255) }), "accepted")
    assert.strictEqual(chatVerdict({ stream_id: "\u{1F600}".repeat(256) }), "invalid-event stream_id")
    assert.strictEqual(chatVerdict({ stream_id: "a\u0000" }), "invalid-event stream_id")
    // JSON.stringify writes a lone surrogate as an escape.
    assert.strictEqual(chatVerdict({ stream_id: "a\uD800" }), "invalid-event stream_id")
    assert.strictEqual(chatVerdict({ stream_id: 1.5 }), "invalid-event stream_id")
    assert.strictEqual(chatVerdict({ stream_id: 2 ** 53 }), "invalid-event stream_id")
  })

  it("exclude records that only seem odd", () => {
    assert.strictEqual(chatVerdict({ event_id: null, message_id: null, emotes: null, unknown: { a: [] } }), "accepted")
    assert.strictEqual(chatVerdict({ event_id: "", emotes: [] }), "accepted")
    // A viewer event has no message_id, no user, no text and no emotes.
    assert.strictEqual(viewerVerdict({ message_id: {}, user_id: "", message: 1, emotes: 1 }), "accepted")
    assert.strictEqual(viewerVerdict({ viewer_count: 2_147_483_647 }), "accepted")
    assert.strictEqual(viewerVerdict({ viewer_count: 0 }), "accepted")
  })

  it("read numbers as names, the last of two fields, and clean texts", () => {
    assert.deepStrictEqual(
      decoded(
        `{"stream_id":"x","stream_id":-0,"timestamp":${T0},"user_id":1e3,"message":"a\\u0000\\ud83d","emotes":["\\udc00",""]}`
      ),
      { kind: "chat", stream: "0", timeMs: T0, user: "1000", text: "a\uFFFD\uFFFD", emotes: ["\uFFFD", ""] }
    )
    assert.deepStrictEqual(
      decoded(`{"channel":-9007199254740991,"timestamp":${T0},"username":"\\u0000","message":"\\ud83d\\ude00"}`),
      { kind: "chat", stream: "-9007199254740991", timeMs: T0, user: "\uFFFD", text: "\u{1F600}", emotes: [] }
    )
  })

  it("come from too far ahead of the record's timestamp or of the clock", () => {
    const records = [
      record(3, written(5), at(0)),
      record(4, written(5.001), at(0)),
      record(7, written(5.001), -1),
      record(8, written(5.001), 0),
      record(9, written(5.001, { user_id: "" }), at(0)),
      { offset: 10n, timestampMs: at(0), value: null }
    ]
    assert.deepStrictEqual(deadOffsets(records, {}, []), [
      "4 future-timestamp timestamp",
      "8 future-timestamp timestamp",
      "9 invalid-event user_id"
    ])
    assert.deepStrictEqual(deadOffsets(records, { futureReference: "clock" }, [7n, 9n, 10n]), [
      "7 future-timestamp timestamp",
      "9 invalid-event user_id"
    ])
  })

  it("and tombstones move no watermark and are counted", () => {
    const { rows, deadLetters, counts } = recount(
      [
        input("chat", [], {
          topic: "t",
          partition: 4,
          records: [
            record(1, written(100), at(0)),
            { offset: 2n, timestampMs: at(100), value: null },
            record(5, written(100, { message: 1 })),
            record(6, written(1))
          ]
        })
      ],
      TUMBLING
    )
    assert.strictEqual(rows.length, 1)
    assert.deepStrictEqual(deadLetters, [
      { topic: "t", partition: 4, offset: 1n, reason: "future-timestamp", path: "timestamp" },
      { topic: "t", partition: 4, offset: 5n, reason: "invalid-event", path: "message" }
    ])
    assert.deepStrictEqual(
      [counts.records, counts.events, counts.late, counts.deadLetters, counts.tombstones, counts.acceptedChat],
      [4, 1, 0, 2, 1, 1]
    )
  })
})

describe("lost records", () => {
  it("are not read; their windows are incomplete", () => {
    const records = [written(5), written(15), written(25), written(35), written(46)].map((value, index) =>
      record(index, value)
    )
    const gaps = [{ fromOffset: 1n, toOffset: 3n, watermarkMs: at(10) }]
    const { rows, counts } = recount(
      [input("chat", [], { records, gaps }), input("viewer", audience(1, 1, 1, 1, 1, 1))],
      TUMBLING
    )
    assert.strictEqual(counts.acceptedChat, 3)
    // From the windows that end after 10 s to those that start at or before 35 s + 5 s.
    assert.deepStrictEqual(
      rows.map((row) => [inSeconds(row.startMs), row.chatCount, row.complete]),
      [
        [0, 1, true],
        [10, 0, false],
        [20, 0, false],
        [30, 1, false],
        [40, 1, false],
        [50, 0, true]
      ]
    )
  })

  it("at the end of what was read leave everything after them open", () => {
    const gaps = [{ fromOffset: 1n, toOffset: 9n, watermarkMs: at(0) }]
    const { rows } = recount([input("chat", chatter(1), { gaps }), input("viewer", audience(1, 1))], TUMBLING)
    assert.deepStrictEqual(
      rows.map((row) => row.complete),
      [false, false]
    )
  })
})

describe("time", () => {
  it("is text in ISO 8601", () => {
    const accepted: ReadonlyArray<readonly [string, number]> = [
      ["2024-01-01T00:00", 0],
      ["2024-01-01T00:00Z", 0],
      ["2024-01-01 00:00:07", 7],
      ["2024-01-01T00:00:07Z", 7],
      ["2024-01-01T00:00:07.1", 7.1],
      ["2024-01-01T00:00:07,12Z", 7.12],
      ["2024-01-01T00:00:07.1239999999999", 7.123],
      ["2024-01-01T00:00:59.999999Z", 59.999],
      ["2024-01-01T02:30+02:30", 0],
      ["2024-01-01T02:00:00.5+02", 0.5],
      ["2023-12-31T19:00:00-05", 0],
      ["2023-12-31T00:01-23:59", 0],
      ["2024-01-01T00:00-00:00", 0],
      ["2024-01-01T00:00+0000", 0],
      ["2024-01-01T02:30+0230", 0],
      ["2023-12-31 19:00:00 -0500", 0],
      ["2024-01-01T01:00 +01", 0],
      ["2024-01-01T01:00 +01:00", 0],
      ["2024-01-01 00:00:07 UTC", 7],
      ["2024-01-01T00:00:07.5UTC", 7.5],
      ["2024-01-01 00:00 GMT", 0],
      ["2024-01-01T00:00GMT", 0]
    ]
    for (const [text, seconds] of accepted) assert.strictEqual(parseTime(text), at(seconds), text)
    // 2000 is a leap year (divisible by 400); 366 days later it is 2001.
    assert.strictEqual(parseTime("2000-02-29T00:00Z"), 946_684_800_000 + 59 * 86_400_000)
    assert.strictEqual(parseTime("2001-01-01T00:00Z"), 946_684_800_000 + 366 * 86_400_000)
  })

  it("is no other text", () => {
    for (const text of [
      "",
      "2024-01-01",
      "2024-01-01T00",
      "2024-01-01t00:00Z",
      "2024-01-01T00:00z",
      "2024-01-01T00:00.5",
      "2024-01-01T00:00:00.",
      "2024-01-01T00:00:00.Z",
      "2024-01-01T00:00:60Z",
      "2024-01-01T00:60Z",
      "2024-01-01T24:00Z",
      "2024-01-01T00:00+24:00",
      "2024-01-01T00:00+00:60",
      "2024-01-01T00:00 Z",
      "2024-01-01T00:00  UTC",
      "2024-01-01T00:00UTC ",
      "2024-01-01T00:00 utc",
      "2024-01-01T00:00UT",
      "2024-01-01T00:00+000",
      "2024-01-01T00:00+2400",
      "2024-01-01T00:00+0060",
      "2024-01-01T00:00UTC+01",
      "01704067200",
      "+1704067200",
      "1704067200.",
      ".1704067200",
      "1.7e9",
      "1704067200 ",
      "1704067200000000000",
      "1_704_067_200",
      "2024-01-01  00:00",
      "2024-01-01\u00A000:00",
      "2024-01-01T00:00Z\n",
      " 2024-01-01T00:00Z",
      "2024-01-01T00:00\u221201:00",
      "2024-00-01T00:00",
      "2024-13-01T00:00",
      "2024-01-00T00:00",
      "2024-01-32T00:00",
      "2024-04-31T00:00",
      "2023-02-29T00:00",
      "2100-02-29T00:00",
      "+2024-01-01T00:00",
      "02024-01-01T00:00",
      "24-01-01T00:00",
      "\u0662024-01-01T00:00",
      "2024-1-1T00:00",
      "20240101T0000",
      "0099-12-31T23:30:00-01:00"
    ]) {
      assert.isUndefined(parseTime(text), text)
    }
  })

  it("is a number of seconds, milliseconds or microseconds, or its digits as text", () => {
    for (const value of [T0, T0 + 0.75, T0 / 1e3, T0 * 1e3, T0 * 1e3 + 999, T0 / 1e3 + 1e-7]) {
      assert.strictEqual(parseTime(value), T0, String(value))
      assert.strictEqual(parseTime(String(value)), T0, `text ${value}`)
    }
    // 1704067200.123 is no double; the nearest microsecond is exact.
    assert.strictEqual(parseTime(1704067200.123), T0 + 123)
    assert.strictEqual(parseTime("1704067200.1239999"), T0 + 124)
    assert.strictEqual(parseTime("1704067200.1239994"), T0 + 123)
    assert.strictEqual(parseTime(T0 * 1e3 + 7_999), T0 + 7)
    for (const value of [NaN, Infinity, -1, 0, true, null, undefined, {}, [T0]]) assert.isUndefined(parseTime(value))
  })

  it("is no number outside of the three ranges", () => {
    for (const unit of [1, 1e3, 1e6]) {
      assert.strictEqual(parseTime(946_684_800 * unit), 946_684_800_000)
      assert.isUndefined(parseTime(946_684_800 * unit - 1))
      assert.isUndefined(parseTime(4_102_444_800 * unit))
      assert.isDefined(parseTime(4_102_444_800 * unit - 1))
    }
    assert.strictEqual(parseTime(4_102_444_800_000_000 - 1), 4_102_444_799_999)
    assert.isUndefined(parseTime(1_704_067_200_000_000_000))
    assert.isUndefined(parseTime("0"))
  })

  it("lies from 2000 (closed) to 2100 (open)", () => {
    assert.strictEqual(parseTime("2000-01-01T00:00:00Z"), 946_684_800_000)
    assert.strictEqual(parseTime("1999-12-31T23:00-01:00"), 946_684_800_000)
    assert.isUndefined(parseTime("1999-12-31T23:59:59.999Z"))
    assert.isUndefined(parseTime("2000-01-01T00:00+00:01"))
    assert.strictEqual(parseTime("2099-12-31T23:59:59.999Z"), 4_102_444_799_999)
    assert.strictEqual(parseTime(4_102_444_799_999.9), 4_102_444_799_999)
    assert.isUndefined(parseTime(4_102_444_800_000))
    assert.isUndefined(parseTime("2100-01-01T00:00Z"))
    assert.isUndefined(parseTime(946_684_799_999.9))
  })
})

describe("sentiment", () => {
  it("scores tokens between white space, lower-cased", () => {
    assert.strictEqual(millionthsOf(""), 0)
    assert.strictEqual(millionthsOf("hello there"), 0)
    assert.strictEqual(millionthsOf("POG"), 1_000_000)
    assert.strictEqual(millionthsOf("pog!"), 0)
    assert.strictEqual(millionthsOf(" bad\tbad\u00A0good\u2028\uFEFF "), -333_333)
    assert.strictEqual(millionthsOf("good good bad"), 333_333)
    // U+212A, the Kelvin sign, is k in lower case.
    assert.strictEqual(millionthsOf("\u212Ae\u212Aw"), 1_000_000)
    // U+200B is not white space.
    assert.strictEqual(millionthsOf("good\u200B"), 0)
    assert.strictEqual(millionthsOf("constructor __proto__"), 0)
  })

  it("rounds a tie up, on both sides of zero", () => {
    // 2 / 256 of a million is 7812.5.
    assert.strictEqual(scoreOf(lovesAndHates(129, 127)).millionths, 7813)
    assert.strictEqual(scoreOf(lovesAndHates(127, 129)).millionths, -7812)
  })

  it("knows its words", () => {
    assertWords("love great awesome amazing excellent good best wonderful fantastic perfect happy thanks", 1_000_000)
    assertWords("lol haha nice cool fun enjoy excited pog pogchamp kekw", 1_000_000)
    assertWords("hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip", -1_000_000)
    assertWords("sad angry mad disappointed frustrated", -1_000_000)
  })

  it("counts a message as positive by its words, and the mean is zero without a sign", () => {
    const { rows } = recount(
      [input("chat", [written(1, { message: "bad good" }), written(1, { message: "hm" })])],
      TUMBLING
    )
    assert.deepStrictEqual([rows[0]?.positiveCount, rows[0]?.negativeCount], [0, 0])
    assert.isTrue(Object.is(rows[0]?.avgSentiment, 0))
  })
})

const allWrite = (users: string, message: string) => [...users].map((user_id) => written(1, { user_id, message }))

const crowd = (second: number, people: number, stream_id: string) =>
  Array.from({ length: people }, (_, user) => written(second, { stream_id, user_id: String(user) }))

const quiet = (stream_id: string) => Array.from({ length: 12 }, (_, slide) => written(10 * slide + 5, { stream_id }))

const evening = (stream_id: string) => [...quiet(stream_id), ...crowd(125, 20, stream_id), ...crowd(145, 60, stream_id)]

describe("slides", () => {
  /** 60 s every 10 s: spans of 20 s. */
  const minute = { sizeMs: 60_000 }

  it("hold what counts in the window and lies in its last 20 s, and the viewers of its last 10 s", () => {
    const chat = input("chat", [
      written(39.999, { user_id: "a" }),
      written(40, { user_id: "b" }),
      written(59.999, { user_id: "b" })
    ])
    const viewer = input("viewer", [watch(49.999, 5), watch(50, 7), watch(59.999, 8)])
    const last = sumsOf([chat, viewer], minute).filter(([endS]) => endS === 60)
    assert.deepStrictEqual(last, [[60, [1, 2, 0, 0, 0, 15, 2]]])
    // A row that only old messages gave: two windows of a minute end more than 20 s later, four in
    // all.
    assert.deepStrictEqual(sumsOf([input("chat", [written(5)])], minute), [
      [10, [1, 1, 0, 0, 0, 0, 0]],
      [20, [1, 1, 0, 0, 0, 0, 0]],
      ...[30, 40, 50, 60].map((endS) => [endS, [0, 0, 0, 0, 0, 0, 0]])
    ])
  })

  it("hold nothing that is late for the window", () => {
    // The watermark is 20 s: 15 s is late for the window that ends then, not for the next.
    const sums = sumsOf([input("chat", [written(25), written(15, { user_id: "v" })])], minute)
    assert.deepStrictEqual(sums.slice(0, 2), [
      [30, [2, 2, 0, 0, 0, 0, 0]],
      [40, [1, 1, 0, 0, 0, 0, 0]]
    ])
  })

  it("hold nothing that is cut, but the message of a user that is cut", () => {
    const limits = { ...DEFAULTS.limits, messagesPerWindow: 2, chatterCost: 0, leastPaneCost: 4 * 65 }
    // Room for one user of one byte in a stream, and for two messages.
    const { rows } = recount(
      [
        input(
          "chat",
          ["a", "b", "c"].map((user_id) => written(1, { user_id }))
        )
      ],
      { ...TUMBLING, limits }
    )
    assert.deepStrictEqual(
      rows.map(({ chatCount, reaction, uniqueChatters }) => [
        chatCount,
        uniqueChatters,
        reaction.people,
        reaction.messages
      ]),
      [[2, 1, 2, 2]]
    )
  })

  it("take the events of all inputs together", () => {
    const inputs = [
      input("chat", allWrite("abc", "love it")),
      input("chat", allWrite("cde", "Love  it"), { partition: 1 }),
      input("viewer", [watch(1, 5)]),
      input("viewer", [watch(1, 6)], { partition: 1 })
    ]
    // The words "love" and "it" are in every text; one text has score 1.
    assert.deepStrictEqual(sumsOf(inputs), [[10, [5, 6, 5, 1, 1_000_000, 11, 2]]])
  })

  it("are learned stream by stream, and only up to what is written", () => {
    const chat = input("chat", [written(1), written(2, { stream_id: "r" }), written(11), written(25)])
    const storedUpTo = (upToMs: number) =>
      recount([chat], TUMBLING, upToMs).learned.map(({ endMs, numbers, stream }) => [
        stream,
        inSeconds(endMs),
        numbers[1]
      ])
    assert.deepStrictEqual(storedUpTo(at(20)), [
      ["r", 10, 1],
      ["s", 10, 1],
      ["s", 20, 2]
    ])
    assert.deepStrictEqual(storedUpTo(at(30)).slice(3), [["s", 30, 3]])
  })

  it("report moments in order of stream, time and the type at first", () => {
    const { moments, rows } = recount([input("chat", evening("b")), input("chat", evening("a"), { partition: 1 })], {
      ...TUMBLING,
      warmUpMs: 1000
    })
    assert.deepStrictEqual(
      moments.map(({ endedAtMs, openedAs, stream, timestampMs }) => [
        stream,
        openedAs,
        inSeconds(timestampMs),
        inSeconds(endedAtMs)
      ]),
      ["a", "b"].flatMap((stream) => [
        [stream, "chat_spike", 120, 130],
        [stream, "chat_spike", 140, 150]
      ])
    )
    assert.deepStrictEqual(
      rows.filter(({ isAnomaly }) => isAnomaly).map(({ endMs, stream }) => [inSeconds(endMs), stream]),
      [130, 150].flatMap((endS) => ["a", "b"].map((stream) => [endS, stream]))
    )
  })
})
