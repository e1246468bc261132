import { assert, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Logger, Metric } from "effect"
import { makeCheck } from "../../src/worker/SplitStreamWatch.ts"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { splitStreams } from "../../src/observability/Metrics.ts"
import { WorkerStatus } from "../../src/observability/WorkerStatus.ts"
import { Tables } from "../../src/query/Tables.ts"
import { rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask } from "../harness/ApiWorld.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"

const MINUTE = 60_000

/** A row of each stream in the window that starts so many minutes after the first. */
const rows = (minute: number, ...streams: ReadonlyArray<string>): ReadonlyArray<SummaryRow> =>
  streams.map((stream) => rowOf({ stream, startMs: EventTimeMs(T0 + minute * MINUTE) }))

const at = (minute: number) => ({ watermarkMs: EventTimeMs(T0 + minute * MINUTE) })

/**
 * A worker's check of tables of their own, with its warnings and its metric. `run` sets the tasks
 * that it runs.
 */
const withCheck = <A, E, R>(
  body: (world: {
    readonly check: Effect.Effect<void>
    readonly run: (...checkpoints: ReadonlyArray<Checkpoint>) => Effect.Effect<void>
    readonly warnings: ReadonlyArray<string>
  }) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const warnings: Array<string> = []
    const logger = Logger.make(({ logLevel, message }) => {
      if (logLevel === "Warn") warnings.push(String(message))
    })
    yield* Effect.gen(function* () {
      const tables = yield* Tables
      const status = yield* WorkerStatus
      yield* tables.open(postgres, { schema })
      const check = yield* makeCheck
      yield* body({
        warnings,
        check: Effect.orDie(check),
        run: (...checkpoints) =>
          Effect.forEach(checkpoints, (checkpoint) => status.record(0, { _tag: "Started", checkpoint }), {
            discard: true
          })
      })
    }).pipe(
      Effect.provide(
        Layer.mergeAll(
          PostgresTables.store(schema).pipe(Layer.provideMerge(PostgresTables.database(schema))),
          Tables.layer,
          WorkerStatus.layer({ livenessTimeout: Duration.minutes(2) }),
          Logger.layer([logger])
        )
      ),
      Effect.provideService(Metric.MetricRegistry, new Map())
    )
  })

const counted = Effect.map(Metric.value(splitStreams), ({ count }) => count)

layer(PostgresHarness.layer({ timezone: "America/New_York" }), { excludeTestServices: true })(
  "streams in several tasks",
  (it) => {
    it.effect(
      "are counted in a window that all have behind them, by the worker of their first task, and reported once",
      () =>
        withCheck(({ check, run, warnings }) =>
          Effect.gen(function* () {
            const first = yield* startTask({ sourcePartition: 0 })
            const second = yield* startTask({ sourcePartition: 1 })
            yield* first.commit({
              rows: [...rows(0, "alpha", "beta\u001b[2J"), ...rows(1, "alpha"), ...rows(2, "gamma")]
            })
            yield* second.commit({ rows: [...rows(0, "alpha", "beta\u001b[2J", "delta"), ...rows(2, "gamma")] })
            yield* run(yield* first.commit({}, at(3)))
            // The window that ends a minute before the watermark: the second one, with one row of
            // alpha.
            yield* check
            assert.strictEqual(yield* counted, 0)

            yield* run(yield* first.commit({}, at(4)))
            yield* check
            yield* check
            assert.strictEqual(yield* counted, 1)
            assert.lengthOf(warnings, 1)
            assert.include(warnings[0], "1 stream comes through several tasks")
            assert.include(warnings[0], "gamma (tasks 0, 1)")

            yield* first.commit({ rows: rows(3, "beta\u001b[2J", "alpha") })
            yield* second.commit({ rows: rows(3, "beta\u001b[2J", "alpha") })
            yield* run(yield* first.commit({}, at(5)))
            yield* check
            assert.strictEqual(yield* counted, 3)
            assert.lengthOf(warnings, 1)
          })
        )
    )

    it.effect("are the other worker's if it runs their first task", () =>
      withCheck(({ check, run, warnings }) =>
        Effect.gen(function* () {
          const first = yield* startTask({ sourcePartition: 0 })
          const second = yield* startTask({ sourcePartition: 1 })
          yield* first.commit({ rows: rows(0, "alpha") })
          yield* second.commit({ rows: rows(0, "alpha") })
          yield* run(yield* second.commit({}, at(2)))
          yield* check
          assert.strictEqual(yield* counted, 0)
          assert.lengthOf(warnings, 0)
        })
      )
    )

    it.effect("are reported with names that can't act on a terminal", () =>
      withCheck(({ check, run, warnings }) =>
        Effect.gen(function* () {
          const tasks = yield* Effect.forEach([0, 1, 2], (sourcePartition) => startTask({ sourcePartition }))
          const names = ["e", "d", "c", "b", "a\u001b[2J"]
          for (const task of tasks) yield* task.commit({ rows: rows(0, ...names) })
          for (const task of tasks) {
            yield* run(yield* task.commit({}, at(2)))
          }
          yield* check
          assert.strictEqual(yield* counted, 5)
          assert.include(warnings[0], "5 streams come through several tasks")
          assert.include(warnings[0], String.raw`a\u001b[2J (tasks 0, 1, 2), b (tasks 0, 1, 2), c (tasks 0, 1, 2). `)
        })
      )
    )

    it.effect("are not searched before the first watermark, and not if one task reads everything", () =>
      withCheck(({ check, run }) =>
        Effect.gen(function* () {
          yield* check
          const all = yield* startTask({ sourcePartition: -2 })
          yield* all.commit({ rows: rows(0, "alpha") })
          yield* run(yield* all.commit({}, at(9)))
          yield* check
          assert.strictEqual(yield* counted, 0)
        })
      )
    )
  }
)
