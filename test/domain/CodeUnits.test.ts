import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { byCodeUnit, firstAfter } from "../../src/domain/CodeUnits.ts"

describe("a search in names by code unit", () => {
  it.prop(
    "finds the first place with a greater name, in any range",
    [Schema.Array(Schema.String), Schema.String, Schema.Int, Schema.Int],
    ([drawn, other, a, b]) => {
      const names = [...drawn].sort(byCodeUnit)
      const [low = 0, high = 0] = [a, b].map((end) => Math.abs(end) % (names.length + 1)).sort((x, y) => x - y)
      for (const name of [other, ...names]) {
        const first = names.findIndex((found, place) => place >= low && place < high && found > name)
        const nameAt = (place: number): string => {
          assert.isTrue(place >= low && place < high)
          return names[place] ?? ""
        }
        assert.strictEqual(firstAfter(nameAt, low, high, name), first < 0 ? high : first)
      }
    }
  )
})
