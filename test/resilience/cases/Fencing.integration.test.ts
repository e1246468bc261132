/**
 * An owner that is frozen in the middle of a flush: a worker process under SIGSTOP. A closed laptop
 * lid, a paused container or a long stall of the host have the same effect. Another owner takes the
 * task over and commits while the first is still frozen. After waking, the first changes nothing
 * and reports that.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Schedule, type Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ResultStore, type ResultStoreError } from "../../../src/sink/ResultStore.ts"
import { flushOf, rowOf } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { startWorker, storeEnv, untilPrinted, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { until } from "../../harness/Until.ts"

/** The task that is fought for. */
const TASK = 0

/** The advisory lock that a flush is held with; the worker has others. */
const HELD = 7_341_002

const flushNumber = Effect.flatMap(SqlClient, (sql) =>
  sql<{ flush: bigint }>`SELECT flush FROM checkpoints WHERE source_partition = ${TASK}`.pipe(
    Effect.map(([row]) => row?.flush)
  )
)

/** The contents of the tables for the task, as text. */
const contents = Effect.flatMap(SqlClient, (sql) =>
  sql.unsafe<{ line: string }>(
    `SELECT t::text AS line FROM chat_summary_minute t WHERE source_partition = ${TASK} UNION ALL
    SELECT t::text FROM moments t WHERE source_partition = ${TASK} UNION ALL
    SELECT t::text FROM dead_letters t WHERE partition = ${TASK} UNION ALL
    SELECT t::text FROM checkpoints t WHERE source_partition = ${TASK} ORDER BY line`
  )
).pipe(Effect.map((rows) => rows.map(({ line }) => line)))

/** How many sessions of workers fulfil the condition. */
const sessions = (condition: string) =>
  Effect.flatMap(SqlClient, (sql) =>
    sql.unsafe<{ count: number }>(
      `SELECT count(*)::int4 AS count FROM pg_stat_activity WHERE application_name = 'telemetra' AND pid <> pg_backend_pid() AND ${condition}`
    )
  ).pipe(Effect.map(([row]) => row?.count ?? 0))

const IN_TRANSACTION = "state LIKE 'idle in transaction%'"

/** A worker that has been writing for a while. No Kafka is needed for that. */
const startOwner = (schema: string) =>
  Effect.gen(function* () {
    const { postgres } = yield* Postgres.Postgres
    const worker = yield* startWorker(["run"], { ...(yield* storeEnv(postgres, schema)), SOURCE: "simulator" })
    yield* until(
      "the first flushes",
      flushNumber.pipe(
        Effect.orElseSucceed(() => undefined), // no tables yet
        Effect.map((flush) => (flush !== undefined && flush >= 2n ? flush : undefined))
      ),
      worker.output
    )
    return worker
  })

/**
 * Has the task's next flush wait: as the first statement of its transaction ends, or as it commits.
 */
const holdNextFlush = (where: "first statement" | "commit") =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const held = yield* Deferred.make<void>()
    const released = yield* Deferred.make<void>()
    const holding = yield* sql
      .withTransaction(
        sql`SELECT pg_advisory_xact_lock(${HELD})`.pipe(
          Effect.andThen(Deferred.succeed(held, undefined)),
          Effect.andThen(Deferred.await(released))
        )
      )
      .pipe(Effect.forkScoped)
    yield* Deferred.await(held)
    yield* sql.unsafe(`CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(${HELD}); RETURN NULL; END'`)
    yield* sql.unsafe(
      `CREATE CONSTRAINT TRIGGER hold AFTER UPDATE ON checkpoints
      ${where === "commit" ? "DEFERRABLE INITIALLY DEFERRED" : "NOT DEFERRABLE"}
      FOR EACH ROW WHEN (NEW.source_partition = ${TASK} AND NEW.flush > OLD.flush) EXECUTE FUNCTION hold()`
    )
    return { release: Effect.andThen(Deferred.succeed(released, undefined), Fiber.join(holding)) }
  })

/**
 * Freezes the worker inside the flush that is held, then lets PostgreSQL go on without it. Gives
 * the session that was held.
 */
const freezeInHeldFlush = (worker: WorkerProcess, release: Effect.Effect<unknown, unknown>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const waiting = sql<{
      pid: number
    }>`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${HELD} AND NOT granted`
    const pid = yield* until(
      "the flush to wait",
      Effect.map(waiting, ([lock]) => lock?.pid),
      worker.output
    )
    yield* worker.signal("SIGSTOP")
    yield* release
    return pid
  })

/** As a worker does. */
const again = <A>(call: Effect.Effect<A, ResultStoreError>) =>
  Effect.retry(call, { schedule: Schedule.spaced("250 millis"), while: ({ isRetryable }) => isRetryable })

/**
 * Takes the task over and commits, and retries a refused commit. Returns the contents afterwards.
 */
