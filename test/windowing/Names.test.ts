import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { Names } from "../../src/windowing/Names.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A text that comes or goes. */
const Step = Schema.Struct({ text: between(0, 60), length: between(0, 40), comes: between(0, 2) })

/** Few hashes, at both ends of the table: chains of places go round its end. */
const hashOf = (text: number): number => [0, 0x7fffffff, -1, -1, 0x04000000][text % 5] ?? 0

describe("names", () => {
  let most = 0

  it.prop(
    "are found by their bytes, however many have the same hash, and however they come and go",
    [Arbitrary.array(Arbitrary.schema(Step), { maxLength: 300 })],
    ([steps]) => {
      const names = new Names()
      const numbers = new Map<string, number>()
      for (const { comes, length, text: number } of steps) {
        const text = `${number}`.padEnd(length % (number + 1), "é")
        const { bytes, end, start } = utf8Of(text)
        const known = numbers.get(text)
        assert.strictEqual(names.find(bytes, start, end, hashOf(number)), known ?? -1)
        if (known === undefined && comes > 0) {
          const added = names.add(bytes, start, end, hashOf(number))
          assert.notInclude([...numbers.values()], added)
          numbers.set(text, added)
        } else if (known !== undefined && comes === 0) {
          names.drop(known)
          numbers.delete(text)
        }
        most = Math.max(most, numbers.size)
        assert.strictEqual(names.size, numbers.size)
      }
      for (const [text, number] of numbers) {
        const { bytes, end, start } = utf8Of(text)
        assert.strictEqual(names.textOf(number), text)
        assert.strictEqual(names.find(bytes, start, end, hashOf(Number.parseInt(text, 10))), number)
        assert.isBelow(number, names.end)
      }
    },
    { arbitrary: { runs: 300, size: 300, seed: 1 } }
  )

  it("were many at a time", () => assert.isAbove(most, 64))
})
