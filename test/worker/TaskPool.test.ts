import { TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { LogRecord } from "../../src/domain/Batch.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import { runWorker } from "../../src/worker/TaskPool.ts"
import { Sentiment } from "../../src/sentiment/Sentiment.ts"
import type { TaskOptions } from "../../src/pipeline/Task.ts"
import { TaskObserver } from "../../src/pipeline/TaskObserver.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { ResultStore, ResultStoreError } from "../../src/sink/ResultStore.ts"
import type { StreamSlide } from "../../src/domain/Slide.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import { type Assignment, EventLog } from "../../src/source/EventLog.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { recount, NO_DECISIONS } from "../oracle/Recount.ts"
import { INPUTS, oracleSettings, settingsOf } from "../pipeline/Script.ts"

const BASE_MS = Date.UTC(2026, 0, 1)
const settings = settingsOf(0, 0, false)

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/**
 * Some minutes of two streams: one event a second and input, with a burst, a dead letter and late
 * ones.
 */
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

const options = (stop: Deferred.Deferred<void>): TaskOptions => ({
  settings,
  owner: "test",
  stop,
  memory: new TaskMemory(),
  knownLag: () => null
})

/** Runs a worker that reports to `observer`. */
const work = (taskOptions: TaskOptions, observer: Parameters<typeof TaskObserver.layer>[0] = {}) =>
  Effect.provide(runWorker(taskOptions), [TaskObserver.layer(observer), Sentiment.layer("baseline")])

const logOf = (
  records: ReadonlyArray<Array<LogRecord>>,
  bounded: boolean,
  { batchRecords = 10, starts = [] }: { readonly batchRecords?: number; readonly starts?: ReadonlyArray<bigint> } = {}
) =>
  Layer.merge(
    MemoryLog.layer({ tasks: [{ sourcePartition: 0, inputs: INPUTS, records, starts }], bounded, batchRecords }),
    DeadLetterTopic.layerNone
  )

/** A log whose tasks are assigned by hand. */
const assignedBy = (assignments: Queue.Dequeue<Assignment>, tasks: ReadonlyArray<MemoryLog.MemoryTask>) =>
  Layer.merge(
    Layer.effect(
      EventLog,
      Effect.map(EventLog, (inner) => ({ ...inner, assignments: Stream.fromQueue(assignments) }))
    ).pipe(Layer.provide(MemoryLog.layer({ tasks, bounded: false, batchRecords: 10 }))),
    DeadLetterTopic.layerNone
  )

const expected = (records: ReadonlyArray<ReadonlyArray<LogRecord>>, upToMs?: number) =>
  recount(
    INPUTS.map((input, index) => ({
      ...input,
      records: records[index] ?? [],
      ...NO_DECISIONS
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

/** Runs a worker for some seconds, stops it and lets it flush; gives the task's checkpoint. */
const runFor = Effect.fnUntraced(function* <E>(
  seconds: number,
  log: Layer.Layer<EventLog | DeadLetterTopic, E>,
  changes: Partial<TaskOptions> = {}
) {
  const stop = yield* Deferred.make<void>()
  const worker = yield* work({ ...options(stop), ...changes }).pipe(Effect.provide(log), Effect.forkChild)
  yield* pass(seconds)
  yield* Deferred.succeed(stop, undefined)
  yield* pass(1)
  yield* Fiber.join(worker)
  const tables = yield* MemoryStore.MemoryTables
  return (yield* tables.checkpoints)[0]
})

/** Rows whose scores are left to other tests. */
const unjudged = <A extends object>(rows: ReadonlyArray<A>) =>
  rows.map((row) => ({ ...row, zScore: null, isAnomaly: false }))

/**
 * Runs twice, idle in between with a backlog behind it: what the tables hold, and how many events
 * were late.
 */
const backlogIn = (batchRecords: number) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(BASE_MS + 3_600_000)
    const all = history(0, 1000)
    const upTo = (end: number) =>
      logOf(
        all.map((source) => source.slice(0, end)),
        false,
        { batchRecords }
      )
    yield* runFor(40, upTo(100))
    yield* runFor(5, upTo(1000))
    const tables = yield* MemoryStore.MemoryTables
    return {
      rows: (yield* tables.rows).map((row) => ({ ...row, flush: 0 })),
      late: (yield* tables.statuses).reduce((sum, status) => sum + status.late, 0)
    }
  }).pipe(Effect.provide(Layer.fresh(MemoryStore.layer)))

describe("the whole worker on memory layers and the test clock", () => {
  it.effect("writes a bounded log's rows, moments and dead letters, and ends", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const records = history(0, 400)
      const stop = yield* Deferred.make<void>()
      yield* work(options(stop)).pipe(Effect.provide(logOf(records, true)))
      const wanted = expected(records)
      yield* expectTables(wanted)
      assert.isAbove(wanted.moments.length, 0)
      assert.isAbove(wanted.deadLetters.length, 0)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("reports with every flush how fast the task was and, if known, how many records are left", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const stop = yield* Deferred.make<void>()
      const worker = yield* work({
        ...options(stop),
        knownLag: ({ inputs }) => inputs.reduce((left, { nextOffset }) => left + 500 - Number(nextOffset), 0)
      }).pipe(Effect.provide(logOf(history(0, 400), false)), Effect.forkChild)
      yield* pass(3)
      yield* Deferred.succeed(stop, undefined)
      yield* pass(1)
      yield* Fiber.join(worker)
      const [status] = yield* (yield* MemoryStore.MemoryTables).statuses
      // 800 records, in the first second.
      assert.deepInclude(status, { records: 800, lagRecords: 200 })
      assert.closeTo(status?.recordsPerSecond ?? 0, 800, 80)
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
        // Enough to read it all, too little for an input to become idle.
        yield* runFor(5, logOf(records, false))
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
      const worker = yield* work(options(stop), {
        onCommit: (flush) => Effect.sync(() => void flushes.push(flush))
      }).pipe(Effect.provide(logOf([chat ?? [], []], false)), Effect.forkChild)
      const tables = yield* MemoryStore.MemoryTables
      // The viewers' log is empty: idle at once, it does not hold the watermark back.
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
        flushes.map(({ checkpoint }) => checkpoint.flushNumber),
        flushes.map((_, index) => index + 1)
      )
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect(
    "counts a backlog that has come while every input was idle and no worker ran, whatever the size of the batches",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* backlogIn(1000), yield* backlogIn(5))
      })
  )

  it.effect("gives its assignment up only after the last flush", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const happened: Array<string> = []
      const records = history(0, 200)
      const stop = yield* Deferred.make<void>()
      const log = Layer.effect(
        EventLog,
        Effect.map(EventLog, (inner) => ({
          ...inner,
          assignments: inner.assignments.pipe(Stream.ensuring(Effect.sync(() => happened.push("left"))))
        }))
      ).pipe(Layer.provide(logOf(records, false)))
      const worker = yield* work(options(stop), {
        onCommit: (flush) => Effect.sync(() => void happened.push(`flush ${flush.checkpoint.flushNumber}`))
      }).pipe(Effect.provide(Layer.merge(log, DeadLetterTopic.layerNone)), Effect.forkChild)
      // Begun, but before the first flush is due.
      yield* pass(0.5)
      yield* Deferred.succeed(stop, undefined)
      yield* pass(1)
      yield* Fiber.join(worker)
      assert.deepStrictEqual(happened, ["flush 1", "left"])
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("leaves a task alone that stays, ends one that goes, and begins one that comes", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const records = history(0, 200)
      const tasks = [0, 1, 2].map((sourcePartition) => ({ sourcePartition, inputs: INPUTS, records }))
      const assignments = yield* Queue.unbounded<Assignment>()
      const stop = yield* Deferred.make<void>()
      const worker = yield* work(options(stop)).pipe(Effect.provide(assignedBy(assignments, tasks)), Effect.forkChild)
      const epochs = Effect.gen(function* () {
        const { checkpoints } = yield* MemoryStore.MemoryTables
        return (yield* checkpoints).map(({ epoch, sourcePartition }) => `${sourcePartition}: ${epoch}`)
      })
      const assign = (generation: number, numbers: ReadonlyArray<number>) =>
        Effect.gen(function* () {
          const mine = tasks.filter(({ sourcePartition }) => numbers.includes(sourcePartition))
          yield* Queue.offer(assignments, { generation, tasks: mine })
          yield* pass(2)
          return yield* epochs
        })
      assert.deepStrictEqual(yield* assign(1, [0, 1]), ["0: 1", "1: 1"])
      assert.deepStrictEqual(yield* assign(2, [0, 2]), ["0: 1", "1: 1", "2: 1"])
      assert.deepStrictEqual(yield* assign(3, [0, 1]), ["0: 1", "1: 2", "2: 1"])
      assert.deepStrictEqual(yield* assign(4, []), ["0: 1", "1: 2", "2: 1"])
      assert.deepStrictEqual(yield* assign(5, [2, 0]), ["0: 2", "1: 2", "2: 2"])
      yield* Deferred.succeed(stop, undefined)
      yield* pass(1)
      yield* Fiber.join(worker)
      const { rows } = yield* MemoryStore.MemoryTables
      const [checkpoint] = yield* (yield* MemoryStore.MemoryTables).checkpoints
      const wanted = expected(records, checkpoint?.watermarkMs).rows
      for (const task of [0, 1, 2]) {
        const mine = (yield* rows).filter(({ sourcePartition }) => sourcePartition === task)
        assert.deepStrictEqual(
          compareRows(
            wanted,
            mine.map((row) => ({ ...row, sourcePartition: 0 }))
          ),
          []
        )
      }
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("keeps the idle clocks of its inputs while the reading starts again and again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const [chat = [], viewer = []] = history(0, 400)
      // The viewers fall silent: chat is paused until they are idle.
      const records = [chat, viewer.slice(0, 100)]
      const memory = new TaskMemory()
      const waiting = yield* runFor(20, logOf(records, false), { memory })
      assert.strictEqual(waiting?.inputs[1]?.active, true)
      const idle = yield* runFor(20, logOf(records, false), { memory })
      assert.strictEqual(idle?.inputs[1]?.active, false)
      assert.strictEqual(idle?.inputs[0]?.nextOffset, 400n)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("keeps the slides that it has read when the store fails in between", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const all = history(0, 400)
      const upTo = (count: number) =>
        logOf(
          all.map((source) => source.slice(0, count)),
          false
        )
      yield* runFor(5, upTo(300))
      const store = yield* ResultStore
      const requested: Array<number> = []
      /** Gives ten windows at a time, then fails. */
      const failing = ResultStore.of({
        ...store,
        slides: (checkpoint, fromMs, take) => {
          requested.push(fromMs)
          const page: Array<StreamSlide> = []
          return Effect.andThen(
            store.slides(checkpoint, fromMs, (rows) => {
              const ends = [...new Set(rows.map(({ endMs }) => endMs))]
              page.push(...rows.filter(({ endMs }) => endMs <= (ends[9] ?? ends.at(-1) ?? 0)))
              take(page)
            }),
            () =>
              page.at(-1)?.endMs === fromMs || page.length === 0
                ? Effect.void
                : Effect.fail(new ResultStoreError({ reason: "Unreachable", detail: "gone" }))
          )
        }
      })
      const checkpoint = yield* runFor(60, upTo(400)).pipe(Effect.provideService(ResultStore, failing))
      assert.isAbove(requested.length, 2)
      assert.deepStrictEqual(
        requested,
        [...new Set(requested)].toSorted((a, b) => a - b)
      )
      yield* expectTables(expected(all, checkpoint?.watermarkMs))
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("takes a task back that was fenced although it is still assigned", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const all = history(0, 400)
      const records = all.map((source) => source.slice(0, 200))
      const ends: Array<boolean> = []
      const stop = yield* Deferred.make<void>()
      const worker = yield* work(options(stop), {
        onEnd: (_, fenced) => Effect.sync(() => void ends.push(fenced))
      }).pipe(Effect.provide(logOf(records, false)), Effect.forkChild)
      yield* pass(3)
      const store = yield* ResultStore
      assert.strictEqual((yield* store.takeOver(0, "another")).epoch, 2)
      all.forEach((source, input) => records[input]?.push(...source.slice(200)))
      yield* pass(3)
      assert.deepStrictEqual(ends, [true])
      yield* pass(5)
      const tables = yield* MemoryStore.MemoryTables
      const [checkpoint] = yield* tables.checkpoints
      assert.strictEqual(checkpoint?.epoch, 3)
      yield* expectTables(expected(all, checkpoint?.watermarkMs))
      yield* Deferred.succeed(stop, undefined)
      yield* pass(1)
      yield* Fiber.join(worker)
      assert.deepStrictEqual(ends, [true, false])
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("records what the log has lost, and marks the windows that may lack it", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const all = history(0, 400)
      const tables = yield* MemoryStore.MemoryTables
      const run = (upTo: number, starts: ReadonlyArray<bigint>) =>
        runFor(
          5,
          logOf(
            all.map((source) => source.slice(0, upTo)),
            false,
            { starts }
          )
        )
      const before = yield* run(200, [0n, 0n])
      const [rereadChat = 0n] = before?.inputs.map(({ rereadOffset }) => rereadOffset) ?? []
      // Retention has taken chat up to 250: what was open and what was never read.
      const after = yield* run(400, [250n, 0n])
      const gap = { topic: "chat", partition: 0, fromOffset: rereadChat, toOffset: 250n }
      const [found] = yield* tables.gaps
      assert.deepStrictEqual(found, {
        ...gap,
        eventsFromMs: EventTimeMs(before?.watermarkMs ?? 0),
        eventsToMs: EventTimeMs(BASE_MS + 260_000)
      })
      const oracle = INPUTS.map((input, index) => ({
        ...input,
        records: all[index] ?? [],
        ...NO_DECISIONS,
        gaps: index === 0 ? [{ ...gap, watermarkMs: before?.watermarkMs ?? 0 }] : []
      }))
      // Rows that were written before the loss stay; those after it count what is left. Both share
      // a past, so scores are left to other tests.
      const lostFromMs = before?.watermarkMs ?? 0
      const wanted = [
        ...expected(all, lostFromMs).rows,
        ...recount(oracle, oracleSettings(settings), after?.watermarkMs).rows.filter(({ endMs }) => endMs > lostFromMs)
      ]
      assert.deepStrictEqual(compareRows(unjudged(wanted), unjudged(yield* tables.rows)), [])
      assert.isTrue(wanted.some(({ complete }) => !complete) && wanted.at(-1)?.complete)
      assert.strictEqual((yield* tables.gaps).length, 1)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("writes only whole windows after size and slide have changed, and judges them by new baselines", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const all = history(0, 400)
      const tables = yield* MemoryStore.MemoryTables
      const run = (upTo: number, window: TaskOptions["settings"]["window"]) =>
        runFor(
          5,
          logOf(
            all.map((source) => source.slice(0, upTo)),
            false
          ),
          { settings: { ...settings, window } }
        )
      const before = yield* run(150, settings.window)
      const window = { sizeMs: 20_000, slideMs: 5000 }
      const latestMs = Math.max(...(before?.inputs.map((input) => input.maxTimeBeforeRereadMs) ?? []))
      yield* run(200, window)
      const after = yield* run(400, window)
      const wanted = recount(
        INPUTS.map((input, index) => ({
          ...input,
          records: all[index] ?? [],
          ...NO_DECISIONS
        })),
        { ...oracleSettings(settings), ...window },
        after?.watermarkMs
      )
      const whole = wanted.rows.filter(({ endMs, startMs }) => startMs > latestMs && endMs > (before?.watermarkMs ?? 0))
      const rows = (yield* tables.rows).filter(({ endMs, startMs }) => endMs - startMs === window.sizeMs)
      assert.deepStrictEqual(compareRows(unjudged(whole), unjudged(rows)), [])
      assert.isAbove(whole.length, 0)
      assert.isNull(rows[0]?.zScore)
      assert.isTrue(rows.some(({ zScore }) => zScore !== null))
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("refuses a task of the other scope and other topics than the checkpoints'", () =>
    Effect.gen(function* () {
      const records = history(0, 10)
      const refusal = (sourcePartition: number, topic: string) =>
        Effect.gen(function* () {
          const inputs = INPUTS.map((input) => (input.kind === "chat" ? { ...input, topic } : input))
          const log = MemoryLog.layer({
            tasks: [{ sourcePartition, inputs, records }],
            bounded: true,
            batchRecords: 10
          })
          const stop = yield* Deferred.make<void>()
          return yield* work(options(stop)).pipe(
            Effect.provide(Layer.merge(log, DeadLetterTopic.layerNone)),
            Effect.flip
          )
        })
      const stop = yield* Deferred.make<void>()
      yield* work(options(stop)).pipe(Effect.provide(logOf(records, true)))
      assert.include((yield* refusal(-2, "chat")).message, "TASK_SCOPE=partition")
      assert.include((yield* refusal(0, "talk")).message, "CHAT_TOPIC")
    }).pipe(Effect.provide(MemoryStore.layer))
  )
})
