import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, type Scheduler } from "effect"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import { EventLogError } from "../../../src/source/EventLog.ts"
import { Committed } from "../../../src/source/kafka/Committed.ts"
import { ReadMemory } from "../../../src/source/kafka/ReadMemory.ts"
import { TaskReader } from "../../../src/source/kafka/TaskReader.ts"
import { encodeBatch } from "./KafkajsFrames.ts"
import { limits } from "./KafkaLogHarness.ts"

const TASK: TaskDefinition = {
  sourcePartition: 3,
  inputs: [
    { kind: "chat", topic: "chat", partition: 3 },
    { kind: "viewer", topic: "viewer", partition: 3 }
  ]
}

const FAILURE = new EventLogError({ reason: "Unreadable", detail: "planted" })

/** A reader of at most three records at once, and a function that appends records to an input. */
const start = () => {
  const reader = new TaskReader(TASK, [0n, 0n], new ReadMemory(limits.memory), 3)
  /** Encodes the records that follow in an input, and returns the function that appends them. */
  const encode = Effect.fnUntraced(function* (input: number, ...values: ReadonlyArray<string>) {
    const buffer = reader.buffers[input]
    assert(buffer !== undefined)
    const offset = buffer.fetchOffset
    const records = values.map((value, offsetDelta) => ({ offsetDelta, value: Buffer.from(value) }))
    const batches = yield* Effect.promise(() => encodeBatch({ baseOffset: offset, records }))
    const { partition, topic } = buffer.input
    const ends = { highWatermark: 0n, lastStableOffset: 0n }
    const fetched = { topic, partition, errorCode: 0, ...ends, abortedTransactions: [], batches }
    return () => buffer.append(new Committed(fetched, offset), offset)
  })
  const append = (input: number, ...values: ReadonlyArray<string>) =>
    Effect.map(encode(input, ...values), (add) => add())
  const next = (...demand: ReadonlyArray<number>) =>
    Effect.map(
      reader.next(() => demand),
      (batches) => batches.map(({ input, nextOffset, records }) => [input, records.count, nextOffset])
    )
  return { append, encode, next, reader }
}

/**
 * Runs an effect until it is done or waits for something that does not come. `other` runs before
 * the effect's operation `at`, or once the effect waits. Returns its exit, if it is done.
 */
const interleaved = <A, E>(effect: Effect.Effect<A, E>, at: number, other: () => void) => {
  const tasks: Array<() => void> = []
  let operations = 0
  let isOver = false
  const runOther = (): void => {
    if (!isOver) other()
    isOver = true
  }
  const run = (): void => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      if (operations >= at) runOther()
      task()
    }
  }
  const scheduler: Scheduler.Scheduler = {
    executionMode: "async",
    shouldYield: () => ++operations === at,
    makeDispatcher: () => ({ scheduleTask: (task) => void tasks.push(task), flush: run })
  }
  const fiber = Effect.runFork(effect, { scheduler })
  run()
  const beforeOperation = isOver
  runOther()
  run()
  return { beforeOperation, exit: fiber.pollUnsafe() }
}

describe("TaskReader", () => {
  it.effect("returns a batch of each demanded input, in the order of the demand", () =>
    Effect.gen(function* () {
      const { append, next } = start()
      yield* append(0, "a")
      yield* append(1, "b")
      assert.deepStrictEqual(yield* next(1, 0), [
        [1, 1, 1n],
        [0, 1, 1n]
      ])
      yield* append(0, "c")
      yield* append(1, "d")
      assert.deepStrictEqual(yield* next(1), [[1, 1, 2n]])
    })
  )

  it.effect("bounds the records of one read over all inputs", () =>
    Effect.gen(function* () {
      const { append, next } = start()
      yield* append(0, "a", "b")
      yield* append(1, "c", "d", "e")
      assert.deepStrictEqual(yield* next(0, 1), [
        [0, 2, 2n],
        [1, 1, 1n]
      ])
      assert.deepStrictEqual(yield* next(0, 1), [[1, 2, 3n]])
    })
  )

  it.effect("returns what was appended to all inputs in one turn together", () =>
    Effect.gen(function* () {
      const { encode, next } = start()
      const appends = [yield* encode(0, "a"), yield* encode(1, "b")]
      const waiting = yield* Effect.forkChild(next(0, 1))
      yield* Effect.yieldNow
      for (const append of appends) append()
      assert.deepStrictEqual(yield* Fiber.join(waiting), [
        [0, 1, 1n],
        [1, 1, 1n]
      ])
    })
  )

  it.effect("returns records without the passing of time, whenever they arrive", () =>
    Effect.gen(function* () {
      const arrivals = new Set<boolean>()
      for (let at = 1; at <= 30; at++) {
        const { encode, next } = start()
        const appends = [yield* encode(0, "a"), yield* encode(1, "b")]
        const { beforeOperation, exit } = interleaved(next(0, 1), at, () => {
          for (const append of appends) append()
        })
        arrivals.add(beforeOperation)
        const expected = [
          [0, 1, 1n],
          [1, 1, 1n]
        ]
        assert.deepStrictEqual(exit, Exit.succeed(expected), `before operation ${at}`)
      }
      assert.strictEqual(arrivals.size, 2)
    })
  )

  it.effect("returns an empty batch after 100 ms, and after 500 ms once it was alone", () =>
    Effect.gen(function* () {
      const { append, next, reader } = start()
      const passes = (read: Fiber.Fiber<unknown, unknown>, fromMs: number, afterMs: number) =>
        Effect.gen(function* () {
          yield* Effect.yieldNow
          reader.pass(fromMs)
          reader.pass(fromMs + afterMs - 1)
          yield* Effect.yieldNow
          assert.isUndefined(read.pollUnsafe())
          reader.pass(fromMs + afterMs)
        })
      const first = yield* Effect.forkChild(next(1, 0))
      yield* passes(first, 1_000, 100)
      assert.deepStrictEqual(yield* Fiber.join(first), [[1, 0, 0n]])
      const second = yield* Effect.forkChild(next(0, 1))
      yield* passes(second, 2_000, 500)
      assert.deepStrictEqual(yield* Fiber.join(second), [[0, 0, 0n]])
      yield* append(0, "a")
      assert.deepStrictEqual(yield* next(0, 1), [[0, 1, 1n]])
      const third = yield* Effect.forkChild(next(0, 1))
      yield* passes(third, 3_000, 100)
      assert.deepStrictEqual(yield* Fiber.join(third), [[0, 0, 1n]])
    })
  )

  it.effect("returns the batches of other inputs before a failure, and fails at once when revoked", () =>
    Effect.gen(function* () {
      const { append, next, reader } = start()
      yield* append(1, "a")
      reader.buffers[0]?.fail(FAILURE)
      assert.deepStrictEqual(yield* next(1, 0), [[1, 1, 1n]])
      assert.strictEqual(yield* Effect.flip(next(1, 0)), FAILURE)
      const waiting = yield* Effect.forkChild(Effect.flip(next(1)))
      yield* Effect.yieldNow
      reader.revoke("planted")
      assert.strictEqual((yield* Fiber.join(waiting)).reason, "Revoked")
    })
  )
})
