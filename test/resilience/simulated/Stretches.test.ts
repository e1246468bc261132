/**
 * The expected contents of the tables when losses, windows that are written in part and changes of
 * size meet; worked out by hand.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Checkpoint, Emitted } from "../../../src/domain/Checkpoint.ts"
import { byCodeUnit } from "../../../src/domain/CodeUnits.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../../src/domain/EventTime.ts"
import type { WindowSettings } from "../../../src/domain/WindowSettings.ts"
import type { OracleInput } from "../../oracle/Recount.ts"
import { NO_SENSITIVITY } from "../../oracle/Sensitivity.ts"
import { firstCheckpoint, INPUTS, oracleSettings, settingsOf } from "../../pipeline/Script.ts"
import { type FoundGap, stretchesOf, wantedOf } from "./Stretches.ts"
import type { DurableStep } from "./Tables.ts"
import { NO_DECISIONS } from "../../oracle/Recount.ts"

/** A multiple of every size and slide used here. */
const T0 = Date.UTC(2026, 0, 1)
const at = (seconds: number) => EventTimeMs(T0 + seconds * 1000)
const inputs = INPUTS.slice(0, 2)
const settings = settingsOf(1, 1, false)
const tumbling = (seconds: number): WindowSettings => ({ sizeMs: seconds * 1000, slideMs: seconds * 1000 })

/**
 * Logs of streams "a" and "b", each with records at these seconds: offsets 0 and 1, 2 and 3, and so
 * on.
 */
const logs = (...seconds: ReadonlyArray<number>): ReadonlyArray<OracleInput> =>
  inputs.map((input) => ({
    ...input,
    records: seconds
      .flatMap((second) => ["a", "b"].map((stream_id) => ({ stream_id, timestamp: at(second) })))
      .map((event, index) => ({
        offset: BigInt(index),
        timestampMs: -1,
        value: new TextEncoder().encode(JSON.stringify({ ...event, user_id: "u", message: "", viewer_count: 99 }))
      })),
    ...NO_DECISIONS
  }))

/** The window that ends then is written up to "a". */
const partOf = (seconds: number, read: bigint): Emitted => ({ endMs: at(seconds), stream: "a", offsets: [read, read] })

/**
 * Durable steps, each with its windows, its watermark and the window that it has written in part.
 */
const stepsOf = (
  ...steps: ReadonlyArray<Pick<Checkpoint, "window" | "watermarkMs" | "emitted">>
): ReadonlyArray<DurableStep> => {
  const first = firstCheckpoint({ inputs, settings })
  let before: Checkpoint = first
  return steps.map((step) => {
    const after = { ...first, ...step }
    const taken = { before, after, idle: new Set<number>(), settings: { ...settings, window: step.window } }
    before = after
    return taken
  })
}

/**
 * A loss of an input up to `toOffset`, found by a step at this watermark. No event behind it is
 * read.
 */
const found = (steps: ReadonlyArray<DurableStep>, step: number, input: number, toOffset: bigint): FoundGap => {
  const { before } = steps[step] ?? assert.fail(`there is no step ${step}`)
  const { partition, topic } = inputs[input] ?? assert.fail(`there is no input ${input}`)
  const { emitted, watermarkMs } = before
  return {
    topic,
    partition,
    fromOffset: 0n,
    toOffset,
    eventsFromMs: watermarkMs,
    eventsToMs: AFTER_ALL,
    step,
    emitted
  }
}

const rowsOf = (
  steps: ReadonlyArray<DurableStep>,
  inputs: ReadonlyArray<OracleInput>,
  gaps: ReadonlyArray<FoundGap>
): ReadonlyArray<string> =>
  wantedOf(stretchesOf(steps, steps.at(-1)?.after.watermarkMs ?? BEFORE_ALL), inputs, gaps, {
    settings: oracleSettings(settings),
    sensitivityBefore: () => NO_SENSITIVITY
  })
    .rows.toSorted(
      (one, other) => one.endMs - other.endMs || byCodeUnit(one.stream, other.stream) || one.startMs - other.startMs
    )
    .map(({ avgViewers, chatCount, complete, endMs, startMs, stream }) => {
      const [fromS, toS] = [startMs, endMs].map((ms) => (ms - T0) / 1000)
      return `${stream} ${fromS}-${toS}: ${chatCount} wrote, ${avgViewers} watched${complete ? "" : ", incomplete"}`
    })

