/** The kernel and the shapes of producers: mapped fields, wrapped values and forms of time. */
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type FieldMap, type FieldName, fieldsOf, keysOf, parseFieldMap, SPELLINGS } from "../../src/domain/FieldMap.ts"
import { present } from "../../src/domain/Invariant.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { Kernel } from "../../src/kernel/Kernel.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { VALUES } from "../decode/JsonTexts.ts"
import { Random } from "../harness/Random.ts"
import { expectedFor, expectedOf, NO_LIMITS, recordsOf, scanAll } from "./Scan.ts"

const kernel = new Kernel(BaselineModel.words)

const mapOf = (kind: InputKind, text: string): FieldMap => {
  const parsed = parseFieldMap(kind, text)
  if (parsed._tag === "Problems") throw new Error(parsed.problems.join())
  return parsed.map
}

/** `undefined` = the built-in names. */
const MAPS: ReadonlyArray<readonly [kind: InputKind, map: FieldMap | undefined]> = [
  ["chat", undefined],
  ["viewer", undefined],
  ["chat", mapOf("chat", "stream=/channel/login,time=/ts,id=/id,user=/from/login,text=/body/text,emotes=/body/emotes")],
  ["chat", mapOf("chat", "stream=/a,time=/b,user=/c,text=/d,emotes=/e")],
  ["chat", mapOf("chat", "text=/m/text,time=/m/tmi-sent-ts")],
  ["chat", mapOf("chat", `user=${"/deep".repeat(8)},stream=/${"long".repeat(20)}1/x,id=/${"long".repeat(20)}2/x`)],
  ["chat", mapOf("chat", "stream=/größe/~1~0,user=/list/0,emotes=/none/x")],
  ["chat", mapOf("chat", "stream=/payload/room,text=/payload/message")],
  ["viewer", mapOf("viewer", "stream=/stream/name,viewers=/stream/viewers,time=/at")]
]

/** Places of fields, as a tree of keys. */
type Tree = Map<string, FieldName | Tree>

const treeOf = (kind: InputKind, map: FieldMap = {}): Tree => {
  const root: Tree = new Map()
  for (const field of fieldsOf(kind)) {
    const pointer = map[field]
    const keys = pointer === undefined ? [present(SPELLINGS[kind][field], "it has spellings")[0]] : keysOf(pointer)
    let node = root
    for (const key of keys.slice(0, -1)) {
      const inner = node.get(key)
      const next: Tree = inner instanceof Map ? inner : new Map()
      node.set(key, next)
      node = next
    }
    node.set(present(keys.at(-1), "a pointer has keys"), field)
  }
  return root
}

const TIMES = [
  "1767225600",
  "1767225600123",
  "1767225600123456",
  "1767225600.5",
  "1767225600.123456",
  "1767225600.9999994",
  "1767225600.1234567",
  "1767225600.12345678901234567890",
  "2147483648.999999",
  "946684800",
  "946684799.9999999",
  "4102444799.9999999",
  "4102444800",
  "1767225600123.5",
  "1767225600e3",
  "17672256001234567",
  '"1767225600"',
  '"1767225600.25"',
  '"01767225600"',
  '"1767225600."',
  '"2026-01-01T00:00:00Z"',
  '"2026-01-01T00:00:00.123456+00:00"',
  '"2026-01-01 00:00:00+0000"',
  '"2026-01-01T00:00:00+00"',
  '"2026-01-01 00:00:00.5 UTC"',
  '"2026-01-01 00:00:00 GMT"',
  '"2026-01-01T00:00:00"',
  '"2026-01-01T00:00:00.000"',
  '"2026-01-01T00:00:00.000000"',
  '"2026-01-01T00:00:00+05:00"',
  '"2026-01-01T00:00:00-00"',
  '"2026-01-01T00:00+00:00"'
]

const GOOD: Readonly<Record<FieldName, ReadonlyArray<string>>> = {
  stream: ['"s"', "12", '"größe"', '"\\u00e9"'],
  time: TIMES,
  id: ['"x"', "7", "null"],
  user: ['"u"', "42", '"名前"'],
  text: ['"pog bad"', '""', '"a\\nb 🎉"'],
  emotes: ["[]", '["Kappa"]', '["a" , "b"]', "null"],
  viewers: ["0", "3", "2147483647"]
}

const OTHERS = ["x", "größe", "a\\nb", "__proto__", "login", "text", "0", "stream_id", "message", "schema", "payload"]

const blank = (random: Random): string => (random.chance(0.1) ? random.pick([" ", "\n", "\t\r "]) : "")

const escaped = (key: string): string => `\\u${key.charCodeAt(0).toString(16).padStart(4, "0")}${key.slice(1)}`

const keyText = (random: Random, key: string): string => (random.chance(0.02) ? escaped(key) : key)

const anyValue = (random: Random): string =>
  random.chance(0.3)
    ? random.pick(["-1", "-0.5e+3", "1e-7", '{"ü":["é",{"a":-2}]}', '[1.5,"\\u00e9"]', '"\\ud800"', "1.", "-", "1e"])
    : (random.among(VALUES) ?? "")

