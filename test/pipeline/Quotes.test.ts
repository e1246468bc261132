/**
 * The quotes of a moment follow from the log and the settings alone: whatever the batches, the
 * flushes and the restarts are.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { TestClock } from "effect/testing"
import type { LogRecord } from "../../src/domain/Batch.ts"
import { TaskMemory } from "../../src/pipeline/TaskActivity.ts"
import { TaskObserver } from "../../src/pipeline/TaskObserver.ts"
import { Sentiment } from "../../src/sentiment/Sentiment.ts"
import * as MemoryStore from "../../src/sink/memory/MemoryStore.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { DeadLetterTopic } from "../../src/source/DeadLetterTopic.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { runWorker } from "../../src/worker/TaskPool.ts"
import { ALL_INPUTS, settingsOf } from "./Script.ts"

const BASE_MS = Date.UTC(2026, 0, 1)
const SLIDES = 60

const settings = {
  ...settingsOf(0, 0, false),
  samples: { most: 4, names: "hashed" as const },
  maxResultsPerFlush: 3
}

const TEXTS = ["KEKW", "kekw LUL", "no way", "NO WAY!!", "hm", "what a \u{1F600} shot", "", "gg wp", "the"]
const EMOTES = ["KEKW", "LUL", "Pog"]

/** The chat of two streams in two inputs: usual people, and a burst every tenth slide. */
const history = (seed: number): ReadonlyArray<Array<LogRecord>> => {
  const draws = new Draws(hash(seed))
  const records = ALL_INPUTS.map((): Array<LogRecord> => [])
  for (let slide = 0; slide < SLIDES; slide++) {
    const isBurst = slide % 10 === 9
    const messages = isBurst ? 40 : 9
    for (let message = 0; message < messages; message++) {
      // Some are late for windows that hold them.
      const timeMs = BASE_MS + slide * 10_000 + draws.between(-8000, 9999)
      const value = {
        stream_id: `s${message % 2}`,
        timestamp: timeMs,
        user_id: `u${draws.below(isBurst ? 30 : 8)}`,
        message: isBurst && draws.below(2) === 0 ? "KEKW" : `${TEXTS[draws.below(TEXTS.length)]} ${draws.below(3)}`,
        emotes: EMOTES.filter(() => draws.below(3) === 0)
      }
      const input = records[[0, 2][draws.below(2)] ?? 0]
      input?.push({
        offset: BigInt(input.length),
        timestampMs: timeMs,
        value: new TextEncoder().encode(JSON.stringify(value))
      })
    }
  }
  return records
}

const logOf = (records: ReadonlyArray<Array<LogRecord>>, batchRecords: number) =>
  Layer.merge(
    MemoryLog.layer({ tasks: [{ sourcePartition: 0, inputs: ALL_INPUTS, records }], bounded: true, batchRecords }),
    DeadLetterTopic.layerNone
  )

/** Runs a worker until the log's end, or until it has committed so many flushes. */
const run = Effect.fnUntraced(function* (
  records: ReadonlyArray<Array<LogRecord>>,
  batchRecords: number,
  most = Number.POSITIVE_INFINITY
) {
  const store = yield* ResultStore
  let flushes = 0
  const reached = yield* Deferred.make<void>()
  const worker = yield* runWorker({
    settings,
    owner: "test",
    stop: yield* Deferred.make<void>(),
    memory: new TaskMemory(),
    knownLag: () => null
  }).pipe(
    Effect.provide(TaskObserver.layer({ onCommit: () => Effect.sync(() => void flushes++) })),
    Effect.provide([logOf(records, batchRecords), Sentiment.layer("chat")]),
    Effect.provideService(ResultStore, {
      ...store,
      commit: (flush) =>
        flushes < most ? store.commit(flush) : Effect.andThen(Deferred.succeed(reached, undefined), Effect.never)
    }),
    Effect.forkChild
  )
  yield* Effect.raceFirst(Fiber.join(worker), Deferred.await(reached))
  yield* Fiber.interrupt(worker)
  return flushes
})

/** The quotes in the tables, without the flush that wrote them. */
const quotes = Effect.map(
  Effect.flatMap(MemoryStore.MemoryTables, ({ samples }) => samples),
  (samples) => samples.map((sample) => ({ ...sample, flush: 0 }))
)

const fresh = <A, E>(body: Effect.Effect<A, E, ResultStore | MemoryStore.MemoryTables>) =>
  Effect.provide(body, Layer.fresh(MemoryStore.layer))

describe("the quotes of moments", () => {
  it.effect(
    "are the same whatever the batches, and after a crash behind any flush",
    () =>
      Effect.gen(function* () {
        yield* TestClock.setTime(BASE_MS + 3_600_000)
        let checked = 0
        for (const seed of [1, 2, 3]) {
          const records = history(seed)
          const whole = yield* fresh(Effect.andThen(run(records, 1000), quotes))
          assert.isAbove(whole.filter(({ content }) => content.samples.length > 1).length, 3)
          assert.isTrue(whole.some(({ content }) => content.words.length > 0 && content.emotes.length > 0))
          const length = yield* fresh(run(records, 7))
          for (let cut = seed; cut < length; cut += 4) {
            const cutOff = Effect.andThen(Effect.andThen(run(records, 7, cut), run(records, 13)), quotes)
            assert.deepStrictEqual(yield* fresh(cutOff), whole, `seed ${seed}, cut ${cut}`)
            checked++
          }
        }
        assert.isAbove(checked, 30)
      }),
    120_000
  )
})
