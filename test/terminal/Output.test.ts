import { assert, it } from "@effect/vitest"
import { cut, jsonLine, table, widthOf } from "../../src/terminal/Output.ts"

it("JSON that acts on no terminal and is still the same JSON", () => {
  const value = { a: "\u001b[2J\u202e\u009b", b: "\u2028", c: "line\nline", d: "日本", e: "back\\u001b" }
  const line = jsonLine(value)
  assert.notMatch(line, /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/) // oxlint-disable-line no-control-regex -- what must not be in it
  assert.deepStrictEqual(JSON.parse(line), value)
})

it("columns that text takes", () => {
  assert.strictEqual(widthOf("abc"), 3)
  assert.strictEqual(widthOf("日本"), 4)
  assert.strictEqual(widthOf("e\u0301"), 1)
  assert.strictEqual(widthOf("😀"), 2)
})

it("text is cut where it does not fit", () => {
  assert.strictEqual(cut("abcdef", 6), "abcdef")
  assert.strictEqual(cut("abcdef", 5), "abcd…")
  assert.strictEqual(cut("日本語", 5), "日本…")
  assert.strictEqual(cut("日本語", 4), "日…")
})

it("a table is aligned, its last column cut, its cells escaped", () => {
  const lines = table(
    [
      { title: "NAME", align: "left" },
      { title: "N", align: "right" },
      { title: "TEXT", align: "left" }
    ],
    [
      ["日本", "7", "short"],
      ["a\nb", "1,234", "x".repeat(50)]
    ],
    40
  )
  assert.deepStrictEqual(lines, [
    "NAME          N  TEXT",
    "日本          7  short",
    `a\\u000ab  1,234  ${"x".repeat(22)}…`
  ])
})
