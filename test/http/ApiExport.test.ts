import { assert, describe, it } from "@effect/vitest"
import { formatOf, lines } from "../../src/http/Export.ts"
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
  const { csv, ndjson } = lines(["name", "count", "share", "is", "list", "none"])

  it("in NDJSON hold one object each, and end each", () => {
    assert.strictEqual(ndjson([]), "")
    assert.strictEqual(ndjson([{ a: "x\ny\u2028" }, { a: null }]), '{"a":"x\\ny\u2028"}\n{"a":null}\n')
  })

  it("in CSV are records of RFC 4180: figures as they are, lists as JSON, nothing for null", () => {
    assert.strictEqual(csv([]), "")
    assert.deepStrictEqual(parseCsv(csv([item("a"), item("b")])), [
      ["a", "-3", "-0.5", "false", '["a,b","\\"","=1"]', ""],
      ["b", "-3", "-0.5", "false", '["a,b","\\"","=1"]', ""]
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