const newOwner = (schema: string) =>
  Effect.gen(function* () {
    const store = yield* ResultStore
    const before = yield* again(store.takeOver(TASK, "the new owner"))
    const flush = flushOf(before, { rows: [rowOf({ stream: "new-owner" })] })
    const outcome = yield* again(store.commit(flush))
    assert.deepStrictEqual(outcome, { _tag: "Committed", refusedRows: 0 })
    return { takenAt: BigInt(before.flushNumber), contents: yield* contents }
  }).pipe(
    Effect.provide(otherStore(schema)),
    Effect.timeoutOrElse({ duration: "8 minutes", orElse: () => Effect.die("the new owner was kept waiting") })
  )

/** Wakes the first owner, which finds out that it is none. */
const wake = (worker: WorkerProcess, expected: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    assert.notInclude(worker.output(), "is owned by another worker")
    yield* worker.signal("SIGCONT")
    yield* untilPrinted(worker, /Task 0 is owned by another worker \(epoch \d+, ours \d+\): flush \d+ was not written/)
    assert.deepStrictEqual(yield* contents, expected)
    // Its other tasks continue, and it stops as usual.
    yield* worker.signal("SIGTERM")
    assert.strictEqual(yield* worker.ended, 0, worker.output())
    assert.deepStrictEqual(yield* contents, expected)
  })

/** The store of another worker, with the limits that every worker has. */
const otherStore = (schema: string) =>
  Layer.unwrap(
    Effect.map(Postgres.Postgres, ({ postgres }) =>
      Layer.fresh(Layer.provide(PostgresTables.store(schema), PostgresTables.pool({ postgres, store: { schema } })))
    )
  )

describe("an owner that is frozen", () => {
  layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    /**
     * In a schema of its own. The test's own sessions may hold things up for longer than a
     * worker's.
     */
    const inSchema = (
      title: string,
      body: (schema: string) => Effect.Effect<void, unknown, Postgres.Postgres | SqlClient | Scope.Scope>
    ) =>
      it.effect(title, () =>
        Effect.gen(function* () {
          const schema = (yield* Postgres.Postgres).freshSchema()
          yield* Effect.scoped(body(schema)).pipe(
            Effect.provide(
              PostgresTables.database(schema, {
                idleInTransactionTimeout: Duration.minutes(2),
                lockTimeout: Duration.minutes(1)
              })
            )
          )
        })
      )

    // No lock is held: the new owner does not wait.
    inSchema("before BEGIN blocks no other owner", (schema) =>
      Effect.gen(function* () {
        const worker = yield* startOwner(schema)
        const frozenOutside = Effect.gen(function* () {
          yield* worker.signal("SIGSTOP")
          yield* until(
            "statements to end",
            Effect.map(sessions("state = 'active'"), (n) => n === 0 || undefined),
            worker.output
          )
          if ((yield* sessions(IN_TRANSACTION)) === 0) return true
          yield* worker.signal("SIGCONT")
          return undefined
        })
        yield* until("a moment between two flushes", frozenOutside, worker.output)
        const stood = yield* flushNumber
        const now = yield* newOwner(schema)
        assert.strictEqual(now.takenAt, stood)
        yield* wake(worker, now.contents)
      })
    )

    // The checkpoint's row is locked until PostgreSQL ends the session. That happens 10 s (idle in
    // transaction) after the current statement, which takes 15 s at most.
    inSchema("between two statements is cut off, and its flush is undone", (schema) =>
      Effect.gen(function* () {
        const worker = yield* startOwner(schema)
        const { release } = yield* holdNextFlush("first statement")
        const pid = yield* freezeInHeldFlush(worker, release)
        yield* until(
          "the statement to end",
          Effect.map(sessions(`${IN_TRANSACTION} AND pid = ${pid}`), (n) => n === 1 || undefined),
          worker.output
        )
        const stood = yield* flushNumber
        const now = yield* newOwner(schema)
        assert.strictEqual(now.takenAt, stood)
        assert.strictEqual(yield* sessions(`pid = ${pid}`), 0)
        yield* wake(worker, now.contents)
        assert.match(worker.output(), /Commit of flush \d+ of task 0 failed, attempt 1: /)
      })
    )

    // The checkpoint's row is locked until PostgreSQL has committed: 15 s at most (statement). Then
    // the flush is durable, and the new owner continues from it.
    inSchema("after COMMIT was sent has committed, and the new owner continues from there", (schema) =>
      Effect.gen(function* () {
        const worker = yield* startOwner(schema)
        const { release } = yield* holdNextFlush("commit")
        const stood = (yield* flushNumber) ?? 0n
        yield* freezeInHeldFlush(worker, release)
        const now = yield* newOwner(schema)
        assert.strictEqual(now.takenAt, stood + 1n)
        yield* wake(worker, now.contents)
      })
    )
  })
})
