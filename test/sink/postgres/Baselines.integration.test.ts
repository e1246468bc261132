/**
 * Table `baselines` and column `slide_sums` as only PostgreSQL has them: other versions' rows, the
 * price of an update, what is deleted.
 */
import { PgTypes } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../../src/domain/EventTime.ts"
import { deleteUnused } from "../../../src/sink/postgres/Baselines.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import {
  baselineOf,
  flushOf,
  momentOf,
  readBaselinesOf,
  readSlidesOf,
  type ResultTables,
  rowOf,
  started,
  T0
} from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const DAY = 86_400_000

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("baselines", (it) => {
  const inStore = (
    title: string,
    body: Effect.Effect<void, unknown, ResultStore | ResultTables | SqlClient | Postgres.Postgres>
  ) =>
    it.effect(title, () =>
      body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), Logger.layer([]))))
    )

  inStore(
    "ignores rows of other versions: baselines of another length, sums that do not decode, moments without parts or key",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const checkpoint = { ...(yield* started()), watermarkMs: AFTER_ALL }
      const moments = [
        momentOf(),
        momentOf({ stream: "earlier" }),
        momentOf({ stream: "job" }),
        momentOf({ stream: "none" })
      ]
      const malformed: Readonly<Record<string, ReadonlyArray<number>>> = {
        empty: [],
        fewer: [0, 0, 0, 0, 0, 0],
        later: [0, 0, 0, 0, 0, 0, 0, 0],
        cut: [0, 0, 0, 0, 0, 0, 0x80],
        padded: [0, 0, 0, 0, 0, 0, 0x80, 0],
        "2^53": [0, 0, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
        endless: Array.from({ length: 56 }, () => 0xff),
        huge: Array.from({ length: 100_000 }, () => 0xff)
      }
      yield* store.commit(
        flushOf(checkpoint, {
          rows: [rowOf(), ...["earlier", ...Object.keys(malformed)].map((stream) => rowOf({ stream }))],
          moments,
          baselines: [baselineOf("alpha", T0), baselineOf("earlier", T0), baselineOf("later", T0)]
        })
      )
      yield* sql`UPDATE baselines SET numbers = numbers[1:5] WHERE stream_id = 'earlier'`
      yield* sql`UPDATE baselines SET numbers = numbers || 1::float8 WHERE stream_id = 'later'`
      yield* sql`UPDATE chat_summary_minute SET slide_sums = NULL WHERE stream_id = 'earlier'`
      for (const [stream, bytes] of Object.entries(malformed)) {
        yield* sql.unsafe("UPDATE chat_summary_minute SET slide_sums = $1 WHERE stream_id = $2", [
          PgTypes.bytea(Uint8Array.from(bytes)),
          PgTypes.text(stream)
        ])
      }
      yield* sql`UPDATE moments SET metadata = '{"chat_count": 5}' WHERE stream_id = 'earlier'`
      yield* sql`UPDATE moments SET opened_as = NULL WHERE stream_id = 'job'`
      yield* sql`UPDATE moments SET metadata = NULL WHERE stream_id = 'none'`
      assert.deepStrictEqual(yield* readBaselinesOf(checkpoint, BEFORE_ALL), [baselineOf("alpha", T0)])
      assert.deepStrictEqual(
        (yield* readSlidesOf(checkpoint, BEFORE_ALL)).map(({ stream }) => stream),
        ["alpha"]
      )
      assert.deepStrictEqual(
        (yield* store.recover(checkpoint, { openSinceMs: BEFORE_ALL, slidesSinceMs: BEFORE_ALL })).moments,
        [momentOf()]
      )
    })
  )

  inStore(
    "updates a baseline in its page, without a change of the index",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      let { checkpoint } = flushOf(yield* started())
      checkpoint = { ...checkpoint, flushNumber: 0 }
      for (let n = 0; n < 3; n++) {
        const baselines = Array.from({ length: 1000 }, (_, stream) => baselineOf(`s${stream}`, T0 + n * 10_000))
        const flush = flushOf(checkpoint, { baselines })
        yield* store.commit(flush)
        checkpoint = flush.checkpoint
      }
      yield* sql`SELECT pg_stat_force_next_flush()`
      const [counted] = yield* sql<{ updates: bigint; hot: bigint }>`
        SELECT n_tup_upd AS updates, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relid = 'baselines'::regclass`
      assert.strictEqual(Number(counted?.updates), 2000)
      assert.isAbove(Number(counted?.hot), 1900)
    })
  )

  inStore(
    "deletes the baselines of streams that a task has not seen for 8 days of its own time",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const watermarkMs = EventTimeMs(T0 + 8 * DAY)
      const baselines = [baselineOf("forgotten", T0 - 1), baselineOf("known", T0), baselineOf("new", watermarkMs)]
      // A task that catches up, one that has ended, and one that has not begun know all of theirs.
      for (const [sourcePartition, watermark] of [
        [0, watermarkMs],
        [1, T0],
        [2, AFTER_ALL],
        [3, BEFORE_ALL]
      ] as const) {
        const checkpoint = yield* started({ sourcePartition })
        yield* store.commit(flushOf({ ...checkpoint, watermarkMs: EventTimeMs(watermark) }, { baselines }))
      }
      const left = sql`SELECT source_partition, stream_id FROM baselines ORDER BY 1, 2`.values
      yield* deleteUnused
      assert.deepStrictEqual(
        yield* left,
        [0, 1, 2, 3].flatMap((task) =>
          ["forgotten", "known", "new"]
            .filter((stream) => task > 0 || stream !== "forgotten")
            .map((stream) => [task, stream])
        )
      )
    })
  )

  inStore(
    "leaves a baseline alone that a flush is writing, and does not wait for it",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const checkpoint = yield* started()
      const baselines = [baselineOf("back", T0), baselineOf("gone", T0)]
      yield* store.commit(flushOf({ ...checkpoint, watermarkMs: EventTimeMs(T0 + 9 * DAY) }, { baselines }))
      const isWriting = yield* Deferred.make<void>()
      const isDone = yield* Deferred.make<void>()
      const flush = yield* sql
        .withTransaction(
          sql`UPDATE baselines SET window_end = ${"2024-05-10"}::timestamp WHERE stream_id = 'back'`.pipe(
            Effect.andThen(Deferred.succeed(isWriting, undefined)),
            Effect.andThen(Deferred.await(isDone))
          )
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(isWriting)
      yield* deleteUnused
      yield* Deferred.succeed(isDone, undefined)
      yield* Fiber.join(flush)
      assert.deepStrictEqual(yield* sql`SELECT stream_id FROM baselines`.values, [["back"]])
    })
  )
})
