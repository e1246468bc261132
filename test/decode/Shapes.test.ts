/** The shapes in which producers write events: wrapped values, mapped fields, forms of time. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { decodeBatch } from "../../src/decode/BatchDecoder.ts"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import { parseTimestamp } from "../../src/decode/Timestamp.ts"
import { type FieldMap, parseFieldMap } from "../../src/domain/FieldMap.ts"
import { OffsetRuns } from "../../src/domain/OffsetRuns.ts"
import type { ReadSettings } from "../../src/domain/Settings.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { recordsOf } from "../kernel/Scan.ts"
import { readable } from "./Readable.ts"

const TIME_MS = 1_767_225_600_123

const SETTINGS: ReadSettings = {
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "clock",
  maxEventBytes: 100_000
}

const event = { stream_id: "s", timestamp: TIME_MS, user_id: "u", message: "hi" }

/** The event in words, or the reason with the path. */
const outcomeOf = (value: string | Uint8Array, map?: FieldMap, kind: InputKind = "chat"): string => {
  const settings = map === undefined ? SETTINGS : { ...SETTINGS, fields: { [kind]: map } }
  const bytes = typeof value === "string" ? Buffer.from(value) : value
  const decoded = decodeRecord(kind, { timestampMs: -1, value: bytes }, settings, TIME_MS + 1e9)
  if (Result.isFailure(decoded)) return `${decoded.failure.reason} ${decoded.failure.path}`
  const { stream, timeMs, ...rest } = readable(decoded.success)
  return [
    stream,
    timeMs,
    "user" in rest ? `${rest.user}: ${rest.text} ${rest.emotes.join()}`.trim() : rest.viewers
  ].join(" ")
}

const GOOD = outcomeOf(JSON.stringify(event))

const json = (value: unknown): string => JSON.stringify(value)

const prefixed = (text: string): Uint8Array => Buffer.concat([Buffer.from([0, 1, 2, 3, 4]), Buffer.from(text)])
const inEnvelope = (payload: unknown): unknown => ({ schema: { type: "struct" }, payload })

describe("a wrapped value", () => {
  it("is read without a setting, whatever wraps it", () => {
    const values = [
      prefixed(json(event)),
      json(json(event)),
      json(inEnvelope(event)),
      json({ payload: event, schema: null }),
      json(json(inEnvelope(event))),
      json(inEnvelope(json(event))),
      prefixed(json(json(inEnvelope(event)))),
      ` ${json(` ${json(event)}\n`)} `
    ]
    for (const value of values) assert.strictEqual(outcomeOf(value), GOOD, String(value))
  })

  it("is unwrapped once, and not searched", () => {
    const cases: ReadonlyArray<readonly [value: string | Uint8Array, outcome: string]> = [
      [json(json(json(event))), "invalid-event $"],
      [json(json(inEnvelope(json(event)))), "invalid-event $"],
      [json(inEnvelope(inEnvelope(event))), "invalid-event stream_id"],
      [json({ schema: {}, payload: event, version: 1 }), "invalid-event stream_id"],
      [json({ payload: event }), "invalid-event stream_id"],
      [json({ schema: null, payload: null }), "invalid-event $"],
      [json({ schema: null, payload: [event] }), "invalid-event $"],
      [json([event]), "invalid-event $"],
      [json("hello"), "invalid-event $"],
      [json(`\ufeff${json(event)}`), "invalid-event $"],
      [prefixed(`\ufeff${json(event)}`), "invalid-json null"],
      [prefixed(""), "invalid-json null"],
      [Buffer.concat([Buffer.from([1, 1, 2, 3, 4]), Buffer.from(json(event))]), "invalid-json null"],
      [Buffer.concat([Buffer.from([0]), prefixed(json(event))]), "invalid-json null"]
    ]
    for (const [value, outcome] of cases) assert.strictEqual(outcomeOf(value), outcome, String(value))
  })

  it("keeps its envelope if pointers begin with its members", () => {
    const value = json(inEnvelope({ channel: "s", user_id: "u", message: "hi", at: TIME_MS }))
    const map = { stream: "/payload/channel", time: "/payload/at", user: "/payload/user_id", text: "/payload/message" }
    assert.strictEqual(outcomeOf(value, map), GOOD)
    assert.strictEqual(outcomeOf(value, { ...map, stream: "/channel" }), "invalid-event /channel")
    assert.strictEqual(outcomeOf(value, { time: "/at" }), GOOD)
  })

  it("counts with its wrapping against MAX_EVENT_BYTES", () => {
    const value = prefixed(json(event))
    const reasonAt = (maxEventBytes: number) =>
      Result.match(decodeRecord("chat", { timestampMs: -1, value }, { ...SETTINGS, maxEventBytes }, TIME_MS), {
        onSuccess: () => "event",
        onFailure: ({ reason }) => reason
      })
    assert.deepStrictEqual([reasonAt(value.length - 1), reasonAt(value.length)], ["too-large", "event"])
  })
})