describe("rows that were written", () => {
  it("stay as they are, whatever losses are found after a change of size", () => {
    const sliding = { sizeMs: 20_000, slideMs: 10_000 }
    const steps = stepsOf(
      { window: tumbling(10), watermarkMs: at(5), emitted: partOf(10, 4n) },
      // The first step of the new size finds a loss, and so does the one after it.
      { window: sliding, watermarkMs: at(5) },
      { window: sliding, watermarkMs: at(40) }
    )
    const gaps = [found(steps, 1, 0, 2n), found(steps, 2, 1, 2n)]
    assert.deepStrictEqual(rowsOf(steps, logs(1, 7, 25, 55), gaps), [
      "a 0-10: 2 wrote, 99 watched",
      // No window of the new size that starts with or before the one that is written in part.
      "a 10-30: 1 wrote, 99 watched, incomplete",
      "b 10-30: 1 wrote, 99 watched, incomplete",
      "a 20-40: 1 wrote, 99 watched, incomplete",
      "b 20-40: 1 wrote, 99 watched, incomplete"
    ])
  })

  it("stay as they are where each of two sizes has written a window in part", () => {
    const steps = stepsOf(
      { window: tumbling(10), watermarkMs: at(5), emitted: partOf(10, 4n) },
      { window: tumbling(20), watermarkMs: at(30), emitted: partOf(40, 6n) },
      { window: tumbling(60), watermarkMs: at(30) },
      { window: tumbling(60), watermarkMs: at(120) }
    )
    for (const step of [2, 3]) {
      assert.deepStrictEqual(rowsOf(steps, logs(1, 35, 115, 175), [found(steps, step, 0, 2n)]), [
        "a 0-10: 1 wrote, 99 watched",
        "a 20-40: 1 wrote, 99 watched",
        "a 60-120: 1 wrote, 99 watched, incomplete",
        "b 60-120: 1 wrote, 99 watched, incomplete"
      ])
    }
  })

  it("are those up to the last stream, where the loss is found before the window is complete", () => {
    const steps = stepsOf(
      { window: tumbling(10), watermarkMs: at(5), emitted: partOf(10, 4n) },
      { window: tumbling(10), watermarkMs: at(10) }
    )
    assert.deepStrictEqual(rowsOf(steps, logs(1, 2), [found(steps, 1, 0, 2n)]), [
      "a 0-10: 2 wrote, 99 watched",
      "b 0-10: 1 wrote, 99 watched, incomplete"
    ])
  })

  it("do not depend on the order of two losses that were found under one watermark", () => {
    const steps = stepsOf(
      { window: tumbling(10), watermarkMs: at(10), emitted: partOf(10, 4n) },
      { window: tumbling(10), watermarkMs: at(10), emitted: partOf(20, 6n) },
      { window: tumbling(10), watermarkMs: at(20) }
    )
    const [first, second] = [found(steps, 1, 0, 1n), found(steps, 2, 0, 2n)]
    const rows = rowsOf(steps, logs(1, 12), [first, second])
    assert.deepStrictEqual(rowsOf(steps, logs(1, 12), [second, first]), rows)
    assert.include(rows, "a 10-20: 1 wrote, 99 watched, incomplete")
  })

  it("lack what comes behind where their window had closed, even if the log has lost what closed it", () => {
    const steps = stepsOf(
      { window: tumbling(10), watermarkMs: at(5), emitted: partOf(10, 4n) },
      { window: tumbling(10), watermarkMs: at(10) }
    )
    // Offsets 2 to 5 are lost: the event at 15 s, which closed the window, is among them.
    const gaps = [{ ...found(steps, 1, 0, 6n), fromOffset: 2n }]
    assert.deepStrictEqual(rowsOf(steps, logs(1, 15, 2, 3), gaps), [
      "a 0-10: 1 wrote, 99 watched",
      "b 0-10: 1 wrote, 99 watched, incomplete"
    ])
  })
})
