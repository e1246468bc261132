import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Batch } from "../../../src/domain/Batch.ts"
import { ALL_PARTITIONS, type TaskDefinition } from "../../../src/domain/Task.ts"
import { EventLog } from "../../../src/source/EventLog.ts"
import { Simulator } from "../../../src/source/simulator/Simulator.ts"
import * as SimulatorLog from "../../../src/source/simulator/SimulatorLog.ts"

const ORIGIN = Date.UTC(2026, 0, 1)
const HOUR = 3_600_000

const defaults: SimulatorLog.SimulatorLogOptions = {
  simulator: {},
  topics: { chat: "c", viewer: "v" },
  taskScope: "partition",
  startingOffsets: "earliest"
}
const layerOf = (options: Partial<SimulatorLog.SimulatorLogOptions>) => SimulatorLog.layer({ ...defaults, ...options })

/** Chat at 100/s and viewers at 10/s of partition 1. */
const task: TaskDefinition = {
  sourcePartition: 1,
  inputs: [
    { kind: "chat", topic: "c", partition: 1 },
    { kind: "viewer", topic: "v", partition: 1 }
  ]
}

const both = (): ReadonlyArray<number> => [0, 1]
const sizes = (batches: ReadonlyArray<Batch>) =>
  batches.map(({ input, records, nextOffset }) => [input, records.count, Number(nextOffset)])

