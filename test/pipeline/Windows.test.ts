import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Stream } from "effect"
import type { TaskInput } from "../../src/domain/TaskInput.ts"
import { decode } from "../../src/pipeline/Decode.ts"
import { taskState } from "../../src/pipeline/TaskState.ts"
import { windows } from "../../src/pipeline/Windows.ts"
import type { WindowOutput } from "../../src/windowing/WindowOutput.ts"
import { batch, SETTINGS, START } from "./Records.ts"

const STREAMS = ["a", "b", "c", "d", "e"]

/** Five streams in both inputs, then all their windows close. */
const HISTORY: ReadonlyArray<TaskInput> = [batch(0, 0, 0, STREAMS), batch(1, 0, 0, STREAMS), { _tag: "EndOfInput" }]

/** The elements of a history, in parts of two rows. */
const outputs = (stop: Deferred.Deferred<void>, onOutput: (output: WindowOutput) => void = () => {}) => {
  const state = taskState({ ...START, settings: { ...SETTINGS, maxResultsPerFlush: 2 } })
  let pulled = 0
  const stream = Stream.fromIterable([...HISTORY, { _tag: "Stop" } as const]).pipe(
    Stream.rechunk(1),
    Stream.tap(() => Effect.sync(() => pulled++)),
    decode(state),
    windows({ settings: state.settings, stop, windows: state.windows }),
    Stream.tap((output) => Effect.sync(() => onOutput(output)))
  )
  return { stream, pulled: () => pulled }
}

describe("windows", () => {
  it.effect("emits rows in parts, each with the position after its last row", () =>
    Effect.gen(function* () {
      const all = yield* Stream.runCollect(outputs(Deferred.makeUnsafe()).stream)
      const ofEnd = all.filter(({ cause }) => cause === "EndOfInput")
      assert.isAbove(ofEnd.length, 2)
      for (const { progress, rows } of ofEnd) {
        assert.isAtMost(rows.length, 2)
        const last = rows.at(-1)
        if (last === undefined || progress.emitted === undefined) continue
        assert.deepInclude(progress.emitted, { endMs: last.endMs, stream: last.stream })
      }
      assert.deepStrictEqual(
        ofEnd.map(({ isLast }) => isLast),
        [...Array<boolean>(ofEnd.length - 1).fill(false), true]
      )
      const counted = all.reduce((sum, { counts }) => sum + counts.records, 0)
      assert.strictEqual(counted, 2 * STREAMS.length)
    })
  )

  it.effect("computes no more rows than are pulled, and pulls no input before that", () =>
    Effect.gen(function* () {
      const { pulled, stream } = outputs(Deferred.makeUnsafe())
      const [, , first] = yield* Stream.runCollect(Stream.take(stream, 3))
      assert.strictEqual(first?.cause, "EndOfInput")
      assert.strictEqual(pulled(), HISTORY.length)
    })
  )

  it.effect("drops everything but the stop once the task is to end, and keeps the position", () =>
    Effect.gen(function* () {
      const stop = Deferred.makeUnsafe<void>()
      const seen: Array<WindowOutput> = []
      const { stream } = outputs(stop, (output) => {
        seen.push(output)
        if (output.cause === "EndOfInput") Deferred.doneUnsafe(stop, Effect.void)
      })
      yield* Stream.runDrain(stream)
      assert.deepStrictEqual(
        seen.map(({ cause, isLast }) => [cause, isLast]),
        [
          ["Decoded", true],
          ["Decoded", true],
          ["EndOfInput", false],
          ["Stop", true]
        ]
      )
      assert.deepStrictEqual(seen[3]?.progress, seen[2]?.progress)
      assert.deepStrictEqual(seen[3]?.rows, [])
    })
  )
})
