import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { BaselineRow } from "../../src/domain/Baseline.ts"
import { NO_SAMPLES, type SampleSettings } from "../../src/domain/ChatContent.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { broadcastFindings } from "../oracle/Broadcasts.ts"
import { compareBaselines, compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import type { Learned } from "../oracle/Detection.ts"
import { recount } from "../oracle/Recount.ts"
import { storedOf } from "../oracle/Stored.ts"
import {
  ALL_INPUTS,
  INPUTS,
  isEmitted,
  missed,
  newCoverage,
  oracleSettings,
  play,
  settingsOf,
  Step,
  TIGHT,
  type World
} from "./Script.ts"

const choice = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const script = Arbitrary.array(Arbitrary.schema(Step), { maxLength: 120 })

const SAMPLES: ReadonlyArray<SampleSettings> = [
  NO_SAMPLES,
  { most: 1, names: "none" },
  { most: 3, names: "hashed" },
  { most: 20, names: "shown" }
]

const worldOf = (
  window: number,
  delay: number,
  clockOnly: boolean,
  all: boolean,
  tight: boolean,
  samples: number
): World => ({
  settings: {
    ...settingsOf(window, delay, clockOnly, tight ? TIGHT : STATE_LIMITS),
    samples: SAMPLES[samples] ?? NO_SAMPLES
  },
  inputs: all ? ALL_INPUTS : INPUTS
})

const expectNone = (differences: ReadonlyArray<string>) => {
  if (differences.length > 0) throw new Error(differences.join("\n"))
}

/** Differences of table `broadcasts` after any flush. */
const broadcastsThroughout = (
  { settings }: World,
  flushes: ReadonlyArray<Flush>,
  learned: ReadonlyArray<Learned>
): ReadonlyArray<string> => {
  const table = new Map<string, Broadcast>()
  return flushes.flatMap(({ broadcasts, checkpoint: { emitted, watermarkMs } }) => {
    for (const row of broadcasts) table.set(JSON.stringify([row.stream, row.startedAtMs]), row)
    const written = learned.filter(({ endMs, stream }) => isEmitted({ endMs, stream }, { watermarkMs, emitted }))
    const due = new Set(storedOf(written, settings.window, { watermarkMs, partEndMs: emitted?.endMs }))
    const left = written.map((each) => ({ ...each, stretch: 0, isDue: due.has(each) }))
    return broadcastFindings(left, [...table.values()])
  })
}

/** Differences of table `baselines` after any flush. */
const baselinesThroughout = (
  { settings }: World,
  flushes: ReadonlyArray<Flush>,
  learned: ReadonlyArray<Learned>
): ReadonlyArray<string> => {
  const table = new Map<string, BaselineRow>()
  return flushes.flatMap(({ baselines, checkpoint: { emitted, watermarkMs } }) => {
    for (const row of baselines) table.set(row.stream, row)
    const stored = storedOf(learned, settings.window, { watermarkMs, partEndMs: emitted?.endMs })
    return compareBaselines(stored, [...table.values()])
  })
}

describe("rows and moments", () => {
  const coverage = newCoverage()

  it.prop(
    "equal a naive recount of the whole log",
    [choice(4), choice(2), Schema.Boolean, Schema.Boolean, Schema.Boolean, choice(3), script],
    ([window, delay, clockOnly, all, tight, samples, steps]) => {
      const world = worldOf(window, delay, clockOnly, all, tight, samples)
      const played = play(world, steps, coverage)
      const expected = recount(played.oracle, oracleSettings(world.settings))
      expectNone(played.faults)
      expectNone(compareRows(expected.rows, played.rows))
      expectNone(compareMoments(expected.moments, played.moments))
      expectNone(broadcastsThroughout(world, played.flushes, expected.learned))
      expectNone(baselinesThroughout(world, played.flushes, expected.learned))
      expectNone(compareDeadLetters(expected.deadLetters, played.deadLetters))
      // Conservation: every record is accounted for, and every pair of a message and a window.
      const { counts } = played
      assert.strictEqual(
        counts.records,
        counts.events + counts.late + counts.cutEvents + counts.deadLetters + counts.tombstones
      )
      assert.strictEqual(counts.records, expected.counts.records)
      assert.strictEqual(counts.late, expected.counts.late)
      assert.strictEqual(counts.droppedChatPairs, expected.counts.droppedChatPairs)
      assert.strictEqual(counts.cutEvents, expected.counts.cutEvents)
      assert.strictEqual(counts.cutEmotes, expected.counts.cutEmotes)
      assert.strictEqual(counts.cutChatters, expected.counts.cutChatters)
      const { sizeMs, slideMs } = world.settings.window
      if (sizeMs % slideMs === 0) {
        const counted = played.rows.reduce((sum, { chatCount }) => sum + chatCount, 0)
        assert.strictEqual(
          counted + counts.droppedChatPairs + expected.counts.cutChatPairs,
          (expected.counts.acceptedChat * sizeMs) / slideMs
        )
      }
    },
    { arbitrary: { runs: 400, size: 120, seed: 1 }, timeout: 600_000 }
  )

  it("were checked in all the hard cases", () => {
    assert.deepStrictEqual(missed(coverage), [])
  })
})