const objectText = (random: Random, tree: Tree, odd: number): string => {
  const members: Array<string> = []
  const add = (key: string, value: string) =>
    members.push(`${blank(random)}"${keyText(random, key)}"${blank(random)}:${blank(random)}${value}${blank(random)}`)
  for (const [key, inner] of tree) {
    if (random.chance(odd / 4)) continue
    for (let times = random.chance(odd / 8) ? 2 : 1; times > 0; times--) {
      const value = random.chance(odd / 4)
        ? anyValue(random)
        : inner instanceof Map
          ? objectText(random, inner, odd)
          : (random.among(GOOD[inner]) ?? "")
      add(key, value)
    }
  }
  while (random.chance(odd > 0 ? 0.5 : 0.2)) {
    members.splice(
      random.between(0, members.length),
      0,
      `"${random.pick(OTHERS as [string, ...Array<string>])}":${odd > 0 ? anyValue(random) : "7"}`
    )
  }
  return `{${members.join(",")}}`
}

const wrapped = (random: Random, text: string): Uint8Array => {
  const inner = random.chance(0.2)
    ? `${blank(random)}{"schema"${blank(random)}:${random.pick(['{"type":"struct"}', "null", '["é"]', "{"])},${blank(random)}"payload":${text}${random.chance(0.1) ? ',"x":1' : ""}}`
    : text
  const bytes = Buffer.from(`${inner}${blank(random)}`)
  return random.chance(0.2) ? Buffer.concat([Buffer.from([random.chance(0.9) ? 0 : 1, 0, 0, 0, 9]), bytes]) : bytes
}

const recordOf = (random: Random, tree: Tree, odd: number): Uint8Array => {
  const bytes = Uint8Array.from(wrapped(random, objectText(random, tree, odd)))
  if (random.chance(odd / 4)) bytes[random.between(0, bytes.length - 1)] = random.between(0, 255)
  return bytes
}

const longPointer = (letter: string): string => `/${letter.repeat(30)}`.repeat(8)

describe("the kernel, with shapes of producers", () => {
  const taken = MAPS.map(() => 0)
  const left = MAPS.map(() => 0)

  it.prop(
    "returns the event that the parser returns, or leaves the record",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 }))],
    ([seed]) => {
      const random = new Random(seed)
      const index = random.between(0, MAPS.length - 1)
      const [kind, map] = present(MAPS[index], "the index is of a map")
      const tree = treeOf(kind, map)
      const odd = random.pick([0, 0.3, 1])
      const texts = Array.from({ length: 20 }, () => recordOf(random, tree, odd))
      for (const [at, actual] of scanAll(kernel, kind, recordsOf(texts), NO_LIMITS, map).entries()) {
        const text = present(texts[at], "each record has a text")
        const expected = expectedOf(kind, text, map)
        if (actual === undefined && expected !== undefined) left[index] = (left[index] ?? 0) + 1
        if (actual === undefined) continue
        taken[index] = (taken[index] ?? 0) + 1
        assert.deepStrictEqual(actual, expectedFor(actual, expected), Buffer.from(text).toString())
      }
    },
    { arbitrary: { runs: 1500, seed: 6 } }
  )

  it("took many records of every mapping, and more than half of those that are events", () => {
    for (const [index, count] of taken.entries()) {
      const [, map] = present(MAPS[index], "the index is of a map")
      const name = `${JSON.stringify(map)}: ${count} taken, ${left[index]} left`
      // An element of an array is left to the parser.
      if (map?.user === "/list/0") continue
      assert.isAbove(count, 300, name)
      assert.isBelow(left[index] ?? 0, count, name)
    }
  })

  it("takes the usual forms of a mapped record whole", () => {
    const [kind, map] = present(MAPS[2], "there is a nested mapping")
    const texts = [
      "1767225600",
      "1767225600123",
      "1767225600123456",
      "1767225600.1234567",
      '"2026-01-01T00:00:00+00:00"'
    ].map((time) =>
      Buffer.from(
        `{"v":1.5,"ts":${time},"channel":{"id":-1,"login":"s","title":"größe"},"from":{"login":"u","color":null,"tags":{"ü":["é"]}},"body":{"emotes":["Kappa"],"text":"pog"},"id":"x"}`
      )
    )
    for (const event of scanAll(kernel, kind, recordsOf(texts), NO_LIMITS, map)) {
      const { emotes, stream, text, timeMs } = present(event, "the record is usual")
      assert.deepStrictEqual([stream.text, text, emotes?.length], ["s", "pog", 1])
      assert.strictEqual(Math.floor(timeMs / 1000), 1_767_225_600)
    }
  })

  it("scans each batch under its own mapping", () => {
    const [one, other] = [mapOf("chat", "stream=/a"), mapOf("chat", "stream=/b")]
    const text = Buffer.from('{"a":"A","b":"B","stream_id":"S","timestamp":1767225600000,"user_id":"u","message":""}')
    const streamUnder = (map: FieldMap | undefined) =>
      scanAll(kernel, "chat", recordsOf([text]), NO_LIMITS, map)[0]?.stream.text
    const streams = [one, other, undefined, one, one, undefined, other].map(streamUnder)
    assert.deepStrictEqual(streams, ["A", "B", "S", "A", "A", "S", "B"])
  })

  it("has room for the largest mapping", () => {
    const letters = ["草", "ö", "か", "字", "中", "文"]
    const map = mapOf(
      "chat",
      fieldsOf("chat")
        .map((field, index) => `${field}=${longPointer(letters[index] ?? "")}`)
        .join()
    )
    assert.deepStrictEqual(scanAll(kernel, "chat", recordsOf([Buffer.from("{}")]), NO_LIMITS, map), [undefined])
  })
})
