import { assert, describe, it } from "@effect/vitest"
import { HistoryBuffer, MOST_PROBLEMS, MOST_SAMPLES } from "../../src/query/PipelineHistory.ts"

const sample = (at: number) => ({
  at,
  lag_records: at,
  records_per_second: null,
  watermark_age_ms: null,
  late_events: 0
})

/** Texts that differ in more than a number. */
const textOf = (at: number): string => `problem ${"x".repeat(at)}`

describe("the history of a worker", () => {
  it("keeps the latest samples, ascending", () => {
    const buffer = new HistoryBuffer()
    for (let at = 0; at < MOST_SAMPLES + 7; at++) buffer.add(sample(at), [])
    const { samples } = buffer.content
    assert.strictEqual(samples.length, MOST_SAMPLES)
    assert.deepStrictEqual([samples[0]?.at, samples.at(-1)?.at], [7, MOST_SAMPLES + 6])
  })

  it("keeps when a problem begins and ends, and one that returns is another", () => {
    const buffer = new HistoryBuffer()
    const steps = [["a"], ["a", "b"], ["b"], [], ["a"]]
    steps.forEach((problems, at) => buffer.add(sample(at), problems))
    assert.deepStrictEqual(buffer.content.problems, [
      { text: "a", since: 4, until: null },
      { text: "b", since: 1, until: 3 },
      { text: "a", since: 0, until: 2 }
    ])
  })

  it("continues a problem whose text counts, and keeps two that differ in a number apart", () => {
    const buffer = new HistoryBuffer()
    buffer.add(sample(0), ["lost task 1", "silent for 15 s: 9,999 records"])
    buffer.add(sample(1), ["silent for 30 s: 10,000 records", "lost task 2", "lost task 1"])
    buffer.add(sample(2), ["silent for 45 s: 10,001 records", "lost task 2"])
    assert.deepStrictEqual(buffer.content.problems, [
      { text: "lost task 2", since: 1, until: null },
      { text: "lost task 1", since: 0, until: 2 },
      { text: "silent for 45 s: 10,001 records", since: 0, until: null }
    ])
  })

  it("keeps other problems while one counts for an hour", () => {
    const buffer = new HistoryBuffer()
    buffer.add(sample(0), ["a"])
    for (let at = 1; at < MOST_SAMPLES; at++) buffer.add(sample(at), [`nothing has been committed for ${15 * at} s`])
    assert.deepStrictEqual(
      buffer.content.problems.map(({ since, until }) => [since, until]),
      [
        [1, null],
        [0, 1]
      ]
    )
  })

  it("drops the oldest problems", () => {
    const buffer = new HistoryBuffer()
    for (let at = 0; at < 3 * MOST_PROBLEMS; at++) buffer.add(sample(at), [textOf(at)])
    const { problems } = buffer.content
    assert.strictEqual(problems.length, MOST_PROBLEMS)
    assert.strictEqual(problems[0]?.text, textOf(3 * MOST_PROBLEMS - 1))
  })

  it("is not changed by reading it", () => {
    const buffer = new HistoryBuffer()
    buffer.add(sample(1), ["a"])
    const before = buffer.content
    buffer.add(sample(2), [])
    assert.strictEqual(before.samples.length, 1)
    assert.strictEqual(before.problems[0]?.until, null)
  })
})
