import { assert, describe, it } from "@effect/vitest"
import { byCodeUnit } from "../../src/domain/CodeUnits.ts"
import { RUN, sortedStreams } from "../../src/windowing/SortedStreams.ts"

/** So many names, in an order that is not theirs. */
const names = (count: number, prefix: string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `${prefix}${(index * 7919) % count}`)

const taken = (halves: ReadonlyArray<ReadonlyArray<string>>, after?: string) => [...sortedStreams(halves, after)]

describe("sorted streams", () => {
  it("come in order of their code units, each with its places in the halves", () => {
    const found = taken([["b", "\uFF41", "a"], [], ["\u{1F600}", "b"]])
    assert.deepStrictEqual(found, [
      { stream: "a", places: [[0, 2]] },
      {
        stream: "b",
        places: [
          [0, 0],
          [2, 1]
        ]
      },
      { stream: "\u{1F600}", places: [[2, 0]] },
      { stream: "\uFF41", places: [[0, 1]] }
    ])
  })

  it("are sorted in runs, with a pause after each", () => {
    const halves = [names(2 * RUN + 100, "a"), names(RUN + 1, "a")]
    const found = taken(halves)
    assert.strictEqual(found.filter((each) => each === undefined).length, 3)
    const streams = found.flatMap((each) => (each === undefined ? [] : [each.stream]))
    assert.deepStrictEqual(streams, [...new Set(halves.flat())].sort(byCodeUnit))
  })

  it("start after the one that was given last", () => {
    assert.deepStrictEqual(
      taken([["c", "a"], ["b"]], "a").map((each) => each?.stream),
      ["b", "c"]
    )
  })
})
