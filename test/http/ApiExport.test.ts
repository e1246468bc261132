import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { MomentItem } from "../../src/api/Moments.ts"
import { formatOf, lines } from "../../src/http/Export.ts"
import { cellOf, columnsOf } from "../../src/http/FlatColumns.ts"
import { parseCsv } from "../harness/Rfc4180.ts"

describe("the format is what Accept prefers", () => {
  it.each([
    [undefined, "json"],
    ["", "json"],
    ["*/*", "json"],
    ["application/json", "json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", "json"],
    ["image/png", "json"],
    ["text/csv", "csv"],
    ["TEXT/CSV; charset=utf-8", "csv"],
    ["text/*", "csv"],
    ["application/x-ndjson", "ndjson"],
    ["application/ndjson", "ndjson"],
    ["application/json, text/csv", "json"],
    ["text/csv, application/json", "csv"],
    ["application/json;q=0.5, text/csv;q=0.9", "csv"],
    ["application/json; q=0.5 , application/x-ndjson ; q=0.501", "ndjson"],
    ["text/csv;q=0", "json"],
    ["text/csv;q=0, */*", "json"],
    ["text/csv;q=0.1, */*;q=0", "csv"],
    ["text/csvx, xtext/csv", "json"],
    ["__proto__, constructor", "json"]
  ])("%s: %s", (accept, format) => {
    assert.strictEqual(formatOf(accept), format)
  })
})

const item = (name: string) => ({ name, count: -3, share: -0.5, is: false, list: ["a,b", '"', "=1"], none: null })

describe("lines", () => {
  const { csv, ndjson } = lines(
    ["name", "count", "share", "is", "list", "none"].map((name) => ({ name, path: [name] }))
  )

  it("in NDJSON hold one object each, and end each", () => {
    assert.strictEqual(ndjson([]), "")
    assert.strictEqual(ndjson([{ a: "x\ny\u2028" }, { a: null }]), '{"a":"x\\ny\u2028"}\n{"a":null}\n')
  })

  it("in CSV are records of RFC 4180: figures as they are, lists with spaces, nothing for null", () => {
    assert.strictEqual(csv([]), "")
    assert.deepStrictEqual(parseCsv(csv([item("a"), item("b")])), [
      ["a", "-3", "-0.5", "false", 'a,b " =1', ""],
      ["b", "-3", "-0.5", "false", 'a,b " =1', ""]
    ])
  })

  it.each(["a,b", 'a"b', '"', "a\nb", "a\rb", "a\r\nb", "\n", " a ", "日本\u202E", "a\u0000b", ""])(
    "in CSV keep %j",
    (name) => {
      assert.strictEqual(parseCsv(csv([item(name)]))[0]?.[0], name)
    }
  )

  it.each(["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a", "-1\n=1", '="a"'])(
    "in CSV turn %j into neither a formula nor a further record",
    (name) => {
      const records = parseCsv(csv([item(name)]))
      assert.strictEqual(records.length, 1)
      assert.strictEqual(records[0]?.[0], `'${name}`)
    }
  )
})

describe("flat columns", () => {
  const Nested = Schema.Struct({
    id: Schema.String,
    inner: Schema.NullOr(
      Schema.Struct({
        size: Schema.Int,
        deep: Schema.optionalKey(Schema.Struct({ score: Schema.NullOr(Schema.Finite) })),
        words: Schema.Array(Schema.String),
        things: Schema.Array(Schema.Struct({ word: Schema.String }))
      })
    ),
    either: Schema.Union([Schema.Struct({ a: Schema.Int }), Schema.Struct({ b: Schema.Int })])
  })
  const names = columnsOf(Nested).map(({ name }) => name)
  const cells = (item: object) => columnsOf(Nested).map((column) => cellOf(item, column))

  it("join the names of fields, in their order", () => {
    assert.deepStrictEqual(names, ["id", "inner_size", "inner_deep_score", "inner_words", "inner_things", "either"])
  })

  it("hold the value at the end of the path, and nothing if a field on the way is null or missing", () => {
    assert.deepStrictEqual(
      cells({
        id: "x",
        inner: { size: 3, deep: { score: null }, words: ["a", "b"], things: [{ word: "w" }] },
        either: { b: 1 }
      }),
      ["x", 3, null, "a b", '[{"word":"w"}]', '{"b":1}']
    )
    assert.deepStrictEqual(cells({ id: "x", inner: null, either: null }), [
      "x",
      undefined,
      undefined,
      undefined,
      undefined,
      null
    ])
    assert.deepStrictEqual(cells({ id: "x", inner: { size: 1, words: [], things: [] } }).slice(0, 4), [
      "x",
      1,
      undefined,
      ""
    ])
  })

  it("contain each number of a moment’s metadata once", () => {
    const columns = columnsOf(MomentItem).map(({ name }) => name)
    for (const name of ["id", "intensity", "metadata_people", "metadata_parts_chat", "metadata_usual_viewers"]) {
      assert.strictEqual(columns.filter((column) => column === name).length, 1, name)
    }
    assert.isFalse(columns.includes("metadata"))
  })
})
