import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isUtf8 } from "node:buffer"
import { Load } from "../../bench/Load.ts"
import { scanIso } from "../../src/decode/IsoScan.ts"
import { scanEvent } from "../../src/decode/Scanner.ts"
import { MAX_EMOTES_PER_EVENT, MAX_TEXT_BYTES } from "../../src/domain/Limits.ts"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { NOT_YET_SCORED } from "../../src/domain/Score.ts"
import { Kernel } from "../../src/kernel/Kernel.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { JsonText, jsonBytesOf } from "../decode/JsonTexts.ts"
import { expectedFor, expectedOf, NO_LIMITS, recordsOf, scanAll, type Scanned } from "./Scan.ts"

const KINDS = ["chat", "viewer"] as const

const kernel = new Kernel(BaselineModel.words)

const encoder = new TextEncoder()

const bytesOf = (text: string): Uint8Array => encoder.encode(text)

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const chat = (message: string, emotes: ReadonlyArray<string> = []): Uint8Array =>
  encoder.encode(JSON.stringify({ stream_id: "s", timestamp: 1767225600000, user_id: "u", message, emotes }))

/** Chat whose message is these bytes. */
const chatOf = (message: Uint8Array): Uint8Array =>
  Buffer.concat([
    encoder.encode('{"stream_id":"s","timestamp":1767225600000,"user_id":"u","message":"'),
    message,
    encoder.encode('"}')
  ])

/** The text with everything beyond ASCII escaped, as by json.dumps of Python. */
const escaped = (text: string): string =>
  text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)

/** Chat of so many bytes. */
const ofLength = (length: number): Uint8Array => chat("m".repeat(length - chat("").length))

/** Whether the bytes are a text without escapes. */
const isPlain = (bytes: Uint8Array): boolean =>
  isUtf8(bytes) && !bytes.some((byte) => byte < 0x20 || byte === 0x22 || byte === 0x5c)

/**
 * Compares the events of all texts with the twin's. Returns how many the scanner takes, and how
 * many of those the kernel misses. Then how many further ones it takes, and how many scores are
 * left.
 */
const compare = (kind: (typeof KINDS)[number], texts: ReadonlyArray<Uint8Array>) => {
  const scanned = scanAll(kernel, kind, recordsOf(texts))
  assert.strictEqual(scanned.length, texts.length)
  const result = { usual: 0, missed: 0, further: 0, left: 0 }
  for (const [index, text] of texts.entries()) {
    const actual = scanned[index]
    const isUsual = scanEvent(kind, text) !== undefined
    if (isUsual) result.usual++
    if (isUsual && actual === undefined) result.missed++
    if (actual === undefined) continue
    if (!isUsual) result.further++
    if (actual.score === NOT_YET_SCORED) result.left++
    assert.deepStrictEqual(actual, expectedFor(actual, expectedOf(kind, text)), Buffer.from(text).toString())
  }
  return result
}

/** The result of a comparison in which the kernel takes what the scanner takes, with its score. */
const whole = (usual: number) => ({ usual, missed: 0, further: 0, left: 0 })

const messageAt = (scanned: ReadonlyArray<Scanned | undefined>, index: number): string | undefined =>
  scanned[index]?.text

