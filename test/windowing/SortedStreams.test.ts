import { assert, describe, it } from "@effect/vitest"
import { byCodeUnit } from "../../src/domain/CodeUnits.ts"
import { sortedStreams } from "../../src/windowing/SortedStreams.ts"

/** So many names in their order. */
const names = (count: number, prefix: string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `${prefix}${(index * 7919) % count}`).sort(byCodeUnit)

/** The streams with their places. */
const taken = (halves: ReadonlyArray<ReadonlyArray<string>>, after?: string) => {
  const merge = sortedStreams(halves, after)
  const streams: Array<{ readonly stream: string; readonly places: ReadonlyArray<number> }> = []
  while (merge.advance()) streams.push({ stream: merge.stream, places: [...merge.places] })
  return streams
}

describe("sorted streams", () => {
  it("come in order of their code units, each with its places in the halves", () => {
    assert.deepStrictEqual(taken([["a", "b", "\uFF41"], [], ["b", "\u{1F600}"]]), [
      { stream: "a", places: [0, -1, -1] },
      { stream: "b", places: [1, -1, 0] },
      { stream: "\u{1F600}", places: [-1, -1, 1] },
      { stream: "\uFF41", places: [2, -1, -1] }
    ])
  })

  it("are those of many halves, each once", () => {
    const halves = [names(300, "a"), names(200, "a"), names(7, "b"), names(250, "a1")]
    assert.deepStrictEqual(
      taken(halves).map(({ stream }) => stream),
      [...new Set(halves.flat())].sort(byCodeUnit)
    )
  })

  it("start after the one that was given last", () => {
    for (const after of ["a", "aa"]) {
      assert.deepStrictEqual(
        taken([["a", "c"], ["b"]], after).map(({ stream }) => stream),
        ["b", "c"]
      )
    }
  })
})
