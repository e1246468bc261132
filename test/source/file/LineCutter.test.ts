import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { LineCutter } from "../../../src/source/file/LineCutter.ts"

const encoder = new TextEncoder()

/** The lines of bytes that come in chunks of the given sizes, the last size over and over. */
const cut = (bytes: Uint8Array, sizes: ReadonlyArray<number>, maxBytes = 1000): ReadonlyArray<Uint8Array> => {
  const cutter = new LineCutter(maxBytes)
  const lines: Array<Uint8Array> = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)] ?? 1
    cutter.push(bytes.slice(at, at + size))
    at += size
    for (let line = cutter.next(); line !== undefined; line = cutter.next()) lines.push(line)
  }
  const last = cutter.last()
  return last === undefined ? lines : [...lines, last]
}

const texts = (lines: ReadonlyArray<Uint8Array>): ReadonlyArray<string> =>
  lines.map((line) => Buffer.from(line).toString("latin1"))

describe("LineCutter", () => {
  it.each([
    ["", []],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\nb", ["a", "b"]],
    ["a\r\nb\r\n", ["a", "b"]],
    ["a\r", ["a"]],
    ["\n\n", ["", ""]],
    ["\r\n", [""]],
    ["a\rb\n", ["a\rb"]],
    ["a\r\r\n", ["a\r"]]
  ])("%j in chunks of any size", (text, expected) => {
    for (let size = 1; size <= 4; size++) assert.deepStrictEqual(texts(cut(Buffer.from(text), [size])), expected)
  })

  it.each([
    ["1234\n", "1234"],
    ["1234\r\n", "1234"],
    ["12345\n", "1234"],
    ["123\r5\n", "123\r"],
    ["123\r\n", "123"],
    ["1234567890", "1234"]
  ])("%j is cut at four bytes, and the next line is whole", (text, expected) => {
    const rest = text.endsWith("\n") ? "ab\n" : ""
    for (let size = 1; size <= 12; size++) {
      assert.deepStrictEqual(
        texts(cut(Buffer.from(text + rest), [size], 4)),
        rest === "" ? [expected] : [expected, "ab"]
      )
    }
  })

  it("keeps characters whole across chunks, and bytes that are no UTF-8 as they are", () => {
    const bytes = Uint8Array.of(...encoder.encode("añ👏"), 0x0a, 0xff, 0xfe, 0x80, 0x0a, 0xf0, 0x9f)
    for (let size = 1; size <= bytes.length; size++) {
      const lines = cut(bytes, [size]).map((line) => [...line])
      assert.deepStrictEqual(lines, [[...encoder.encode("añ👏")], [0xff, 0xfe, 0x80], [0xf0, 0x9f]])
    }
  })

  it.prop(
    "gives the same lines however the bytes are chunked",
    [
      Schema.Array(Schema.Literals(["\n", "\r", "a", "ÿ"])),
      Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
    ],
    ([letters, size]) => {
      const text = letters.join("")
      const bytes = Buffer.from(text, "latin1")
      const parts = text.split("\n")
      if (parts.at(-1) === "") parts.pop()
      const expected = parts.map((part) => (part.length <= 5 ? part.replace(/\r$/, "") : part.slice(0, 5)))
      assert.deepStrictEqual(texts(cut(bytes, [size], 5)), expected)
    }
  )
})
