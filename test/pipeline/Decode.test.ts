import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { EventColumns } from "../../src/domain/EventColumns.ts"
import type { TaskInput } from "../../src/domain/TaskInput.ts"
import { decode } from "../../src/pipeline/Decode.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { batch, START } from "./Records.ts"

const offsetsOf = (events: EventColumns): ReadonlyArray<bigint> =>
  Array.from({ length: events.count }, (_, event) => events.offsetAt(event))

/** The elements that the stage emits, batches by their offsets. */
const decoded = (inputs: ReadonlyArray<TaskInput>, checkpoint = START.checkpoint) =>
  Stream.fromIterable(inputs).pipe(
    decode({ checkpoint, futureOffsets: [], model: BaselineModel }),
    Stream.map((input) =>
      input._tag === "Decoded" ? { offsets: offsetsOf(input.events), reread: input.rereadEvents } : input
    ),
    Stream.runCollect
  )

const GAP: TaskInput = { _tag: "Gap", input: 0, toOffset: 5n }

describe("decode", () => {
  it.effect("decodes batches and passes everything else on, in order", () =>
    Effect.gen(function* () {
      const result = yield* decoded([batch(0, 0, 0, ["a", "b"]), GAP, batch(1, 0, 0, ["a"]), { _tag: "Stop" }])
      assert.deepStrictEqual(result, [
        { offsets: [0n, 1n], reread: 0 },
        GAP,
        { offsets: [0n], reread: 0 },
        { _tag: "Stop" }
      ])
    })
  )

  it.effect("drops records that were delivered before, also behind a gap", () =>
    Effect.gen(function* () {
      const result = yield* decoded([
        batch(0, 0, 0, ["a", "b"]),
        batch(0, 1, 0, ["b", "c"]),
        GAP,
        batch(0, 4, 0, ["e", "f"])
      ])
      assert.deepStrictEqual(result, [
        { offsets: [0n, 1n], reread: 0 },
        { offsets: [2n], reread: 0 },
        GAP,
        { offsets: [5n], reread: 0 }
      ])
    })
  )

  it.effect("marks the events that the checkpoint has already counted", () =>
    Effect.gen(function* () {
      const inputs = START.checkpoint.inputs.map((input) => ({ ...input, nextOffset: 2n }))
      const result = yield* decoded([batch(0, 0, 0, ["a", "b", "c"])], { ...START.checkpoint, inputs })
      assert.deepStrictEqual(result, [{ offsets: [0n, 1n, 2n], reread: 2 }])
    })
  )
})
