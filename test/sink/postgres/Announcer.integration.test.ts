import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger, Queue, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { Notifications } from "../../../src/postgres/Client.ts"
import { FLUSH_CHANNEL } from "../../../src/postgres/FlushChannel.ts"
import { flushOf, rowOf, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const TASKS = [0, 1, 2, 3]

/** Too many for a transaction that tasks share. */
const manyRows = Array.from({ length: 501 }, (_, n) => rowOf({ stream: `stream-${String(n).padStart(3, "0")}` }))

layer(Layer.effect(Postgres.Postgres, Postgres.startPostgres18()), {
  timeout: "10 minutes",
  excludeTestServices: true
})("announcements", (it) => {
  it.effect("commits of several tasks wait for the disk at the same time", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const flushes = yield* Effect.forEach(
        TASKS,
        Effect.fnUntraced(function* (sourcePartition) {
          const first = flushOf(yield* started({ sourcePartition }), { rows: [rowOf()] })
          yield* store.commit(first) // makes the partition
          return flushOf(first.checkpoint, { rows: manyRows })
        })
      )
      // A standby that does not exist makes commits wait where a slow disk would.
      const configure = (value: string) =>
        Effect.andThen(
          sql.unsafe(`ALTER SYSTEM SET synchronous_standby_names = '${value}'`),
          sql`SELECT pg_reload_conf()`
        )
      const untilWaiting = (sessions: number) =>
        sql<{ waiting: number }>`
            SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE wait_event = 'SyncRep'`.pipe(
          Effect.repeat({
            until: ([row]) => row?.waiting === sessions,
            schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "8 minutes" }))
          }),
          Effect.tap(([row]) => Effect.sync(() => assert.strictEqual(row?.waiting, sessions)))
        )
      yield* sql`CREATE TABLE probe (n INT)`
      yield* configure("absent")
      yield* Effect.gen(function* () {
        // Commits go through until the server has read its configuration.
        yield* Effect.forkChild(Effect.forever(sql`INSERT INTO probe VALUES (1)`))
        yield* untilWaiting(1)
        yield* Effect.forkChild(Effect.forEach(flushes, store.commit, { concurrency: "unbounded", discard: true }))
        yield* untilWaiting(1 + TASKS.length)
      }).pipe(Effect.ensuring(Effect.orDie(configure(""))))
    }).pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), Logger.layer([]))))
  )

  it.effect("a committed flush is announced", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      const store = yield* ResultStore
      yield* Effect.gen(function* () {
        const announcements = yield* (yield* Notifications).listen(FLUSH_CHANNEL)
        const first = flushOf(yield* started())
        yield* store.commit(first)
        yield* Queue.take(announcements)
        yield* store.commit(flushOf(first.checkpoint))
        yield* Queue.take(announcements)
      }).pipe(Effect.scoped, Effect.provide(PostgresTables.pool({ postgres, store: { schema: "public" } })))
    }).pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), Logger.layer([]))))
  )
})
