import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Leaders } from "../../src/reaction/Leaders.ts"

const Counts = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 4 })))

describe("leaders", () => {
  it.prop(
    "have the greatest count of at least two, whatever the leaders before",
    [Schema.Array(Counts), Schema.Int],
    ([all, spare]) => {
      const leaders = new Leaders()
      for (const counts of all) {
        const most = Math.max(...counts, 2)
        const having = [...counts.keys()].filter((one) => counts[one] === most)
        // Numbers behind the length do not count.
        const found = leaders.of(Int32Array.from([...counts, Math.abs(spare) % 100]), counts.length)
        assert.strictEqual(found.most, most)
        assert.strictEqual(
          found.first((a, b) => a - b),
          having[0] ?? -1
        )
        assert.strictEqual(
          found.first((a, b) => b - a),
          having.at(-1) ?? -1
        )
      }
    }
  )

  it("are all that are equal, however many", () => {
    assert.strictEqual(
      new Leaders().of(new Int32Array(1000).fill(7), 1000).first((a, b) => b - a),
      999
    )
  })
})
