import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import { ChatEventSchema, ViewerEventSchema } from "../../src/decode/WireEvent.ts"
import type { Event } from "../../src/domain/Event.ts"
import type { ReadSettings } from "../../src/domain/Settings.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { decode as decodeByOracle } from "../oracle/Decode.ts"
import { FIELDS } from "./JsonTexts.ts"
import { readable } from "./Readable.ts"

const settings: ReadSettings = {
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: 10_000,
  futureReference: "record",
  maxEventBytes: 2000
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const decode = (kind: InputKind, value: Uint8Array) =>
  decodeRecord(kind, { timestampMs: -1, value }, settings, Number.POSITIVE_INFINITY)

/** The event as a producer would send it. */
const wire = (event: Event): unknown => {
  const texts = readable(event)
  const { _tag, stream, timeMs, id, ...rest } =
    texts._tag === "chat" ? Schema.encodeSync(ChatEventSchema)(texts) : Schema.encodeSync(ViewerEventSchema)(texts)
  const common = { stream_id: stream, timestamp: timeMs, event_id: id }
  return "user" in rest
    ? { ...common, user_id: rest.user, message: rest.text, emotes: rest.emotes }
    : { ...common, viewer_count: rest.viewers }
}

const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
/** Values in the place of a field: right ones, nearly right ones, wrong ones. */
const value = Schema.Union([
  Schema.String,
  Schema.Int,
  Schema.Finite,
  Schema.Null,
  Schema.Boolean,
  Schema.Array(Schema.Union([Schema.String, Schema.Int])),
  Schema.Literals([
    "2026-01-01T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2028-02-29 12:30",
    "2026-01-01T00:00:00.123456789+05:30",
    "2026-01-01T00:00:00-23",
    "0099-12-31T23:30:00-01:00",
    "1999-12-31T23:59:59.999Z",
    "2099-12-31T23:59:59.999Z",
    "2026-01-01T24:00:00Z",
    "a\u0000b",
    "\uD800"
  ])
])
const record = Arbitrary.array(Arbitrary.schema(Schema.Tuple([Schema.Literals(FIELDS), value])), { maxLength: 12 })
const GOOD = {
  stream_id: "s",
  timestamp: 1767225600000,
  user_id: "u",
  message: "hi",
  viewer_count: 3
}

const outcome = (kind: InputKind, bytes: Uint8Array): unknown => {
  const decoded = decode(kind, bytes)
  if (Result.isFailure(decoded)) return decoded.failure
  const again = decode(kind, encode(wire(decoded.success)))
  assert.deepStrictEqual(Result.map(again, readable), Result.map(decoded, readable))
  return readable(decoded.success)
}

describe("decoding", () => {
  it.prop(
    "never throws, whatever the bytes",
    [Arbitrary.array(Arbitrary.schema(byte), { maxLength: 3000 })],
    ([bytes]) => {
      const raw = Uint8Array.from(bytes)
      for (const kind of ["chat", "viewer"] as const) outcome(kind, raw)
    },
    { arbitrary: { runs: 200, seed: 3 } }
  )

  it.prop(
    "agrees with the oracle field by field, and what it accepts it re-encodes and decodes to the same event",
    [record, Schema.Boolean],
    ([fields, good]) => {
      // On a good record, so that single faults are seen, too.
      const bytes = encode({ ...(good ? GOOD : {}), ...Object.fromEntries(fields) })
      for (const kind of ["chat", "viewer"] as const) {
        const expected = decodeByOracle(kind, bytes, settings.maxEventBytes)
        const actual = outcome(kind, bytes)
        const seen = actual as Record<string, unknown> // either an event or a rejection: both are records
        if ("reason" in expected) {
          assert.deepStrictEqual(
            { reason: seen["reason"], path: seen["path"] },
            { reason: expected.reason, path: expected.path }
          )
        } else {
          assert.strictEqual(seen["stream"], expected.stream)
          assert.strictEqual(seen["timeMs"], expected.timeMs)
        }
      }
    },
    { arbitrary: { runs: 2000, seed: 4 } }
  )

  it("accepts an event exactly as far ahead of record and clock as allowed, and none further", () => {
    const { maxFutureSkewMs } = settings
    const earliestMs = GOOD.timestamp - maxFutureSkewMs
    const reasonAt = (timestampMs: number, clockMs: number): string | undefined => {
      const decoded = decodeRecord("chat", { timestampMs, value: encode(GOOD) }, settings, clockMs)
      return Result.isFailure(decoded) ? decoded.failure.reason : undefined
    }
    assert.strictEqual(reasonAt(earliestMs, earliestMs), undefined)
    assert.strictEqual(reasonAt(-1, earliestMs), undefined)
    assert.strictEqual(reasonAt(earliestMs - 1, earliestMs), "future-timestamp")
    assert.strictEqual(reasonAt(earliestMs, earliestMs - 1), "future-timestamp")
  })

  it("survives any nesting and any number of digits, in any place", () => {
    const deep = 200_000
    const arrays = "[".repeat(deep) + "]".repeat(deep)
    const objects = '{"":'.repeat(deep) + "0" + "}".repeat(deep)
    const digits = "9".repeat(deep)
    const large = { ...settings, maxEventBytes: 2 ** 24 }
    const fields = { stream_id: '"s"', timestamp: "1767225600000", user_id: '"u"', message: '"m"', emotes: "[]" }
    const reasonOf = (text: string): string => {
      const record = { timestampMs: -1, value: new TextEncoder().encode(text) }
      const result = decodeRecord("chat", record, large, Number.POSITIVE_INFINITY)
      return Result.isSuccess(result) ? "event" : `${result.failure.reason} ${result.failure.path}`
    }
    const withField = (name: string, value: string): string =>
      reasonOf(
        `{${Object.entries({ ...fields, [name]: value })
          .map(([key, text]) => `"${key}":${text}`)
          .join()}}`
      )
    for (const value of [arrays, objects, digits, `-${digits}e${digits}`]) {
      assert.strictEqual(withField("unknown", value), "event")
      for (const field of ["stream_id", "user_id", "message"]) {
        assert.strictEqual(withField(field, value), `invalid-event ${field}`)
      }
      assert.strictEqual(withField("emotes", `[${value}]`), "invalid-event emotes[0]")
      assert.strictEqual(withField("timestamp", value), "invalid-timestamp timestamp")
    }
    assert.strictEqual(reasonOf(arrays), "invalid-event $")
    assert.strictEqual(reasonOf("[".repeat(deep)), "invalid-json null")
  })
})
