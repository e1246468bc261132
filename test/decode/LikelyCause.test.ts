import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import { likelyCause } from "../../src/decode/LikelyCause.ts"
import type { FieldMaps } from "../../src/domain/FieldMap.ts"
import type { InputKind } from "../../src/domain/Task.ts"

const NOW_MS = Date.UTC(2026, 5, 1)
const settings = {
  watermarkDelayMs: 0,
  maxFutureSkewMs: 60_000,
  futureReference: "clock",
  maxEventBytes: 1000
} as const

const event = { stream_id: "s", timestamp: NOW_MS, user_id: "u", message: "visit evil.example" }
const json = JSON.stringify(event)
const sample = JSON.stringify({ stream_id: "s", timestamp: NOW_MS, viewer_count: 7 })

const causeOf = (kind: InputKind, value: Uint8Array, fields: FieldMaps = {}): string => {
  const decoded = decodeRecord(kind, { timestampMs: NOW_MS, value }, { ...settings, fields }, NOW_MS)
  return Result.isFailure(decoded) ? likelyCause(kind, value, decoded.failure, fields) : "accepted"
}

const prefixed = (id: number, text: string) => {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(id, 1)
  return Buffer.concat([prefix, Buffer.from(text)])
}

const cases: ReadonlyArray<readonly [what: string, kind: InputKind, value: Uint8Array | string, cause: string]> = [
  ["a schema registry's prefix before text", "chat", prefixed(7, "text"), "schema id 7"],
  ["a schema registry's prefix before Avro", "viewer", prefixed(4_000_000_000, "\u0002s"), "schema id 4000000000"],
  ["an empty value", "chat", "", "the value is empty"],
  ["gzip by the producer", "chat", gzipSync(json), "by gzip itself"],
  ["a byte order mark in UTF-16", "chat", Buffer.from(`\uFEFF${json}`, "utf16le"), "UTF-16"],
  ["UTF-16 without a mark", "chat", Buffer.from(json, "utf16le"), "UTF-16"],
  ["a serialized Java object", "chat", Buffer.from([0xac, 0xed, 0, 5, 0x74]), "serialized Java object"],
  ["several lines", "chat", `${json}\n${json}`, "one event per record"],
  ["a Python dict", "chat", "{'stream_id': 's'}", "single quotes"],
  ["a value that was cut off", "chat", json.slice(0, 30), "cut off"],
  ["plain text", "chat", "hello", "no JSON"],
  ["XML", "chat", "<event/>", "XML"],
  ["a JSON array", "chat", `[${json}]`, "JSON array"],
  ["JSON in JSON in JSON", "chat", JSON.stringify(JSON.stringify(json)), "encoded as JSON three times"],
  ["a text", "chat", '"hello"', "a JSON string, no object"],
  ["an empty envelope", "chat", '{"schema":null,"payload":null}', "no JSON object"],
  ["an envelope with more", "chat", JSON.stringify({ schema: {}, payload: event, v: 1 }), "begin with /payload"],
  ["CloudEvents", "chat", JSON.stringify({ specversion: "1.0", data: event }), "begin with /data"],
  ["Debezium's envelope", "chat", JSON.stringify({ op: "c", before: null, after: event }), "ExtractNewRecordState"],
  ["events of the other topic", "chat", sample, "valid viewer event"],
  ["events of the other topic, reversed", "viewer", json, "valid chat event"],
  ["nanoseconds", "chat", JSON.stringify({ ...event, timestamp: NOW_MS * 1e6 }), "in nanoseconds"],
  ["seconds since the start", "chat", JSON.stringify({ ...event, timestamp: 12.5 }), "no time from 2000 to 2099"],
  ["another format of time", "chat", JSON.stringify({ ...event, timestamp: "1 June" }), "missing or in another format"],
  ["a clock that is ahead", "chat", JSON.stringify({ ...event, timestamp: NOW_MS + 3_600_000 }), "MAX_FUTURE_SKEW"],
  ["a missing field", "chat", JSON.stringify({ ...event, user_id: undefined }), "CHAT_FIELDS maps them"],
  ["a long value", "chat", JSON.stringify({ ...event, message: "m".repeat(2000) }), "MAX_EVENT_BYTES"]
]

describe("the likely cause", () => {
  for (const [what, kind, value, cause] of cases) {
    it(`of ${what}`, () => {
      const found = causeOf(kind, typeof value === "string" ? Buffer.from(value) : value)
      assert.include(found, cause)
      assert.notInclude(found, "evil")
    })
  }

  const chat = { stream: "/channel/login", time: "/at", emotes: "/icons" }
  const nested = { channel: { login: "s" }, at: NOW_MS, user_id: "u", message: "visit evil.example" }
  const mapped: ReadonlyArray<readonly [what: string, value: unknown, cause: string]> = [
    ["nothing", nested, "accepted"],
    ["the built-in names", event, "it is a valid event by the built-in names of fields, but CHAT_FIELDS"],
    ["nothing at a pointer", { ...nested, channel: {} }, "nothing at this pointer of CHAT_FIELDS"],
    ["a wrong type at a pointer", { ...nested, channel: { login: true } }, "another type"],
    ["a wrong element at a pointer", { ...nested, icons: [1] }, "another type"],
    ["no time at a pointer", { ...nested, at: undefined }, "nothing at this pointer of CHAT_FIELDS"],
    ["nanoseconds at a pointer", { ...nested, at: NOW_MS * 1e6 }, "in nanoseconds"],
    ["a missing field without a pointer", { ...nested, message: undefined }, "CHAT_FIELDS maps them"],
    ["events of the other topic", { room: "s", timestamp: NOW_MS, viewer_count: 1 }, "valid viewer event"]
  ]
  for (const [what, value, cause] of mapped) {
    it(`under a mapping, of ${what}`, () => {
      const fields = { chat, viewer: { stream: "/room" } }
      const found = causeOf("chat", Buffer.from(JSON.stringify(value)), fields)
      assert.include(found, cause)
      assert.notInclude(found, "evil")
    })
  }
})
