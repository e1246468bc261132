import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import type { TaskOptions } from "../../src/pipeline/Task.ts"
import { runWorker } from "../../src/pipeline/Worker.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { recount } from "../oracle/Recount.ts"
import { INPUTS, oracleSettings, settingsOf } from "./Script.ts"

const BASE_MS = Date.UTC(2026, 0, 1)
const settings = settingsOf(0, 0, false)

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** Some minutes of two streams: one event a second and input, with a burst, a dead letter and late ones. */
const history = (from: number, to: number): ReadonlyArray<Array<LogRecord>> => {
  const chat: Array<LogRecord> = []
  const viewer: Array<LogRecord> = []
  for (let second = from; second < to; second++) {
    const timeMs = BASE_MS + second * 1000
    const offset = BigInt(second - from)
    const late = second % 50 === 49 ? 75_000 : second % 7 === 0 ? 8000 : 0
    const stream = second % 3 === 0 ? "b" : "a"
    chat.push({
      offset,
      timestampMs: timeMs,
      value:
        second % 40 === 11
          ? encode({ nothing: true })
          : encode({
              stream_id: stream,
              timestamp: timeMs - late,
              user_id: `u${second % 5}`,
              message: second % 4 === 0 ? "love it" : "hm",
              emotes: second > 200 && second < 230 ? ["Kappa"] : []
            })
    })
    viewer.push({
      offset,
      timestampMs: timeMs,
      value: encode({ stream_id: stream, timestamp: timeMs, viewer_count: second > 200 ? 900 : 100 })
    })
  }
  return [chat, viewer]
}

/** Lets seconds pass in steps of a poll, so that every sleeper wakes at its time. */
const pass = (seconds: number) => Effect.repeat(TestClock.adjust("100 millis"), { times: seconds * 10 - 1 })

const renumber = (records: ReadonlyArray<LogRecord>, from: bigint): Array<LogRecord> =>
  records.map((record, index) => ({ ...record, offset: from + BigInt(index) }))

const options = (stop: Deferred.Deferred<void>, onFlush: (flush: Flush) => void = () => {}): TaskOptions => ({
  settings,
  model: BaselineModel,
  owner: "test",
  stop,
  onStart: () => Effect.void,
  onCommit: (flush) => Effect.sync(() => onFlush(flush))
})

const logOf = (records: ReadonlyArray<Array<LogRecord>>, bounded: boolean) =>
  Layer.merge(
    MemoryLog.layer({ tasks: [{ sourcePartition: 0, inputs: INPUTS, records }], bounded, batchRecords: 10 }),
    DeadLetterTopic.layerNone
  )

const expected = (records: ReadonlyArray<ReadonlyArray<LogRecord>>, upToMs?: number) =>
  recount(
    INPUTS.map((input, index) => ({
      ...input,
      records: records[index] ?? [],
      taskWatermarks: [],
      deadByClock: new Set<bigint>(),
      gaps: []
    })),
    oracleSettings(settings),
    upToMs
  )

const expectTables = Effect.fnUntraced(function* (wanted: ReturnType<typeof expected>) {
  const tables = yield* MemoryStore.MemoryTables
  const differences = [
    ...compareRows(wanted.rows, yield* tables.rows),
    ...compareMoments(wanted.moments, yield* tables.moments),
    ...compareDeadLetters(wanted.deadLetters, yield* tables.deadLetters)
  ]
  assert.deepStrictEqual(differences, [])
  assert.isAbove(wanted.rows.length, 0)
})

describe("the whole worker on memory layers and the test clock", () => {
  it.effect("writes a bounded log's rows, moments and dead letters, and ends", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const records = history(0, 400)
      const stop = yield* Deferred.make<void>()
      yield* runWorker(options(stop)).pipe(Effect.provide(logOf(records, true)))
      const wanted = expected(records)
      yield* expectTables(wanted)
      assert.isAbove(wanted.moments.length, 0)
      assert.isAbove(wanted.deadLetters.length, 0)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("goes on after a stop as if it had never stopped", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const all = history(0, 400)
      const records: ReadonlyArray<Array<LogRecord>> = [[], []]
      for (const upTo of [90, 91, 260, 400]) {
        all.forEach((source, input) => {
          const have = records[input]
          have?.push(...renumber(source.slice(have.length, upTo), BigInt(have.length)))
        })
        const stop = yield* Deferred.make<void>()
        const layer = logOf(records, false)
        const worker = yield* Effect.forkChild(runWorker(options(stop)).pipe(Effect.provide(layer)))
        // Enough to read it all, too little for anybody to become idle.
        yield* pass(5)
        yield* Deferred.succeed(stop, undefined)
        yield* pass(1)
        yield* Fiber.join(worker)
      }
      const tables = yield* MemoryStore.MemoryTables
      const [checkpoint] = yield* tables.checkpoints
      assert.strictEqual(checkpoint?.epoch, 4)
      yield* expectTables(expected(all, checkpoint?.watermarkMs))
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("closes windows by the clock once every input is idle", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 100_000)
      const [chat] = history(0, 100)
      const stop = yield* Deferred.make<void>()
      const flushes: Array<Flush> = []
      const worker = yield* runWorker(options(stop, (flush) => flushes.push(flush))).pipe(
        Effect.provide(logOf([chat ?? [], []], false)),
        Effect.forkChild
      )
      const tables = yield* MemoryStore.MemoryTables
      // The viewers' log is empty: idle at once, it holds nobody up.
      yield* pass(2)
      assert.strictEqual((yield* tables.rows).at(-1)?.endMs, BASE_MS + 80_000)
      yield* pass(27)
      assert.strictEqual((yield* tables.rows).at(-1)?.endMs, BASE_MS + 80_000)
      // Silent for the idle timeout: the clock takes over.
      yield* pass(3)
      assert.strictEqual((yield* tables.rows).at(-1)?.endMs, BASE_MS + 120_000)
      yield* pass(60)
      assert.strictEqual((yield* tables.rows).at(-1)?.endMs, BASE_MS + 150_000)
      yield* Deferred.succeed(stop, undefined)
      yield* pass(1)
      yield* Fiber.join(worker)
      assert.deepStrictEqual(
        flushes.map(({ checkpoint }) => checkpoint.flush),
        flushes.map((_, index) => index + 1)
      )
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("refuses a task of the other scope, other windows and other topics than the checkpoints'", () =>
    Effect.gen(function* () {
      const records = history(0, 10)
      const refusal = (sourcePartition: number, changes: Partial<TaskOptions["settings"]>, topic = "chat") =>
        Effect.gen(function* () {
          const inputs = INPUTS.map((input) => (input.kind === "chat" ? { ...input, topic } : input))
          const log = MemoryLog.layer({
            tasks: [{ sourcePartition, inputs, records }],
            bounded: true,
            batchRecords: 10
          })
          const stop = yield* Deferred.make<void>()
          const worker = runWorker({ ...options(stop), settings: { ...settings, ...changes } })
          return yield* worker.pipe(Effect.provide(Layer.merge(log, DeadLetterTopic.layerNone)), Effect.flip)
        })
      const stop = yield* Deferred.make<void>()
      yield* runWorker(options(stop)).pipe(Effect.provide(logOf(records, true)))
      assert.include((yield* refusal(-2, {})).message, "TASK_SCOPE=partition")
      const window = { sizeMs: 60_000, slideMs: 20_000 }
      assert.include((yield* refusal(0, { window })).message, "WINDOW_DURATION")
      assert.include((yield* refusal(0, {}, "talk")).message, "CHAT_TOPIC")
    }).pipe(Effect.provide(MemoryStore.layer))
  )
})
