import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_COUNTS } from "../../src/domain/Flush.ts"
import type { DetectedOutput } from "../../src/pipeline/Detect.ts"
import { FlushBuilder } from "../../src/pipeline/FlushBuilder.ts"
import { flushes } from "../../src/pipeline/Flushes.ts"
import { checkpointOf, rowOf } from "../contract/ResultStoreContract.ts"
import { settingsOf } from "./Script.ts"

const settings = { ...settingsOf(0, 0, false), triggerIntervalMs: 1000 }

/** A tick after which a record has been counted. */
const tick = (monotonicMs: number): DetectedOutput => ({
  cause: "Tick",
  isLast: true,
  rows: [],
  moments: [],
  baselines: [],
  broadcasts: [],
  deadLetters: [],
  gaps: [],
  counts: { ...NO_COUNTS, records: 1 },
  input: 0,
  tick: { clockMs: 0, monotonicMs },
  progress: { watermarkMs: BEFORE_ALL, inputs: [] }
})

/** At which of the ticks something was flushed. */
const flushedAt = (ticks: ReadonlyArray<number>): ReadonlyArray<number> => {
  const builder = new FlushBuilder({ settings, owner: "test", checkpoint: checkpointOf({}), monotonicMs: 0 })
  return ticks.filter((monotonicMs) => builder.add(tick(monotonicMs)).length > 0)
}

const every100 = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: (to - from) / 100 }, (_, n) => from + (n + 1) * 100)

/**
 * Whether rows go with the first tick, which comes when the watermark is so far behind the clock.
 * Or whether they go with the batch after it.
 */
const goesAtOnce = (behindMs: number, slideMs: number, rows: number, cause: "Tick" | "Decoded" = "Tick"): boolean => {
  const { read, window } = settings
  const builder = new FlushBuilder({
    settings: { ...settings, read: { ...read, watermarkDelayMs: 10_000 }, window: { ...window, slideMs } },
    owner: "test",
    checkpoint: checkpointOf({}),
    monotonicMs: 0
  })
  const nowMs = 1_800_000_000_000
  const output: DetectedOutput = {
    ...tick(100),
    rows: Array.from({ length: rows }, () => rowOf({})),
    tick: { clockMs: nowMs, monotonicMs: 100 },
    progress: { watermarkMs: EventTimeMs(nowMs - behindMs), inputs: [] }
  }
  if (cause === "Tick") return builder.add(output).length > 0
  builder.add({ ...output, rows: [] })
  return builder.add({ ...output, cause, tick: undefined }).length > 0
}

describe("flushes", () => {
  it("are due once an interval", () => {
    assert.deepStrictEqual(flushedAt(every100(0, 3500)), [1000, 2000, 3000])
  })

  it("hold a whole interval's work after the sink has held the inputs back", () => {
    assert.deepStrictEqual(flushedAt([...every100(0, 1000), ...every100(8000, 10_000)]), [1000, 8600, 9600])
  })

  it("go at once with rows of windows that have just ended", () => {
    assert.isTrue(goesAtOnce(11_000, 10_000, 1))
    assert.isTrue(goesAtOnce(11_000, 10_000, 1, "Decoded"))
  })

  it("wait for the interval in a backlog, without rows, and where a slide is no longer than the interval", () => {
    assert.isFalse(goesAtOnce(11_001, 10_000, 1))
    assert.isFalse(goesAtOnce(11_001, 10_000, 1, "Decoded"))
    assert.isFalse(goesAtOnce(11_000, 10_000, 0))
    assert.isFalse(goesAtOnce(11_000, 1000, 1))
  })

  it("hold the versions of the sensitivity of their elements, once, and go without anything else", () => {
    const builder = new FlushBuilder({ settings, owner: "test", checkpoint: checkpointOf({}), monotonicMs: 0 })
    const { inputs, watermarkMs } = checkpointOf({})
    const quiet = { ...tick(1000), counts: NO_COUNTS, progress: { watermarkMs, inputs } }
    assert.deepStrictEqual(builder.add(quiet), [])
    const versions = [1, 4].map((version) => ({ version, fromEndMs: EventTimeMs(version) }))
    const made = versions.flatMap((sensitivity, index) =>
      builder.add({ ...quiet, sensitivity, tick: { clockMs: 0, monotonicMs: 1200 + 800 * index } })
    )
    assert.deepStrictEqual(
      made.map(({ rows, sensitivity }) => [rows.length, sensitivity]),
      [[0, versions]]
    )
    assert.deepStrictEqual(builder.add({ ...quiet, tick: { clockMs: 0, monotonicMs: 5000 } }), [])
  })

  it.effect("hold whole elements, as many as fit, and the position of the last one", () =>
    Effect.gen(function* () {
      const outputs = [3, 3, 3, 4].map((rows, index): DetectedOutput => ({
        ...tick(0),
        isLast: false,
        rows: Array.from({ length: rows }, (_, row) => rowOf({ stream: `${index} ${row}` })),
        progress: { watermarkMs: EventTimeMs(index), inputs: [] }
      }))
      const start = {
        settings: { ...settings, maxResultsPerFlush: 7 },
        owner: "test",
        checkpoint: checkpointOf({}),
        monotonicMs: 0
      }
      const made = yield* Stream.runCollect(flushes(new FlushBuilder(start))(Stream.fromIterable(outputs)))
      assert.deepStrictEqual(
        made.map(({ checkpoint, rows }) => [rows.length, checkpoint.watermarkMs, checkpoint.flushNumber]),
        [
          [6, 1, 1],
          [7, 3, 2]
        ]
      )
    })
  )
})
