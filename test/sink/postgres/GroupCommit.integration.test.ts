/** Commits of several tasks in one transaction: what they share, and what they do not. */
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Flush } from "../../../src/domain/Flush.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { flushOf, rowOf, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const TASKS = [0, 1, 2, 3]
const COMMITTED = { _tag: "Committed", refusedRows: 0 } as const

/** The first flush of each task, with a row. */
const firstFlushes = Effect.forEach(TASKS, (sourcePartition) =>
  Effect.map(started({ sourcePartition }), (checkpoint) => flushOf(checkpoint, { rows: [rowOf()] }))
)

const commitAll = (flushes: ReadonlyArray<Flush>) =>
  Effect.flatMap(ResultStore, ({ commit }) => Effect.forEach(flushes, commit, { concurrency: "unbounded" }))

/** The transactions that wrote the tasks' checkpoints. Rows are written in subtransactions. */
const transactions = Effect.flatMap(SqlClient, (sql) =>
  Effect.map(sql<{ xmin: string }>`SELECT DISTINCT xmin::text FROM checkpoints`, (rows) => rows.map(({ xmin }) => xmin))
)

const positions = Effect.flatMap(SqlClient, (sql) =>
  Effect.map(
    sql<{ task: number; flush: bigint; rows: number }>`
      SELECT source_partition AS task, c.flush,
        (SELECT count(*)::int4 FROM chat_summary_minute r WHERE r.source_partition = c.source_partition) AS rows
      FROM checkpoints c ORDER BY 1`,
    (all) => all.map(({ flush, rows }) => [Number(flush), rows])
  )
)

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("flushes of several tasks", (it) => {
  const check = (title: string, body: Effect.Effect<void, unknown, ResultStore | SqlClient>) =>
    it.effect(title, () =>
      body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), Logger.layer([]))))
    )

  check(
    "share a transaction",
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* commitAll(yield* firstFlushes), [COMMITTED, COMMITTED, COMMITTED, COMMITTED])
      assert.strictEqual((yield* transactions).length, 1)
      assert.deepStrictEqual(yield* positions, [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1]
      ])
    })
  )

  check(
    "leave the checkpoint of a task that another worker has taken over",
    Effect.gen(function* () {
      const { takeOver } = yield* ResultStore
      const flushes = yield* firstFlushes
      yield* takeOver(1, "another")
      assert.deepStrictEqual(yield* commitAll(flushes), [COMMITTED, { _tag: "Fenced", epoch: 2 }, COMMITTED, COMMITTED])
      assert.strictEqual((yield* transactions).length, 2)
      assert.deepStrictEqual(yield* positions, [
        [1, 1],
        [0, 0],
        [1, 1],
        [1, 1]
      ])
    })
  )

  check(
    "are fenced one by one, and found durable one by one",
    Effect.gen(function* () {
      const store = yield* ResultStore
      const flushes = yield* firstFlushes
      const [first, , third] = flushes
      yield* store.takeOver(1, "another")
      if (first !== undefined) yield* store.commit(first)
      assert.deepStrictEqual(yield* commitAll(flushes), [
        { _tag: "AlreadyCommitted" },
        { _tag: "Fenced", epoch: 2 },
        COMMITTED,
        COMMITTED
      ])
      assert.deepStrictEqual(yield* positions, [
        [1, 1],
        [0, 0],
        [1, 1],
        [1, 1]
      ])
      // A stale flush and a newer one of the same task, in one group.
      if (third === undefined) return
      const taken = yield* store.takeOver(2, "another")
      const next = flushOf(taken, { rows: [rowOf({ stream: "next" })] })
      const stale = flushOf(third.checkpoint, { rows: [rowOf({ stream: "stale" })] })
      assert.deepStrictEqual(yield* commitAll([stale, next]), [{ _tag: "Fenced", epoch: 2 }, COMMITTED])
      assert.deepStrictEqual((yield* positions)[2], [2, 2])
    })
  )

  check(
    "do not wait for one whose checkpoint is locked",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const flushes = yield* firstFlushes
      const held = yield* Deferred.make<void>()
      const released = yield* Deferred.make<void>()
      const holding = yield* sql`SELECT FROM checkpoints WHERE source_partition = 2 FOR UPDATE`.pipe(
        Effect.andThen(Deferred.succeed(held, undefined)),
        Effect.andThen(Deferred.await(released)),
        (lock) => sql.withTransaction(lock),
        Effect.forkChild
      )
      yield* Deferred.await(held)
      const locked = yield* Effect.forkChild(commitAll(flushes.filter((_, task) => task === 2)))
      const others = yield* commitAll(flushes.filter((_, task) => task !== 2))
      assert.deepStrictEqual(others, [COMMITTED, COMMITTED, COMMITTED])
      yield* Deferred.succeed(released, undefined)
      yield* Fiber.join(holding)
      assert.deepStrictEqual(yield* Fiber.join(locked), [COMMITTED])
    })
  )

  check(
    "all become durable if one replaces rows",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const flushes = yield* firstFlushes
      yield* commitAll(flushes)
      // An operator set the checkpoint back.
      yield* sql`UPDATE checkpoints SET flush = 0 WHERE source_partition = 1`
      const again = flushes.map((flush, task) =>
        task === 1 ? flush : flushOf(flush.checkpoint, { rows: [rowOf({ stream: "next" })] })
      )
      assert.deepStrictEqual(yield* commitAll(again), [COMMITTED, COMMITTED, COMMITTED, COMMITTED])
      assert.deepStrictEqual(yield* positions, [
        [2, 2],
        [1, 1],
        [2, 2],
        [2, 2]
      ])
    })
  )
})
