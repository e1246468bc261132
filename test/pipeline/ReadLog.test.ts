import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Layer, References, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import { Records } from "../../src/domain/Records.ts"
import { readLog } from "../../src/pipeline/ReadLog.ts"
import { EventLog, EventLogError } from "../../src/source/EventLog.ts"
import { firstCheckpoint, settingsOf } from "./Script.ts"

const settings = settingsOf(0, 0, false)

const TASK: TaskDefinition = { sourcePartition: 0, inputs: [{ kind: "chat", topic: "chat", partition: 0 }] }

/** Number of continuations on the fiber's stack. */
const depth = Effect.withFiber((fiber) => {
  const stack: unknown = Reflect.get(fiber, "_stack")
  assert(Array.isArray(stack))
  return Effect.succeed(stack.length)
})

/**
 * Reads a log that fails over so many offsets before it has a batch. Returns the elements, and the
 * depth of the stack in that batch's pull.
 */
const readAfter = Effect.fnUntraced(function* (losses: bigint) {
  let position = 0n
  let found = 0
  const log = Layer.mock(EventLog, {
    openTransactions: () => Effect.succeed([]),
    read: () => {
      const expected = position
      if (expected === losses) {
        const batch = { input: 0, records: Records.none, nextOffset: losses + 1n }
        return Stream.fromEffect(
          Effect.map(depth, (now) => {
            found = now
            return batch
          })
        )
      }
      const range = { topic: "chat", partition: 0, expected, start: expected + 1n, end: expected + 1n }
      return Stream.fail(new EventLogError({ reason: "BatchTooLarge", detail: "too large", range }))
    }
  })
  const inputs = readLog({
    control: { demand: () => [0], positions: () => [position], wantsEnds: () => false, wantsTime: () => false },
    activity: { task: TASK, busy: () => {}, pulls: () => {} },
    checkpoint: firstCheckpoint({ inputs: TASK.inputs, settings }),
    settings,
    stop: yield* Deferred.make<void>()
  })
  const tags: Array<string> = []
  yield* inputs.pipe(
    Stream.runForEach((input) =>
      Effect.sync(() => {
        tags.push(input._tag)
        if (input._tag === "Gap") position = input.toOffset
      })
    ),
    Effect.provide(log),
    Effect.provideService(References.MinimumLogLevel, "None")
  )
  return { tags, depth: found }
})

describe("readLog", () => {
  it.effect("passes over each loss once and reads on behind it, at the same cost after any number of them", () =>
    Effect.gen(function* () {
      const one = yield* readAfter(1n)
      const many = yield* readAfter(300n)
      assert.deepStrictEqual(one.tags, ["Gap", "Batch", "Tick", "EndOfInput"])
      assert.deepStrictEqual(many.tags, [...Array<string>(300).fill("Gap"), "Batch", "Tick", "EndOfInput"])
      assert.isAbove(one.depth, 0)
      assert.strictEqual(many.depth, one.depth)
    })
  )

  it.effect("leaves out pulls that bring nothing, unless time could change something", () =>
    Effect.gen(function* () {
      const empty = { input: 0, records: Records.none, nextOffset: 0n }
      const read = Effect.fnUntraced(function* (wantsTime: boolean) {
        const log = Layer.mock(EventLog, {
          openTransactions: () => Effect.succeed([]),
          read: () =>
            Stream.fromIterable([empty, empty, empty]).pipe(
              Stream.rechunk(1),
              Stream.mapEffect((batch) => Effect.as(TestClock.adjust("500 millis"), batch))
            )
        })
        const inputs = yield* readLog({
          control: { demand: () => [0], positions: () => [0n], wantsEnds: () => false, wantsTime: () => wantsTime },
          activity: { task: TASK, busy: () => {}, pulls: () => {} },
          checkpoint: firstCheckpoint({ inputs: TASK.inputs, settings }),
          settings,
          stop: yield* Deferred.make<void>()
        }).pipe(Stream.runCollect, Effect.provide(log))
        return inputs.map(({ _tag }) => _tag)
      })
      assert.deepStrictEqual(yield* read(false), ["Tick", "EndOfInput"])
      assert.deepStrictEqual(yield* read(true), ["Tick", "Tick", "Tick", "EndOfInput"])
    })
  )
})
