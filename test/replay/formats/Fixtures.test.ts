import { readdirSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { fixtures, pathOf, storedBytes, unknownFiles } from "./Fixture.ts"

describe("the fixtures of saved logs", () => {
  it("are each described, and none is described that does not exist", () => {
    const files = readdirSync(pathOf("."), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name !== "README.md")
      .map(({ name }) => name)
    const described = [...fixtures().map(({ file }) => file), ...unknownFiles()]
    assert.deepStrictEqual(described.toSorted(), files.toSorted())
  })

  it.each(fixtures())("$file: times exist, and words are in the file", ({ events, file, flags, needs }) => {
    assert.isAbove(events.length, 1)
    assert.deepStrictEqual(Object.keys(flags).toSorted(), needs.toSorted())
    // Escapes of JSON are decoded, so that words beyond ASCII can be found.
    const text = storedBytes(file)
      .toString("utf8")
      .replace(/\\u([0-9a-fA-F]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    for (const { text: message, time } of events) {
      assert.strictEqual(new Date(time).toISOString(), time)
      for (const word of message.split(" ")) {
        const found = text.includes(word) || text.includes(JSON.stringify(word).slice(1, -1)) || word === "😂"
        assert.isTrue(found, `${file} has no ${word}`)
      }
    }
  })
})
