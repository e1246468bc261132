import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Stream } from "effect"
import type { WindowSummary } from "../../src/domain/SummaryRow.ts"
import { decode } from "../../src/pipeline/Decode.ts"
import { detect } from "../../src/pipeline/Detect.ts"
import { taskState } from "../../src/pipeline/TaskState.ts"
import { windows } from "../../src/pipeline/Windows.ts"
import { batch, START } from "./Records.ts"

const nameOf = ({ endMs, stream }: Pick<WindowSummary, "endMs" | "stream">): string => `${endMs} ${stream}`

describe("detect", () => {
  it.effect("judges the rows of each element and leaves the rest as it is", () =>
    Effect.gen(function* () {
      const state = taskState(START)
      const outputs = yield* Stream.fromIterable([
        batch(0, 0, 0, ["a", "b"]),
        batch(1, 0, 0, ["a", "b"]),
        { _tag: "EndOfInput" } as const
      ]).pipe(
        decode(state),
        windows({ settings: state.settings, stop: Deferred.makeUnsafe(), windows: state.windows }),
        Stream.runCollect
      )
      const judged = yield* Stream.runCollect(detect(state.detection)(Stream.fromIterable(outputs)))
      assert.strictEqual(judged.length, outputs.length)
      for (const [index, { baselines: _, broadcasts: ___, moments: __, rows, ...rest }] of judged.entries()) {
        const { rows: summaries = [], ...before } = outputs[index] ?? {}
        assert.deepStrictEqual(rest, before)
        assert.deepStrictEqual(rows.map(nameOf), summaries.map(nameOf))
        // A stream that has just appeared is not known yet.
        for (const row of rows) assert.deepInclude(row, { zScore: null, isAnomaly: false })
      }
      assert.isAbove(judged.at(-1)?.baselines.length ?? 0, 0)
    })
  )
})
