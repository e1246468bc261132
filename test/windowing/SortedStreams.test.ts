import { assert, describe, it } from "@effect/vitest"
import { byCodeUnit } from "../../src/domain/CodeUnits.ts"
import { RUN, sortedStreams } from "../../src/windowing/SortedStreams.ts"

/** So many names, in an order that is not theirs. */
const names = (count: number, prefix: string): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `${prefix}${(index * 7919) % count}`)

/** The streams with their places, and the number of pauses before the first. */
const taken = (halves: ReadonlyArray<ReadonlyArray<string>>, after?: string) => {
  const steps = sortedStreams(halves, after)
  for (let pauses = 0; ; pauses++) {
    const { done, value: merge } = steps.next()
    if (done !== true) continue
    const streams: Array<{ readonly stream: string; readonly places: ReadonlyArray<number> }> = []
    while (merge.advance()) streams.push({ stream: merge.stream, places: [...merge.places] })
    return { pauses, streams }
  }
}

describe("sorted streams", () => {
  it("come in order of their code units, each with its places in the halves", () => {
    const { streams } = taken([["b", "\uFF41", "a"], [], ["\u{1F600}", "b"]])
    assert.deepStrictEqual(streams, [
      { stream: "a", places: [2, -1, -1] },
      { stream: "b", places: [0, -1, 1] },
      { stream: "\u{1F600}", places: [-1, -1, 0] },
      { stream: "\uFF41", places: [1, -1, -1] }
    ])
  })

  it("are sorted in runs, with a pause after each", () => {
    const halves = [names(2 * RUN + 100, "a"), names(RUN + 1, "a")]
    const { pauses, streams } = taken(halves)
    assert.strictEqual(pauses, 3)
    assert.deepStrictEqual(
      streams.map(({ stream }) => stream),
      [...new Set(halves.flat())].sort(byCodeUnit)
    )
  })

  it("start after the one that was given last", () => {
    assert.deepStrictEqual(
      taken([["c", "a"], ["b"]], "a").streams.map(({ stream }) => stream),
      ["b", "c"]
    )
  })
})
