/** The oracle's decoder against records whose results were worked out by hand. */
import { assert, describe, it } from "@effect/vitest"
import { decode, type FieldPointers, timePath } from "./Decode.ts"

const T0 = 1_704_067_200_000

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const EVENT = { stream_id: "s", timestamp: T0, user_id: "u", message: "m", emotes: ["Kappa"] }
const JSON_TEXT = JSON.stringify(EVENT)

const chat = (text: string, fields?: FieldPointers) => decode("chat", bytes(text), 1_048_576, fields)

/** The reason and path, or the stream, user and text. */
const short = (text: string, fields?: FieldPointers): string => {
  const decoded = chat(text, fields)
  if (decoded.kind === "dead") return `${decoded.reason} ${decoded.path}`
  return decoded.kind === "chat" ? `${decoded.stream}/${decoded.user}/${decoded.text}` : "viewer"
}

const envelope = (payload: string): string => `{"schema":{"type":"struct"},"payload":${payload}}`

describe("a wrapped value", () => {
  it("loses the prefix of a schema registry, whatever the id", () => {
    assert.strictEqual(short(`\0\0\0\0\x07${JSON_TEXT}`), "s/u/m")
    for (const id of [
      [0, 0, 0, 0],
      [255, 255, 255, 255],
      [123, 34, 92, 125]
    ])
      assert.strictEqual(decode("chat", Uint8Array.from([0, ...id, ...bytes(JSON_TEXT)]), 1_000_000).kind, "chat")
  })

  it("is no JSON if there is nothing behind the prefix, or another prefix", () => {
    for (const text of ["\0\0\0\0\0", "\0", "\0\0\0\0\0\0\0\0\0\0", `\x01\0\0\0\0${JSON_TEXT}`, `\0${JSON_TEXT}`])
      assert.strictEqual(short(text), "invalid-json null", JSON.stringify(text))
    assert.strictEqual(short("\0\0\0\0\0[]"), "invalid-event $")
  })

  it("counts whole for the limit", () => {
    const wrapped = bytes(`\0\0\0\0\0${JSON_TEXT}`)
    assert.strictEqual(decode("chat", wrapped, wrapped.length).kind, "chat")
    assert.strictEqual(decode("chat", wrapped, wrapped.length - 1).kind, "dead")
  })

  it("is a text or an envelope, each once, in either order", () => {
    const text = JSON.stringify
    for (const wrapped of [
      text(JSON_TEXT),
      envelope(JSON_TEXT),
      envelope(text(JSON_TEXT)),
      text(envelope(JSON_TEXT)),
      `\0\0\0\0\0${envelope(text(JSON_TEXT))}`,
      `{"payload":${JSON_TEXT},"schema":null}`,
      ` "${JSON_TEXT.replaceAll('"', "\\u0022")}" `
    ])
      assert.strictEqual(short(wrapped), "s/u/m", wrapped)
    for (const wrapped of [
      text(text(JSON_TEXT)),
      envelope(envelope(JSON_TEXT)),
      text(envelope(text(JSON_TEXT))),
      envelope(text(envelope(JSON_TEXT)))
    ])
      assert.include(short(wrapped), "invalid-event ", wrapped)
    assert.strictEqual(short(text(text(JSON_TEXT))), "invalid-event $")
    assert.strictEqual(short(envelope(envelope(JSON_TEXT))), "invalid-event stream_id")
  })

  it("is refused as no object if its text is not JSON, or its payload is no object", () => {
    for (const wrapped of [
      '"hello"',
      '""',
      '"{"',
      '"null"',
      '"\\ufeff{}"',
      envelope("null"),
      envelope("[]"),
      envelope('"x"')
    ])
      assert.strictEqual(short(wrapped), "invalid-event $", wrapped)
  })

  it("is an envelope with exactly two members", () => {
    assert.strictEqual(short(`{"schema":1,"payload":${JSON_TEXT},"x":1}`), "invalid-event stream_id")
    assert.strictEqual(short(`{"payload":${JSON_TEXT}}`), "invalid-event stream_id")
    assert.strictEqual(short(`{"Schema":1,"payload":${JSON_TEXT}}`), "invalid-event stream_id")
    assert.strictEqual(short(`{"schema":1,"payload":2,"schema":3,"payload":${JSON_TEXT}}`), "s/u/m")
  })

  it("keeps the envelope if a pointer of its kind names a member", () => {
    const wrapped = envelope(JSON_TEXT)
    const map = { stream: "/payload/stream_id", time: "/payload/timestamp", user: "/payload/user_id" }
    assert.strictEqual(short(wrapped, { chat: { ...map, text: "/payload/message" } }), "s/u/m")
    assert.strictEqual(short(wrapped, { chat: { id: "/schema/type" } }), "invalid-event stream_id")
    assert.strictEqual(short(wrapped, { viewer: { id: "/schema/type" } }), "s/u/m")
    assert.strictEqual(short(wrapped, { chat: { id: "/schemas" } }), "s/u/m")
  })
})

const record = (more: string): string => `{"timestamp":${T0},"user_id":"u","message":"m",${more}}`