describe("SimulatorLog", () => {
  it.effect("one task per partition, for ever", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const seen: Array<ReadonlyArray<TaskDefinition>> = []
      const watching = yield* Effect.forkChild(
        Stream.runForEach(log.assignments, ({ tasks }) => Effect.sync(() => seen.push(tasks)))
      )
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(watching.pollUnsafe())
      assert.strictEqual(seen.length, 1)
      assert.deepStrictEqual(
        seen[0]?.map(({ sourcePartition }) => sourcePartition),
        [0, 1, 2]
      )
      assert.deepStrictEqual(seen[0]?.[1], task)
      yield* Fiber.interrupt(watching)
    }).pipe(Effect.provide(layerOf({})))
  )

  it.effect("a single task with all partitions under the scope all", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const first = yield* Stream.runCollect(Stream.take(log.assignments, 1))
      assert.strictEqual(first[0]?.tasks.length, 1)
      assert.strictEqual(first[0]?.tasks[0]?.sourcePartition, ALL_PARTITIONS)
      assert.deepStrictEqual(
        first[0]?.tasks[0]?.inputs.map(({ topic, partition }) => `${topic}${partition}`),
        ["c0", "v0", "c1", "v1", "c2", "v2"]
      )
    }).pipe(Effect.provide(layerOf({ taskScope: "all" })))
  )

  it.effect.each([
    ["earliest", undefined, [45 * 60 * 100, 45 * 60 * 10]],
    ["earliest", 60_000, [59 * 60 * 100, 59 * 60 * 10]],
    ["earliest", 2 * HOUR, [0, 0]],
    ["latest", undefined, [60 * 60 * 100 + 1, 60 * 60 * 10 + 1]]
  ] as const)("%s with a history of %s ms starts at its log time", ([startingOffsets, historyMs, expected]) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(ORIGIN + HOUR)
      const log = yield* EventLog
      assert.deepStrictEqual((yield* log.startOffsets(task)).map(Number), [...expected])
      // The record of this very millisecond is there.
      assert.deepStrictEqual((yield* log.endOffsets(task)).map(Number), [360_001, 36_001])
      yield* TestClock.adjust("9 millis")
      assert.deepStrictEqual((yield* log.endOffsets(task)).map(Number), [360_001, 36_001])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* log.endOffsets(task)).map(Number), [360_002, 36_001])
    }).pipe(Effect.provide(layerOf(historyMs === undefined ? { startingOffsets } : { startingOffsets, historyMs })))
  )

  it.effect("history comes at once, then the present as time goes by, in the order of demand", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(ORIGIN + 29_999)
      const log = yield* EventLog
      const batches: Array<Batch> = []
      yield* Effect.forkChild(
        Stream.runForEach(log.read(task, [500n, 0n], both), (batch) => Effect.sync(() => batches.push(batch)))
      )
      while (batches.length < 4) yield* Effect.yieldNow
      const history = [
        [0, 1000, 1500],
        [0, 1000, 2500],
        [0, 500, 3000],
        [1, 300, 300]
      ]
      assert.deepStrictEqual(sizes(batches), history)
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(batches.length, 4)
      yield* TestClock.adjust("1 millis")
      // The wait is over: ten messages; and the viewers that came meanwhile.
      assert.deepStrictEqual(sizes(batches).slice(4), [
        [0, 10, 3010],
        [1, 1, 301]
      ])
      const simulator = new Simulator({})
      for (const { input, records } of batches) {
        for (const record of records) {
          const { key: _, value, ...expected } = simulator.recordAt(input === 0 ? "chat" : "viewer", 1, record.offset)
          assert.deepStrictEqual(record, { ...expected, value: value === null ? null : new Uint8Array(value) })
        }
      }
    }).pipe(Effect.provide(layerOf({})))
  )

  it.effect("without records of a demanded input, an empty batch comes", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(ORIGIN + 10_000)
      const log = yield* EventLog
      const batches: Array<Batch> = []
      let wanted: ReadonlyArray<number> = [1]
      const [chat, viewer] = yield* log.endOffsets(task)
      yield* Effect.forkChild(
        Stream.runForEach(
          log.read(task, [chat ?? 0n, (viewer ?? 0n) + 2n], () => wanted),
          (batch) => Effect.sync(() => batches.push(batch))
        )
      )
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(sizes(batches), [[1, 0, 103]])
      wanted = []
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(sizes(batches).slice(1), [[0, 0, 1001]])
      wanted = [1, 0]
      yield* TestClock.adjust("100 millis")
      assert.deepStrictEqual(sizes(batches).slice(2), [
        [1, 1, 104],
        [0, 30, 1031]
      ])
    }).pipe(Effect.provide(layerOf({})))
  )

  it.effect("before the origin there is nothing", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      assert.deepStrictEqual(yield* log.startOffsets(task), [0n, 0n])
      assert.deepStrictEqual(yield* log.endOffsets(task), [0n, 0n])
    }).pipe(Effect.provide(layerOf({})))
  )

  it.effect("a bounded log starts at its beginning and ends", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(ORIGIN + HOUR)
      const log = yield* EventLog
      const assignments = yield* Stream.runCollect(log.assignments)
      assert.strictEqual(assignments[0]?.tasks.length, 3)
      assert.deepStrictEqual(yield* log.endOffsets(task), [2500n, 40n])
      const starts = yield* log.startOffsets(task)
      const batches = yield* Stream.runCollect(log.read(task, starts, both))
      assert.deepStrictEqual(sizes(batches), [
        [0, 1000, 1000],
        [0, 1000, 2000],
        [0, 500, 2500],
        [1, 40, 40]
      ])
      assert.deepStrictEqual(sizes(yield* Stream.runCollect(log.read(task, [2500n, 39n], both))), [[1, 1, 40]])
      yield* log.commit(task, [2500n, 40n])
    }).pipe(Effect.provide(layerOf({ endOffset: { chat: 2500n, viewer: 40n } })))
  )

  it.effect.each([
    [-1n, 0n],
    [2501n, 0n],
    [0n, 41n]
  ])("refuses positions outside the log: %s, %s", (positions) =>
    Effect.gen(function* () {
      yield* TestClock.setTime(ORIGIN + HOUR)
      const log = yield* EventLog
      const error = yield* Effect.flip(Stream.runDrain(log.read(task, positions, both)))
      assert.strictEqual(error.reason, "OffsetOutOfRange")
      assert.include(error.message, positions[0] === 0n ? "topic v[1]" : "topic c[1]")
    }).pipe(Effect.provide(layerOf({ endOffset: { chat: 2500n, viewer: 40n } })))
  )
})
