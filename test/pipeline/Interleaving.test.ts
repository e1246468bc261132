import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { actionOf, ALL_INPUTS, newCoverage, play, replay, settingsOf, Step, TIGHT } from "./Script.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const script = Arbitrary.array(Arbitrary.schema(Step), { maxLength: 80 })
const cuts = Arbitrary.array(Arbitrary.schema(Schema.Struct({ input: between(0, 3), size: between(1, 20) })), {
  maxLength: 60
})

/** Steps whose outcome the clock decides are the recount's matter. */
const isDecidedByTheLog = (step: Step) => actionOf(step.pick) !== "silence" && actionOf(step.pick) !== "future"

/** Moments that quote the chat. */
let quotes = 0

describe("any batching and any interleaving of the partitions", () => {
  it.prop(
    "gives the same rows, moments and dead letters",
    [between(0, 4), between(0, 2), Schema.Boolean, script, cuts, cuts],
    ([window, delay, tight, steps, first, second]) => {
      const limits = tight ? TIGHT : STATE_LIMITS
      const settings = { ...settingsOf(window, delay, true, limits), samples: { most: 3, names: "shown" as const } }
      const world = { settings, inputs: ALL_INPUTS }
      const logs = play(world, steps.filter(isDecidedByTheLog), newCoverage()).oracle.map(({ records }) => records)
      const a = replay(world, logs, first)
      const b = replay(world, logs, second)
      // Rows and moments come in the same order; dead letters in the order of each input.
      assert.deepStrictEqual(a.rows, b.rows)
      assert.deepStrictEqual(a.moments, b.moments)
      for (const { content } of a.moments) if ((content?.samples.length ?? 0) > 0) quotes++
      for (const { topic, partition } of ALL_INPUTS) {
        const ofInput = ({ deadLetters }: typeof a) =>
          deadLetters.filter((letter) => letter.topic === topic && letter.partition === partition)
        assert.deepStrictEqual(ofInput(a), ofInput(b))
      }
    },
    { arbitrary: { runs: 200, size: 80, seed: 2 }, timeout: 600_000 }
  )

  it("was checked where moments quote the chat", () => assert.isAbove(quotes, 20))
})
