import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Piece } from "../../../src/replay/formats/Format.ts"
import { JsonCutter, type Members } from "../../../src/replay/formats/JsonCutter.ts"

const cut = (
  text: string,
  sizes: ReadonlyArray<number>,
  members?: Members,
  maxBytes?: number
): ReadonlyArray<Piece> => {
  const cutter = new JsonCutter(members, maxBytes)
  const bytes = Buffer.from(text)
  const pieces: Array<Piece> = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[Math.min(i, sizes.length - 1)] ?? 1)
    cutter.push(bytes.subarray(at, at + size))
    at += size
    for (let piece = cutter.next(); piece !== undefined; piece = cutter.next()) pieces.push(piece)
  }
  const last = cutter.last()
  return last === undefined ? pieces : [...pieces, last]
}

const values = (pieces: ReadonlyArray<Piece>): ReadonlyArray<unknown> =>
  pieces.map(({ bytes, fault }) => (fault === undefined ? JSON.parse(Buffer.from(bytes).toString("utf8")) : fault))

const MEMBERS = { entered: new Set(["comments"]), kept: new Set(["streamer", "comments"]) }

describe("JsonCutter", () => {
  it.prop(
    "gives the elements of an array and the members of an object, in any chunks",
    [
      Arbitrary.array(
        Arbitrary.schema(
          Schema.Union([
            Schema.String,
            Schema.Finite,
            Schema.Boolean,
            Schema.Array(Schema.String),
            Schema.Struct({ a: Schema.String, '"': Schema.Array(Schema.Finite) })
          ])
        ),
        { maxLength: 8 }
      ),
      Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))), {
        minLength: 1,
        maxLength: 5
      })
    ],
    ([elements, sizes]) => {
      for (const indent of [0, 2]) {
        assert.deepStrictEqual(
          values(cut(JSON.stringify(elements, null, indent), sizes)),
          JSON.parse(JSON.stringify(elements))
        )
        const document = { other: elements, streamer: elements, comments: elements, end: { comments: elements } }
        const pieces = cut(JSON.stringify(document, null, indent), sizes, MEMBERS)
        assert.deepStrictEqual(values(pieces), JSON.parse(JSON.stringify([elements, ...elements])))
        assert.deepStrictEqual(
          pieces.map(({ name }) => name),
          ["streamer", ...elements.map(() => "comments")]
        )
      }
    },
    { arbitrary: { runs: 200 } }
  )

  it("gives documents one after the other, with a byte order mark", () => {
    for (let size = 1; size < 6; size++) {
      assert.deepStrictEqual(values(cut('\uFEFF{"a": 1}\n{\n"b": [2]}', [size])), [{ a: 1 }, { b: [2] }])
    }
  })

  it("a value that is too long is cut, and the next ones are whole", () => {
    const pieces = cut(`[1,"${"x".repeat(100)}",[${"2,".repeat(50)}2],3]`, [7], undefined, 20)
    assert.deepStrictEqual(
      pieces.map(({ bytes, fault }) => [bytes.length, fault]),
      [
        [1, undefined],
        [20, "long"],
        [20, "long"],
        [1, undefined]
      ]
    )
  })

  it("a document that is cut off ends in a fault, wherever it is cut", () => {
    const document = '{"streamer":{"n":"}\\""},"comments":[{"a":[1]},"x"]}'
    for (let length = 1; length < document.length; length++) {
      assert.strictEqual(cut(document.slice(0, length), [3], MEMBERS).at(-1)?.fault, "cut", document.slice(0, length))
    }
    assert.deepStrictEqual(values(cut(document, [3], MEMBERS)), [{ n: '}"' }, { a: [1] }, "x"])
  })

  it("a damaged string spoils its line only", () => {
    const pieces = cut('[\n{"a": "broken},\n{"a": 2}\n]', [4])
    assert.isAtLeast(pieces.length, 1)
    assert.isBelow(pieces.length, 4)
  })

  it("a million brackets, or members, take neither memory nor stack", () => {
    const deep = cut("[".repeat(1_000_000), [65_536])
    assert.strictEqual(deep.at(-1)?.fault, "cut")
    const many = cut(`{${'"x":1,'.repeat(200_000)}"comments":[5]}`, [65_536], MEMBERS)
    assert.deepStrictEqual(values(many), [5])
  })
})
