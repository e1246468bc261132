/**
 * Everything closes at once: the rows are written in several flushes, and a restart between any two
 * of them writes exactly the others.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { Flush } from "../../src/domain/Flush.ts"
import { TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { runWorker } from "../../src/worker/TaskPool.ts"
import { TaskObserver } from "../../src/pipeline/TaskObserver.ts"
import { Sentiment } from "../../src/sentiment/Sentiment.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { compareMoments, compareRows } from "../oracle/Compare.ts"
import { recount, NO_DECISIONS } from "../oracle/Recount.ts"
import { INPUTS, isEmitted, oracleSettings, settingsOf } from "./Script.ts"

const BASE_MS = Date.UTC(2026, 0, 1)
const MOST = 7
const settings = { ...settingsOf(0, 0, false), maxResultsPerFlush: MOST }

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** An event of each stream every ten seconds, with a burst at the end. */
const history = (streams: number, seconds: number): ReadonlyArray<Array<LogRecord>> => {
  const events = Array.from({ length: seconds / 10 }, (_, step) => BASE_MS + step * 10_000).flatMap((timeMs, step) =>
    Array.from({ length: streams }, (_, stream) => ({ stream_id: `s${stream}`, timestamp: timeMs, step }))
  )
  return INPUTS.map(({ kind }) =>
    events
      .flatMap(({ step, ...event }) =>
        Array.from({ length: kind === "chat" && step * 10 === seconds - 10 ? 9 : 1 }, (_, copy) => ({
          ...event,
          ...(kind === "chat" ? { user_id: `u${copy}`, message: "love it" } : { viewer_count: 10 + step })
        }))
      )
      .map((event, index) => ({ offset: BigInt(index), timestampMs: event.timestamp, value: encode(event) }))
  )
}

const logOf = (records: ReadonlyArray<Array<LogRecord>>) =>
  Layer.merge(
    MemoryLog.layer({ tasks: [{ sourcePartition: 0, inputs: INPUTS, records }], bounded: true, batchRecords: 1000 }),
    DeadLetterTopic.layerNone
  )

/** Runs a worker until the log's end, or until it has committed so many flushes; gives those. */
const run = Effect.fnUntraced(function* (records: ReadonlyArray<Array<LogRecord>>, most = Number.POSITIVE_INFINITY) {
  const store = yield* ResultStore
  const flushes: Array<Flush> = []
  const reached = yield* Deferred.make<void>()
  const worker = yield* runWorker({
    settings,
    owner: "test",
    stop: yield* Deferred.make<void>(),
    memory: new TaskMemory(),
    knownLag: () => null
  }).pipe(
    Effect.provide(TaskObserver.layer({ onCommit: (flush) => Effect.sync(() => void flushes.push(flush)) })),
    Effect.provide([logOf(records), Sentiment.layer("baseline")]),
    Effect.provideService(ResultStore, {
      ...store,
      commit: (flush) =>
        flushes.length < most ? store.commit(flush) : Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
    }),
    Effect.forkChild
  )
  yield* Effect.raceFirst(Fiber.join(worker), Deferred.await(reached))
  yield* Fiber.interrupt(worker)
  return flushes
})

const expectTables = Effect.fnUntraced(function* (records: ReadonlyArray<Array<LogRecord>>) {
  const tables = yield* MemoryStore.MemoryTables
  const wanted = recount(
    INPUTS.map((input, index) => ({
      ...input,
      records: records[index] ?? [],
      ...NO_DECISIONS
    })),
    oracleSettings(settings)
  )
  assert.deepStrictEqual(compareRows(wanted.rows, yield* tables.rows), [])
  assert.deepStrictEqual(compareMoments(wanted.moments, yield* tables.moments), [])
  return wanted
})

describe("windows that close at once", () => {
  const records = history(10, 60)

  it.effect("are written in flushes of bounded size", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const flushes = yield* run(records)
      const { rows } = yield* expectTables(records)
      assert.isAtLeast(flushes.length, rows.length / MOST)
      for (const { checkpoint, rows } of flushes) {
        assert.isAtMost(rows.length, MOST)
        assert.isTrue(rows.every((row) => isEmitted(row, checkpoint)))
      }
      assert.isTrue(flushes.some(({ checkpoint }) => checkpoint.emitted !== undefined))
      assert.isUndefined(flushes.at(-1)?.checkpoint.emitted)
    }).pipe(Effect.provide(MemoryStore.layer))
  )

  it.effect("are written once each, whatever the cut after which the worker starts again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(BASE_MS + 3_600_000)
      const { length } = yield* run(records).pipe(Effect.provide(Layer.fresh(MemoryStore.layer)))
      assert.isAbove(length, 10)
      for (let cut = 0; cut < length; cut++) {
        yield* Effect.gen(function* () {
          const before = yield* run(records, cut)
          const after = yield* run(records)
          yield* expectTables(records)
          const keys = [...before, ...after].flatMap(({ rows }) =>
            rows.map(({ endMs, stream }) => `${endMs} ${stream}`)
          )
          assert.strictEqual(new Set(keys).size, keys.length, `cut ${cut}`)
        }).pipe(Effect.provide(Layer.fresh(MemoryStore.layer)))
      }
    })
  )
})