const stream = (pointer: string, more: string): string => short(record(more), { chat: { stream: pointer } })

describe("a mapped field", () => {
  it("is read at its pointer only", () => {
    assert.strictEqual(stream("/channel/login", '"channel":{"login":"ada"}'), "ada/u/m")
    assert.strictEqual(stream("/channel/login", '"stream_id":"s"'), "invalid-event /channel/login")
    assert.strictEqual(
      stream("/channel/login", '"stream_id":"s","channel":{"login":null}'),
      "invalid-event /channel/login"
    )
    assert.strictEqual(stream("/a", '"a":"ada","stream_id":7,"channel":[]'), "ada/u/m")
  })

  it("is found by escaped keys, by indices, and in the last of two members", () => {
    for (const [pointer, more] of [
      ["/a~1b", '"a/b":"ada"'],
      ["/a~0b", '"a~b":"ada"'],
      ["/~01", '"~1":"ada"'],
      ["/~10", '"/0":"ada"'],
      ["/a/0", '"a":["ada"]'],
      ["/a/10", '"a":[0,1,2,3,4,5,6,7,8,9,"ada"]'],
      ["/a/0", '"a":{"0":"ada"}'],
      ["/a/01", '"a":{"01":"ada"}'],
      ["/a/1/b/0/c", '"a":[0,{"b":[{"c":"ada"}]}]'],
      ["/a/b", '"a":{"b":"no"},"a":{"b":"ada"}'],
      ["/a/b", '"a":{"b":"no","b":"ada"}'],
      ["/a/b", '"\\u0061":{"\\u0062":"ada"}'],
      ["/ a", '" a":"ada"'],
      ["/é", '"é":"ada"'],
      ["/🎉/x", '"\\ud83c\\udf89":{"x":"ada"}'],
      ["/__proto__", '"__proto__":"ada"'],
      ["/length", '"length":"ada"']
    ] as const)
      assert.strictEqual(stream(pointer, more), "ada/u/m", pointer)
  })

  it("is absent if there is nothing at the pointer", () => {
    for (const [pointer, more] of [
      ["/a/b", '"a":null'],
      ["/a/b", '"a":"b"'],
      ["/a/b", '"a":{"b":"no"},"a":null'],
      ["/a/b", '"a":{"b":"no"},"a":{"c":"no"}'],
      ["/a/0", '"a":"ada"'],
      ["/a/01", '"a":["x","ada"]'],
      ["/a/-", '"a":["ada"]'],
      ["/a/1", '"a":["ada"]'],
      ["/a/length", '"a":["ada"]'],
      ["/a/+0", '"a":["ada"]'],
      ["/a/0.0", '"a":["ada"]'],
      ["/a/4294967296", '"a":["ada"]'],
      ["/a/toString", '"a":{}'],
      ["/constructor/name", '"a":{}'],
      ["/__proto__", '"a":{}'],
      ["/A", '"a":"ada"']
    ] as const)
      assert.strictEqual(stream(pointer, more), `invalid-event ${pointer}`, pointer)
  })

  it("is the path of its fault, also of an element and of the time", () => {
    const map = { time: "/at", id: "/meta/id", emotes: "/meta/e" }
    const fault = (more: string): string =>
      short(`{"stream_id":"s","user_id":"u","message":"m",${more}}`, { chat: map })
    assert.strictEqual(fault('"timestamp":1704067200000'), "invalid-timestamp /at")
    assert.strictEqual(fault('"at":1704067200,"meta":{"id":[]}'), "invalid-event /meta/id")
    assert.strictEqual(fault('"at":1704067200,"meta":{"e":["a","b",3]}'), "invalid-event /meta/e/2")
    assert.strictEqual(fault('"at":1704067200,"meta":{"e":{}}'), "invalid-event /meta/e")
    assert.strictEqual(fault('"at":1704067200,"event_id":[],"emotes":7'), "s/u/m")
    assert.strictEqual(timePath("chat", { chat: map }), "/at")
    assert.strictEqual(timePath("viewer", { chat: map }), "timestamp")
  })

  it("begins inside of what is wrapped", () => {
    const inner = record('"channel":{"login":"ada"}')
    for (const wrapped of [`\0\0\0\0\0${inner}`, JSON.stringify(inner), envelope(inner)])
      assert.strictEqual(short(wrapped, { chat: { stream: "/channel/login" } }), "ada/u/m", wrapped)
  })

  it("belongs to its own kind", () => {
    const sample = bytes(`{"c":"ada","stream_id":"s","timestamp":${T0},"n":[5]}`)
    const of = (fields: FieldPointers) => decode("viewer", sample, 1000, fields)
    assert.deepStrictEqual(of({ viewer: { viewers: "/n/0", stream: "/c" } }), {
      kind: "viewer",
      stream: "ada",
      timeMs: T0,
      viewers: 5
    })
    assert.deepStrictEqual(of({ chat: { viewers: "/n/0" } }), {
      kind: "dead",
      reason: "invalid-event",
      path: "viewer_count"
    })
  })
})