describe("a mapped field", () => {
  const map: FieldMap = {
    stream: "/channel/login",
    time: "/at",
    id: "/ids/0",
    user: "/from/~0a~1b",
    text: "/body/text",
    emotes: "/body/emotes"
  }
  const good = {
    channel: { login: "s" },
    at: TIME_MS,
    from: { "~a/b": "u" },
    body: { text: "hi", emotes: ["Kappa"] },
    ids: ["x"]
  }

  it("is read at its pointer, and others by their spellings", () => {
    assert.strictEqual(outcomeOf(json(good), map), `${GOOD} Kappa`)
    const value = { ...event, stream_id: true, channel: { login: "s" } }
    assert.strictEqual(outcomeOf(json(value), { stream: "/channel/login" }), GOOD)
    assert.strictEqual(
      outcomeOf('{"timestamp":1767225600123,"stream_id":"s","counts":[1,7]}', { viewers: "/counts/1" }, "viewer"),
      `s ${TIME_MS} 7`
    )
  })

  it("has no second spelling, and is absent if nothing is there", () => {
    const cases: ReadonlyArray<readonly [value: unknown, outcome: string]> = [
      [{ ...good, channel: { login: null }, stream_id: "other" }, "invalid-event /channel/login"],
      [{ ...good, channel: "s" }, "invalid-event /channel/login"],
      [{ ...good, channel: [{ login: "s" }] }, "invalid-event /channel/login"],
      [{ ...good, at: "yesterday" }, "invalid-timestamp /at"],
      [{ ...good, at: undefined, timestamp: TIME_MS }, "invalid-timestamp /at"],
      [{ ...good, at: TIME_MS + 2e9 }, "future-timestamp /at"],
      [{ ...good, ids: [{}] }, "invalid-event /ids/0"],
      [{ ...good, ids: [] }, `${GOOD} Kappa`],
      [{ ...good, from: {} }, "invalid-event /from/~0a~1b"],
      [{ ...good, body: { text: "hi" }, emotes: ["x"] }, GOOD],
      [{ ...good, body: { text: "hi", emotes: ["a", 1] } }, "invalid-event /body/emotes/1"],
      [{ ...good, body: { text: "hi", emotes: "a" } }, "invalid-event /body/emotes"]
    ]
    for (const [value, outcome] of cases) assert.strictEqual(outcomeOf(json(value), map), outcome, json(value))
    assert.strictEqual(outcomeOf(json({ ...event, emotes: [1] }), { emotes: "/none" }), GOOD)
  })

  it("counts in the last of repeated members, with everything in it", () => {
    const value = json(event).replace("{", '{"channel":{"login":"a"},"channel":{"login":"s","login":"b"},')
    assert.strictEqual(outcomeOf(value, { stream: "/channel/login" }), GOOD.replace("s ", "b "))
    const last = json(event).replace("{", '{"channel":{"login":"a"},"channel":{},')
    assert.strictEqual(outcomeOf(last, { stream: "/channel/login" }), "invalid-event /channel/login")
  })

  it("is read under the mapping of the first reading, also in a batch that crosses a change", () => {
    const under = (fields: FieldMap): ReadSettings => ({ ...SETTINGS, fields: { chat: fields } })
    const [first, second] = [under({ stream: "/a" }), under({ stream: "/b" })]
    const { stream_id: _, ...rest } = event
    const values = ["s0", "s1", "s2", "s3"].map((name) =>
      Buffer.from(json({ ...rest, stream_id: `${name}-built-in`, a: `${name}-a`, b: `${name}-b` }))
    )
    const streamsOf = (untilOffset: bigint, earlier: ReadonlyArray<readonly [bigint, ReadSettings]>) => {
      const { events } = decodeBatch(
        { topic: "t", partition: 0, kind: "chat" },
        { input: 0, records: recordsOf(values), nextOffset: 4n },
        TIME_MS,
        second,
        {
          untilOffset,
          earlier: earlier.map(([until, settings]) => ({ untilOffset: until, settings })),
          futureOffsets: new OffsetRuns()
        },
        BaselineModel
      )
      return Array.from({ length: events.count }, (_, index) =>
        Buffer.from(events.bytes.subarray(events.of(index, 0), events.of(index, 1))).toString()
      )
    }
    assert.deepStrictEqual(streamsOf(0n, []), ["s0-b", "s1-b", "s2-b", "s3-b"])
    assert.deepStrictEqual(
      streamsOf(3n, [
        [1n, SETTINGS],
        [2n, first]
      ]),
      ["s0-built-in", "s1-a", "s2-b", "s3-b"]
    )
  })
})