describe("the kernel", () => {
  let usual = 0
  let missed = 0
  let further = 0

  it.prop(
    "returns the event that its twin returns, or leaves the record",
    [Schema.Array(JsonText).check(Schema.isMaxLength(30))],
    ([texts]) => {
      for (const kind of KINDS) {
        const compared = compare(kind, texts.map(jsonBytesOf))
        usual += compared.usual
        missed += compared.missed
        further += compared.further
      }
    },
    { arbitrary: { runs: 300, size: 50, seed: 1 } }
  )

  it("takes every record that the scanner takes, and some with escapes", () => {
    assert.isAbove(usual, 1000)
    assert.strictEqual(missed, 0)
    assert.isAbove(further, 30)
  })

  it.prop(
    "reads arbitrary bytes without harm, and records with replaced bytes as the scanner does",
    [
      Schema.Array(Schema.Uint8Array).check(Schema.isMaxLength(5)),
      Schema.Array(Schema.Struct({ place: between(0, 500), byte: between(0, 255) })).check(Schema.isMaxLength(3))
    ],
    ([bytes, replaced]) => {
      for (const kind of KINDS) {
        const record = chat("привет pog 🎉 it’s", ["Kappa", "LUL"])
        for (const { byte, place } of replaced) record[place % record.length] = byte
        compare(kind, [...bytes, record, record.subarray(0, 60), ...bytes.map(chatOf)])
      }
    },
    { arbitrary: { runs: 500, size: 50, seed: 2 } }
  )

  it("takes the load of the benchmark whole", () => {
    const load = new Load({ seed: 1, chatEvents: 100_000, streams: 100, partitions: 1, seconds: 600 })
    for (const kind of KINDS) {
      const texts = Array.from({ length: 5000 }, (_, index) => load.recordAt(kind, 0, index).value)
      assert.deepStrictEqual(compare(kind, texts), whole(5000))
    }
  })

  it("takes chat in any script whole", () => {
    const words = "pog Привет СПАСИБО größe déjà 草 すごい 🎉 😂😂 it’s “wow” LOVE ñandú bad ﷽ 한국어 trash".split(" ")
    const texts = Array.from({ length: 3000 }, (_, index) =>
      chat(
        Array.from({ length: index % 13 }, (_, n) => words[(index * 7 + n * n * 3) % words.length]).join(" "),
        index % 3 === 0 ? ["Kappa", ""] : []
      )
    )
    assert.deepStrictEqual(compare("chat", texts), whole(3000))
  })

  it("ends words and scores as the scanner and the model do, at every length", () => {
    const texts = Array.from({ length: 300 }, (_, length) => [
      chat("x".repeat(length)),
      chat(`${" ".repeat(length)}pog`),
      chat(`lol${" ".repeat(length % 20)}${"é".repeat(length)}`),
      chat("good ".repeat(length) + "bad"),
      chat(`${"a".repeat(length % 40)} disappointed DISAPPOINTED fisappointed ${"b".repeat(length)}`)
    ]).flat()
    assert.deepStrictEqual(compare("chat", texts), whole(1500))
  })

  it("reads only the first words, and cuts no character", () => {
    const texts = Array.from({ length: 12 }, (_, index) => [
      chat("x".repeat(MAX_TEXT_BYTES - index) + "é🎉".repeat(10)),
      chat(`${"🎉".repeat(MAX_TEXT_BYTES / 4 - 2)}${"y".repeat(index)} pog bad`),
      chat(`${"🎉".repeat(MAX_TEXT_BYTES / 4)}${"y".repeat(index)} pog`),
      chat(`${"lol ".repeat(MAX_TEXT_BYTES / 4)}${"bad ".repeat(index)}`)
    ]).flat()
    assert.deepStrictEqual(compare("chat", texts), whole(48))
  })

  it("leaves the score of a text exactly if a character of it changes the words", () => {
    const texts: Array<Uint8Array> = []
    const changes: Array<boolean> = []
    // Between them are only ideographs, syllables, surrogates and private characters.
    for (let code = 0x80; code < 0x10500; code = code === 0x33ff ? 0xf900 : code + 1) {
      const character = String.fromCodePoint(code)
      texts.push(chat(`pog${character}bad`))
      // White space, or in lower case an ASCII letter.
      changes.push(/\s/.test(character) || /^[a-z]+$/.test(character.toLowerCase()))
    }
    const scanned = scanAll(kernel, "chat", recordsOf(texts))
    assert.deepStrictEqual(
      scanned.map((event) => event?.score === NOT_YET_SCORED),
      changes
    )
  })

  it("accepts UTF-8 as Node does", () => {
    const messages: Array<Uint8Array> = []
    const boundaries = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff]
    for (let first = 0x80; first < 0x100; first++) {
      messages.push(Uint8Array.of(first))
      for (let second = 0x20; second < 0x100; second++) messages.push(Uint8Array.of(first, second))
      for (const second of boundaries) {
        for (const third of boundaries) {
          messages.push(Uint8Array.of(first, second, third))
          for (const fourth of [0x00, 0x7f, 0x80, 0xbf, 0xc0])
            messages.push(Uint8Array.of(first, second, third, fourth))
        }
      }
    }
    // At every place of a text that takes some vectors.
    for (let at = 0; at < 64; at++) {
      const text = encoder.encode("x".repeat(at) + "é" + "x".repeat(64 - at))
      messages.push(
        text,
        Uint8Array.from(text, (byte) => (byte === 0xa9 ? 0x78 : byte))
      )
    }
    const scanned = scanAll(kernel, "chat", recordsOf(messages.map(chatOf)))
    assert.deepStrictEqual(
      messages.map((_, index) => messageAt(scanned, index)),
      messages.map((message) => (isPlain(message) ? Buffer.from(message).toString() : undefined))
    )
  })

  it.prop(
    "takes any text whose characters beyond ASCII are escaped, unless the parser changes it",
    [Schema.String, Schema.String],
    ([user, message]) => {
      const event = { stream_id: "s", timestamp: 1767225600000, user_id: `u${user}`, message, note: message + user }
      const text = encoder.encode(escaped(JSON.stringify(event)))
      const isChanged = Object.values(event).some((value) => !String(value).isWellFormed() || `${value}`.includes("\0"))
      const { further, usual } = compare("chat", [text, text])
      if (!isChanged && text.length < 200) assert.strictEqual(usual + further, 2, Buffer.from(text).toString())
    },
    { arbitrary: { runs: 1000, size: 30, seed: 3 } }
  )

  it("reads every escape, and leaves what is none", () => {
    const messages: Array<string> = []
    for (let code = 0; code < 0x10000; code += code < 0x300 ? 1 : 13) {
      const hex = code.toString(16).padStart(4, "0")
      messages.push(`a\\u${hex}b`, `\\u${hex.toUpperCase()}`)
    }
    for (let letter = 0x20; letter < 0x7f; letter++) messages.push(`pog\\${String.fromCharCode(letter)}bad`)
    for (const high of ["d800", "dbff", "dc00", "0041"]) {
      for (const next of ["", "x", "\\n", "\\u", "\\u0041", "\\ud800", "\\udc00", "\\uDFFF", "\\udc0", "\\udc0g"]) {
        messages.push(`lol \\u${high}${next} lol`)
      }
    }
    messages.push("\\", "\\u", "\\u1", "\\u12", "\\u123", "\\u12 4", "é\\u00e9\\n", "\\u00e9\u0001")
    const raw = [Uint8Array.of(0xc3), Uint8Array.of(0xe2, 0x82)].map((bytes) =>
      Buffer.concat([bytes, encoder.encode("\\u0041"), bytes])
    )
    const { further, left, missed } = compare("chat", [...messages.map(bytesOf), ...raw].map(chatOf))
    assert.strictEqual(missed, 0)
    // White space, control characters, and the Kelvin sign.
    assert.isAbove(left, 60)
    assert.isAbove(further, 9000)
  })

  it("completes no character by the bytes of a text that it has left", () => {
    const text = encoder.encode("\\u0041é草🎉")
    // Each is cut within a character. The record before has the rest of it, and no end.
    const texts = [1, 2, 3, 5, 6, 8].flatMap((missing) => [
      Buffer.concat([chatOf(text), encoder.encode("x")]),
      chatOf(text.subarray(0, text.length - missing))
    ])
    const scanned = scanAll(kernel, "chat", recordsOf(texts))
    assert.deepStrictEqual(
      scanned,
      texts.map(() => undefined)
    )
  })

  it("leaves names that are too long without their escapes, and takes others", () => {
    const texts = [254, 255, 256].flatMap((length) => [
      `{"stream_id":"${"\\u0061".repeat(length)}","timestamp":1767225600000,"user_id":"u","message":""}`,
      `{"stream_id":"s","timestamp":1767225600000,"username":"${"\\u0061".repeat(length)}","message":""}`
    ])
    assert.strictEqual(compare("chat", texts.map(bytesOf)).further, 4)
  })

  it("reads times as the scanner does", () => {
    const times: Array<string> = []
    const parts = ["1999", "2000", "2024", "2026", "2099", "2100", "20a6"]
    for (const year of parts) {
      for (let month = 0; month <= 13; month++) {
        for (const day of ["00", "01", "28", "29", "30", "31", "32"]) {
          times.push(`${year}-${String(month).padStart(2, "0")}-${day}T23:59:59.999Z`)
        }
      }
    }
    const time = "2026-01-31T12:34:56.123456Z"
    for (let at = 0; at < time.length; at++) {
      for (const other of "09:-T Z.a/") times.push(time.slice(0, at) + other + time.slice(at + 1))
      times.push(time.slice(0, at), `${time.slice(0, at)}Z`)
    }
    for (const clock of ["24:00:00", "23:60:00", "23:59:60", "00:00:00"]) times.push(`2026-01-31T${clock}Z`)
    times.push("1999-12-31T23:59:59.999Z", "2000-01-01T00:00:00Z", "2099-12-31T23:59:59.999Z", "2100-01-01T00:00:00Z")
    const texts = times.map((timestamp) =>
      encoder.encode(JSON.stringify({ stream_id: "s", timestamp, viewer_count: 1 }))
    )
    const { further, missed, usual } = compare("viewer", texts)
    assert.strictEqual(missed, 0)
    assert.isAbove(usual, 200)
    // Without a zone.
    assert.isAbove(further, 5)
    const { bytes, end, start } = utf8Of(time)
    assert.strictEqual(
      scanAll(kernel, "viewer", recordsOf([texts[times.indexOf(time)] ?? bytes]))[0]?.timeMs,
      scanIso(bytes, start, end)
    )
  })

  it("reads numbers and literals as the scanner does", () => {
    const edges = [0, 946_684_800_000, 4_102_444_800_000, 2 ** 31, 1e14, 1e15].flatMap((edge) => [
      edge - 1,
      edge,
      edge + 1
    ])
    const numbers = [...edges.map(String), "00", "01", "1.5", "1e3", "1E3", "1x", "-0"]
    const literals = ["true", "false", "null"].flatMap((word) => [
      word,
      word.slice(0, -1),
      `${word.slice(0, -1)}x`,
      `${word}x`
    ])
    const texts = [...numbers, ...literals].flatMap((value) => [
      `{"stream_id":"s","timestamp":${value},"viewer_count":1}`,
      `{"stream_id":"s","timestamp":1767225600000,"viewer_count":${value}}`,
      `{"stream_id":${value},"timestamp":1767225600000,"viewer_count":1}`,
      `{"stream_id":"s","timestamp":1767225600000,"viewer_count":1,"note":${value}}`,
      `{"stream_id":"s","timestamp":1767225600000,"viewer_count":1,"note":[{"a":${value}}, ${value} ]}`
    ])
    const chats = [...numbers, ...literals].flatMap((value) => [
      `{"stream_id":"s","timestamp":1767225600000,"user_id":${value},"message":"m"}`,
      `{"stream_id":"s","timestamp":1767225600000,"user_id":"u","message":${value}}`,
      `{"stream_id":"s","timestamp":1767225600000,"user_id":"u","message":"m","emotes":${value}}`,
      `{"stream_id":"s","timestamp":1767225600000,"user_id":"u","message":"m","emotes":["x",${value}]}`
    ])
    // Seconds and microseconds, and unused numbers of any form.
    assert.deepStrictEqual(compare("viewer", texts.map(bytesOf)), { ...whole(57), further: 20 })
    assert.deepStrictEqual(compare("chat", chats.map(bytesOf)), whole(16))
  })

  it("keeps the first emotes, and counts the others", () => {
    const emotes = Array.from({ length: MAX_EMOTES_PER_EVENT + 10 }, (_, index) => `emote_${index}`)
    const texts = [emotes, emotes.slice(10), [], ["x".repeat(255)], [""]].map((list) => chat("hi", list))
    assert.deepStrictEqual(compare("chat", texts), whole(5))
    assert.deepStrictEqual(compare("chat", [chat("hi", ["x".repeat(256)])]), whole(0))
    // The shortest emotes fill their part of the memory most.
    const shortest = Array.from({ length: 300 }, () =>
      chat(
        "",
        Array.from({ length: MAX_EMOTES_PER_EVENT }, () => "")
      )
    )
    assert.deepStrictEqual(compare("chat", shortest), whole(300))
  })

  it("leaves records without value, with too many bytes, and from the future", () => {
    const [first, second, third] = [chat("a"), chat("bb"), chat("c")]
    const records = recordsOf([first, second, third])
    const left = (limits: Partial<typeof NO_LIMITS>) =>
      scanAll(kernel, "chat", records, { ...NO_LIMITS, ...limits }).map((event) => event === undefined)
    assert.deepStrictEqual(left({}), [false, false, false])
    assert.deepStrictEqual(left({ maxBytes: first.length }), [false, true, false])
    const now = 1767225600000
    assert.deepStrictEqual(left({ clockMs: now - 1000, maxSkewMs: 1000 }), [false, false, false])
    assert.deepStrictEqual(left({ clockMs: now - 1001, maxSkewMs: 1000 }), [true, true, true])
    records.timestampsMs.set([now - 1000, now - 1001, -1])
    assert.deepStrictEqual(left({ maxSkewMs: 1000 }), [false, false, false])
    assert.deepStrictEqual(left({ maxSkewMs: 1000, isByRecord: true }), [false, true, false])
    records.ends[1] = -1
    assert.deepStrictEqual(left({}), [false, true, false])
  })

  it("reads a batch larger than its memory part by part, up to the last byte of the memory", () => {
    const most = 2 ** 20
    for (const lengths of [
      [most],
      [most + 1],
      [100, most, 100],
      [most - 100, 100, 100],
      [most - 100, 101, most + 1, most + 1, 100, most - 100],
      Array.from({ length: 3000 }, () => 128)
    ]) {
      const texts = lengths.map(ofLength)
      const missed = lengths.filter((length) => length > most).length
      assert.deepStrictEqual(compare("chat", texts), { ...whole(lengths.length), missed }, lengths.slice(0, 6).join())
    }
  })

  it("numbers the emotes and words of a part from the given numbers on", () => {
    const part = kernel.scan("chat", undefined, recordsOf([chat("a b", ["x"]), chat("c", ["y", "z"])]), 0, NO_LIMITS, {
      emote: 100,
      word: 1000,
      text: 0
    })
    assert.deepStrictEqual([...part.events.subarray(10, 15)], [100, 101, 0, 1000, 1002])
    assert.deepStrictEqual([...part.events.subarray(25, 30)], [101, 103, 0, 1002, 1003])
  })

  it("leaves all scores to a model without words", () => {
    const scanned = scanAll(new Kernel(undefined), "chat", recordsOf([chat("pog"), chat("x")]))
    assert.deepStrictEqual(
      scanned.map((event) => event?.score),
      [NOT_YET_SCORED, NOT_YET_SCORED]
    )
  })
})
