import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Schedule, Stream } from "effect"
import { EventLog } from "../../../src/source/EventLog.ts"
import { EventWriter, type NewRecord } from "../../../src/source/EventWriter.ts"
import * as LocalLog from "../../../src/source/local/LocalLog.ts"
import * as LocalWriter from "../../../src/source/local/LocalWriter.ts"
import * as Postgres from "../../harness/Postgres.ts"
import { Random } from "../../harness/Random.ts"
import { untilTrue } from "../../harness/Until.ts"
import { type CuttingProxy, startProxy } from "./CuttingProxy.ts"
import {
  MAX_VALUE_BYTES,
  nowMs,
  numbered,
  readAll,
  TASK,
  TOPICS,
  valuesOf,
  withLog,
  type World
} from "./LocalHarness.ts"

const TIMEOUT = { timeout: "10 minutes", excludeTestServices: true } as const

/** A writer and a reader through the proxy. */
const through = ({ postgres }: CuttingProxy, { schema }: World) =>
  Effect.gen(function* () {
    const options = { postgres, schema, topics: TOPICS }
    const both = yield* Layer.build(
      Layer.mergeAll(
        LocalWriter.layer(options),
        LocalLog.layer({ ...options, taskScope: "partition", maxValueBytes: MAX_VALUE_BYTES })
      )
    )
    return {
      append: (yield* Effect.provide(EventWriter, both)).append,
      log: yield* Effect.provide(EventLog, both)
    }
  })

const texts = (records: ReadonlyArray<NewRecord>): ReadonlyArray<string> => records.map(({ value }) => value)

layer(Postgres.layer(), TIMEOUT)("the local log over a connection that breaks", (it) => {
  it.effect("appends once if the reply to COMMIT is lost", () =>
    withLog((world) =>
      Effect.gen(function* () {
        const proxy = yield* startProxy(world.postgres)
        const { append } = yield* through(proxy, world)
        yield* append(numbered(0, 3, yield* nowMs))
        proxy.loseNextCommit()
        const records = numbered(3, 6, yield* nowMs)
        const error = yield* Effect.flip(append(records))
        assert.strictEqual(error.reason, "Unreachable", error.message)
        assert.strictEqual(proxy.lost(), 1)
        // It is durable, which the writer does not know.
        assert.deepStrictEqual(yield* world.log.endOffsets(TASK), [6n, 0n])
        yield* append(records)
        yield* append(numbered(6, 8, yield* nowMs))
        assert.deepStrictEqual(valuesOf(yield* readAll(world.log)), texts(numbered(0, 8, 0)))
      })
    )
  )

  it.effect("loses and doubles nothing while connections are cut at random points", () =>
    withLog((world) =>
      Effect.gen(function* () {
        const random = new Random(20_261_130)
        const proxy = yield* startProxy(world.postgres)
        const { append, log } = yield* through(proxy, world)
        const expected = texts(numbered(0, 6_000, 0))
        const seen: Array<string> = []
        const reading = yield* log
          .read(TASK, [0n, 0n], () => [0, 1])
          .pipe(
            Stream.tap((batch) => Effect.sync(() => seen.push(...valuesOf([batch])))),
            Stream.takeUntil(() => seen.length >= expected.length),
            Stream.runDrain,
            Effect.forkScoped
          )
        let failures = 0
        const cutting = yield* Effect.suspend(() => {
          if (random.chance(0.5)) proxy.cut()
          else proxy.loseNextCommit()
          return Effect.sleep(5 + random.next() * 60)
        }).pipe(Effect.forever, Effect.forkScoped)
        for (let from = 0; from < expected.length; from += 50) {
          yield* append(numbered(from, from + 50, yield* nowMs)).pipe(
            Effect.tapError(() => Effect.sync(() => failures++)),
            Effect.retry(Schedule.spaced("5 millis"))
          )
        }
        yield* Fiber.interrupt(cutting)
        yield* Fiber.join(reading)
        assert.deepStrictEqual(seen, expected)
        assert.deepStrictEqual(valuesOf(yield* readAll(world.log)), expected)
        assert.isAbove(failures, 0)
        assert.isAbove(proxy.lost(), 0)
      })
    )
  )
})

layer(Layer.empty, TIMEOUT)("the local log while PostgreSQL is away", (it) => {
  it.effect("fails what cannot wait, lets time pass, and continues where it was", () =>
    Effect.gen(function* () {
      const server = yield* Postgres.startPostgres18({ settings: { fsync: "on" } })
      yield* withLog((world) =>
        Effect.gen(function* () {
          const { log } = world
          const { append } = yield* world.writer
          const seen: Array<string> = []
          let empties = 0
          const reading = yield* log
            .read(TASK, [0n, 0n], () => [0, 1])
            .pipe(
              Stream.tap((batch) =>
                Effect.sync(() => {
                  if (batch.records.count === 0) empties++
                  seen.push(...valuesOf([batch]))
                })
              ),
              Stream.takeUntil(() => seen.length >= 60),
              Stream.runDrain,
              Effect.forkScoped
            )
          yield* append(numbered(0, 30, yield* nowMs))
          yield* untilTrue("30 records", () => seen.length === 30)

          yield* server.stopAtOnce
          const before = empties
          yield* untilTrue("five empty batches", () => empties >= before + 5)
          const records = numbered(30, 60, yield* nowMs)
          for (const error of [yield* Effect.flip(append(records)), yield* Effect.flip(log.endOffsets(TASK))]) {
            assert.strictEqual(error.reason, "Unreachable", error.message)
            assert.isTrue(error.isRetryable)
          }
          yield* server.start
          yield* append(records).pipe(Effect.retry(Schedule.spaced("100 millis")))
          yield* Fiber.join(reading)
          assert.deepStrictEqual(seen, texts(numbered(0, 60, 0)))
        })
      ).pipe(Effect.provideService(Postgres.Postgres, server))
    })
  )
})