describe("a time", () => {
  it("has the unit of its size", () => {
    const cases: ReadonlyArray<readonly [value: unknown, timeMs: number | undefined]> = [
      [1_767_225_600, 1_767_225_600_000],
      [1_767_225_600.123, TIME_MS],
      [2_147_483_648.035, 2_147_483_648_035],
      [1_767_225_600.999_999, 1_767_225_600_999],
      ["1767225600.9999999", 1_767_225_601_000],
      [TIME_MS, TIME_MS],
      [TIME_MS + 0.9, TIME_MS],
      [1_767_225_600_123_999, TIME_MS],
      ["1767225600.123", TIME_MS],
      ["1767225600123", TIME_MS],
      ["1767225600123456", TIME_MS],
      [946_684_799.999, undefined],
      [946_684_800, 946_684_800_000],
      [4_102_444_799.999, 4_102_444_799_999],
      ["4102444799.9999999", undefined],
      [4_102_444_800, undefined],
      [946_684_799_999, undefined],
      [4_102_444_800_000, undefined],
      [946_684_799_999_999, undefined],
      [946_684_800_000_000, 946_684_800_000],
      [4_102_444_799_999_999, 4_102_444_799_999],
      [4_102_444_800_000_000, undefined],
      [TIME_MS * 1e6, undefined],
      [-1_767_225_600, undefined],
      ["-1767225600", undefined],
      ["+1767225600", undefined],
      ["01767225600", undefined],
      ["1767225600.", undefined],
      [".5", undefined],
      ["1.7672256e9", undefined],
      [" 1767225600", undefined],
      ["1767225600\n", undefined],
      ["", undefined],
      ["20260101", undefined],
      ["20260101000000", undefined],
      [true, undefined],
      [[1_767_225_600], undefined]
    ]
    for (const [value, timeMs] of cases) {
      assert.strictEqual(parseTimestamp(value) as number | undefined, timeMs, JSON.stringify(value))
    }
  })

  it.prop(
    "in decimal seconds is exact to a microsecond",
    [
      Schema.Int.check(Schema.isBetween({ minimum: 946_684_800, maximum: 4_102_444_799 })),
      Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 999_999 }))
    ],
    ([seconds, micros]) => {
      const text = `${seconds}.${String(micros).padStart(6, "0")}`
      const timeMs = seconds * 1000 + Math.floor(micros / 1000)
      assert.strictEqual(parseTimestamp(text) as number | undefined, timeMs, text)
      assert.strictEqual(parseTimestamp(JSON.parse(text)) as number | undefined, timeMs, text)
    },
    { arbitrary: { runs: 5000, seed: 5 } }
  )

  it("has a zone in many forms", () => {
    const zones: ReadonlyArray<readonly [zone: string, hours: number | undefined]> = [
      ["", 0],
      ["Z", 0],
      ["+00:00", 0],
      ["+0000", 0],
      ["-0000", 0],
      ["+00", 0],
      [" UTC", 0],
      ["UTC", 0],
      [" GMT", 0],
      [" +0000", 0],
      [" -03:30", -3.5],
      ["+0530", 5.5],
      ["-23", -23],
      ["  UTC", undefined],
      [" Z", undefined],
      [" utc", undefined],
      ["z", undefined],
      ["UTC+1", undefined],
      [" +0000 UTC", undefined],
      ["+0", undefined],
      ["+000", undefined],
      ["+24", undefined],
      ["+0060", undefined],
      [" CET", undefined],
      [" ", undefined]
    ]
    for (const [zone, hours] of zones) {
      const expected = hours === undefined ? undefined : Date.UTC(2026, 0, 1, 12, 0, 0, 500) - hours * 3_600_000
      for (const clock of ["2026-01-01T12:00:00.5", "2026-01-01 12:00:00,500999"]) {
        assert.strictEqual(parseTimestamp(clock + zone) as number | undefined, expected, clock + zone)
      }
    }
  })
})

