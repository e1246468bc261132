import { assert, describe, it } from "@effect/vitest"
import type { StreamEmotes } from "../../dashboard/api/Wire.ts"
import {
  chosen,
  describeEmotes,
  NO_PLACES,
  placed,
  PLACES,
  toEmoteColumns,
  toggled
} from "../../dashboard/stream/EmoteSeries.ts"

const BASE = Date.UTC(2026, 0, 31, 18)

describe("the places of emotes", () => {
  it("stay as long as an emote is drawn", () => {
    const first = placed(NO_PLACES, ["a", "b", "c"])
    assert.deepStrictEqual(first, ["a", "b", "c", undefined, undefined])
    assert.deepStrictEqual(placed(first, ["d", "c", "a"]), ["a", "d", "c", undefined, undefined])
  })

  it("are freed and taken one by one; a full chart gives up its last place", () => {
    const full = placed(NO_PLACES, ["a", "b", "c", "d", "e", "f"])
    assert.deepStrictEqual(full, ["a", "b", "c", "d", "e"])
    const without = toggled(full, "b")
    assert.deepStrictEqual(chosen(without), ["a", "c", "d", "e"])
    assert.deepStrictEqual(toggled(without, "x"), ["a", "x", "c", "d", "e"])
    assert.deepStrictEqual(toggled(full, "x"), ["a", "b", "c", "d", "x"])
    assert.lengthOf(toggled(full, "x"), PLACES)
  })
})

describe("the columns of emotes", () => {
  const starts = [0, 10, 20, 60].map((seconds) => new Date(BASE + seconds * 1000).toISOString())
  const data: StreamEmotes = {
    step: 10,
    starts,
    emotes: [
      { emote: "a", counts: [1, 0, 3, 4] },
      { emote: "b", counts: [null, 7, 0, 0] }
    ],
    found: []
  }

  it("are at the ends of windows, and break where steps are missing", () => {
    const places = ["b", undefined, "a", "gone", undefined]
    const columns = toEmoteColumns(data, places, 60_000)
    assert.deepStrictEqual(
      columns.x.map((seconds) => seconds - BASE / 1000),
      [60, 70, 80, 100, 120]
    )
    const nothing = [null, null, null, null, null]
    assert.deepStrictEqual(columns.counts, [[null, 7, 0, null, 0], nothing, [1, 0, 3, null, 4], nothing, nothing])
    assert.strictEqual(
      describeEmotes(columns, places),
      "b: between 0 and 7, last 0. a: between 0 and 4, last 4. gone: nothing to show."
    )
  })
})
