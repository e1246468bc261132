import { assert, describe, it } from "@effect/vitest"
import { keysOf, parseFieldMap, valueAt } from "../../src/domain/FieldMap.ts"

const problemsOf = (text: string, kind: "chat" | "viewer" = "chat"): ReadonlyArray<string> => {
  const parsed = parseFieldMap(kind, text)
  return parsed._tag === "Map" ? [] : parsed.problems
}

describe("a mapping of fields", () => {
  it("has a JSON pointer for each named field", () => {
    assert.deepStrictEqual(parseFieldMap("chat", " stream = /channel/login , time=/ts,id=/a~1b/c~0d "), {
      _tag: "Map",
      map: { stream: "/channel/login", time: "/ts", id: "/a~1b/c~0d" }
    })
    assert.deepStrictEqual(parseFieldMap("viewer", "viewers=/n/0"), { _tag: "Map", map: { viewers: "/n/0" } })
    assert.deepStrictEqual(keysOf("/a~1b/c~0d/~01"), ["a/b", "c~d", "~1"])
  })

  it("names every problem in words", () => {
    const cases: ReadonlyArray<readonly [text: string, problem: string]> = [
      [",", "at least one entry"],
      ["stream", "begins with /, such as stream=/name"],
      ["stream=channel.login", "such as stream=/channel/login"],
      ["stream=$.channel.login", "such as stream=/channel/login"],
      ["viewers=/n", "with the fields stream, time, id, user, text, emotes"],
      ["stream=/a,b", "a pointer cannot contain a comma"],
      ["Stream=/a", "with the fields"],
      ["stream=/a,stream=/b", "one entry for stream"],
      ["stream=/", "a key after each /"],
      ["stream=/a//b", "a key after each /"],
      ["stream=/a~", "~0 for each ~"],
      ["stream=/a~2", "~0 for each ~"],
      ["stream=/a\u0007", "without control characters"],
      ["stream=/a\ufffd", "without control characters"],
      [`stream=/${"a".repeat(255)}`, "at most 255 characters"],
      [`stream=${"/a".repeat(9)}`, "at most 8 keys"]
    ]
    for (const [text, problem] of cases) assert.include(problemsOf(text).join("; "), problem, text)
    assert.strictEqual(problemsOf("stream=a,time=b,x=/c").length, 3)
    assert.deepStrictEqual(problemsOf(`stream=/${"a".repeat(254)}`), [])
    assert.deepStrictEqual(problemsOf(`stream=${"/a".repeat(8)}`), [])
  })

  it("refuses what could be read in two ways", () => {
    const cases: ReadonlyArray<readonly [text: string, problem: string]> = [
      ["stream=/a,user=/a", "separate places for stream and user: stream is read from /a, and user from /a"],
      ["stream=/a,user=/a/b", "separate places"],
      ["stream=/a/b,time=/a", "separate places"],
      ["user=/message", "an entry for text too: user is read from /message, and text from /message"],
      ["user=/channel", "an entry for stream too"],
      ["text=/emotes/text", "an entry for emotes too"],
      ["user=/message_id/x", "an entry for id too"]
    ]
    for (const [text, problem] of cases) assert.include(problemsOf(text).join("; "), problem, text)
    for (const text of ["stream=/channel/login", "user=/ab,text=/a", "text=/message/text,id=/message/id"]) {
      assert.deepStrictEqual(problemsOf(text), [], text)
    }
    assert.deepStrictEqual(problemsOf("viewers=/message", "viewer"), [])
  })
})

describe("a pointer", () => {
  const json = JSON.parse('{"a":[{"b":1},[2]],"":{"c":null},"text":"xyz","__proto__":{"d":3},"a/b":4}') as unknown

  it("names a member, or an element by its index", () => {
    const cases: ReadonlyArray<readonly [keys: ReadonlyArray<string>, value: unknown]> = [
      [["a", "0", "b"], 1],
      [["a", "1", "0"], 2],
      [["__proto__", "d"], 3],
      [["a/b"], 4],
      [["", "c"], null]
    ]
    for (const [keys, value] of cases) assert.deepStrictEqual(valueAt(json, keys), value, keys.join())
  })

  it("finds nothing that JSON does not hold", () => {
    const nothing = [
      ["a", "2"],
      ["a", "00"],
      ["a", "-"],
      ["a", "-1"],
      ["a", "length"],
      ["a", "0", "toString"],
      ["text", "0"],
      ["text", "length"],
      ["constructor"],
      ["constructor", "name"],
      ["", "c", "d"],
      ["b", "c"]
    ]
    for (const keys of nothing) assert.isUndefined(valueAt(json, keys), keys.join())
  })
})