/** The events of a record that is read again, under a release of plain forms or of all. */
const countReread = (value: string, plain: boolean) => {
  const settings: ReadSettings = plain ? { ...SETTINGS, plainOnly: true } : SETTINGS
  const { events, rereadEvents } = decodeBatch(
    { topic: "t", partition: 0, kind: "chat" },
    { input: 0, records: recordsOf([Buffer.from(value)]), nextOffset: 1n },
    TIME_MS,
    SETTINGS,
    { untilOffset: 1n, earlier: [{ untilOffset: 1n, settings }], futureOffsets: new OffsetRuns() },
    BaselineModel
  )
  assert.strictEqual(events.count, rereadEvents)
  return events.count
}

describe("a record that an earlier release has read", () => {
  it("counts in a re-read only if it was an event then", () => {
    const later = [
      json(json(event)),
      json({ schema: null, payload: event }),
      `\0\0\0\0\u0001${json(event)}`,
      ...[
        1_767_225_600,
        1_767_225_600_123_456,
        "1767225600",
        "2026-01-01 00:00:00 UTC",
        "2026-01-01T00:00:00+0000"
      ].map((timestamp) => json({ ...event, timestamp }))
    ]
    const always = [
      json(event),
      json({ ...event, timestamp: "2026-01-01 00:00:00,5+00:00" }),
      json({ ...event, timestamp: "2026-01-01T00:00Z", emotes: ["\n"] }),
      json({ ...event, timestamp: TIME_MS - 0.5 })
    ]
    for (const value of later)
      assert.deepStrictEqual([countReread(value, false), countReread(value, true)], [1, 0], value)
    for (const value of always)
      assert.deepStrictEqual([countReread(value, false), countReread(value, true)], [1, 1], value)
  })
})

const textOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
const mapIn = (text: string): FieldMap => {
  const [, fields = ""] = /CHAT_FIELDS="?([^"`\s]+)/.exec(text) ?? []
  const parsed = parseFieldMap("chat", fields)
  assert.strictEqual(parsed._tag, "Map", fields)
  return parsed._tag === "Map" ? parsed.map : {}
}
const example = (path: string, heading: string, value: RegExp) => {
  const text = textOf(path).split(heading)[1] ?? ""
  return outcomeOf(value.exec(text)?.[1] ?? "", mapIn(text))
}

describe("the documents", () => {
  it("map the records that they show", () => {
    const deployment = example("docs/deployment.md", "## Producers with other names", /```json\n(.*)\n/)
    assert.strictEqual(deployment, "ada 1767225600000 bo: GG GG")
    const semantics = example("docs/SEMANTICS.md", "### Mapped fields", /the record `(\{.*\})`/)
    assert.strictEqual(semantics, "ada 1767225600000 7: hi")
  })
})
