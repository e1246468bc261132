import { assert, layer } from "@effect/vitest"
import { Clock, Duration, Effect, Layer, Queue } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { maintain } from "../../../src/sink/postgres/Maintenance.ts"
import { migrate } from "../../../src/sink/postgres/Migrations.ts"
import * as Partitions from "../../../src/sink/postgres/Partitions.ts"
import { flushOf, rowOf, started, T0 } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { type Body, inFreshSchema, place } from "./FreshSchema.ts"

const at = (text: string): number => Date.parse(`${text}Z`)

/**
 * The attached partitions with their bounds, in order of time. pg_get_expr takes no relation: with
 * one it opens the relation, and returns NULL if maintenance drops it meanwhile.
 */
const partitions = Effect.gen(function* () {
  const sql = yield* SqlClient
  const found = yield* sql<{ line: string }>`
    SELECT c.relname || ' ' || regexp_replace(pg_get_expr(c.relpartbound, 0), ' 00:00:00|FOR VALUES ', '', 'g') AS line
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'chat_summary_minute'::regclass
    ORDER BY pg_get_expr(c.relpartbound, 0)`
  return found.map(({ line }) => line.replace("chat_summary_minute_", ""))
})

/** Waits until exactly these exist. */
const until = (expected: ReadonlyArray<string>) =>
  partitions.pipe(
    Effect.map((lines) => lines.map((line) => line.split(" ")[0])),
    Effect.repeat({ until: (names) => names.join() === expected.join() })
  )

const insert = (time: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end) VALUES ('x', ${time}::timestamp, ${time}::timestamp)`
  })

/**
 * A wall clock that does not move. A sleep ends at a tick, which moves the clock by its length.
 * (The pool's own sleeps would tick a TestClock for ever.)
 */
const clockAt = (timeMs: number, ticks?: Queue.Dequeue<void>): Clock.Clock => {
  let now = timeMs
  const nanos = () => BigInt(now) * 1_000_000n
  return {
    currentTimeMillisUnsafe: () => now,
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: nanos,
    monotonicTimeNanos: Effect.sync(nanos),
    sleep: (duration) =>
      ticks === undefined
        ? Effect.never
        : Effect.andThen(
            Queue.take(ticks),
            Effect.sync(() => {
              now += Duration.toMillis(duration)
            })
          )
  }
}

const atTime = (text: string) => Effect.provideService(Clock.Clock, clockAt(at(text)))

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("partitions", (it) => {
  const inSchema = (title: string, body: Body) =>
    it.effect(title, () =>
      inFreshSchema((schema) => Effect.andThen(Effect.flatMap(place(schema), migrate), body(schema)))
    )

  inSchema("makes this month's and the next one's, by the clock", () =>
    Effect.gen(function* () {
      const endOfYear = atTime("2024-12-31T23:59:59.999")
      const months = yield* Partitions.make("month")
      yield* endOfYear(months.ahead)
      assert.deepStrictEqual(yield* partitions, [
        "2024_12 FROM ('2024-12-01') TO ('2025-01-01')",
        "2025_01 FROM ('2025-01-01') TO ('2025-02-01')"
      ])
      yield* endOfYear(months.ahead)
      yield* endOfYear((yield* Partitions.make("month")).ahead)
      assert.strictEqual((yield* partitions).length, 2)
    })
  )

  inSchema("creates days next to existing months, and months around days", () =>
    Effect.gen(function* () {
      const months = yield* Partitions.make("month")
      yield* months.ensure([at("2024-05-10T00:00:00")])
      const days = yield* Partitions.make("day")
      yield* atTime("2024-06-03T12:00:00")(
        days.ensure([at("2024-05-31T23:59:59"), at("2024-06-01T00:00:00"), at("2024-06-03T12:00:00")])
      )
      assert.deepStrictEqual(yield* partitions, [
        "2024_05 FROM ('2024-05-01') TO ('2024-06-01')",
        "2024_06_01 FROM ('2024-06-01') TO ('2024-06-02')",
        "2024_06_03 FROM ('2024-06-03') TO ('2024-06-04')"
      ])
      // Back to months: what the days leave free.
      const again = yield* Partitions.make("month")
      yield* again.ensure([at("2024-06-02T00:00:00"), at("2024-06-30T00:00:00")])
      assert.deepStrictEqual((yield* partitions).slice(1), [
        "2024_06_01 FROM ('2024-06-01') TO ('2024-06-02')",
        "2024_06 FROM ('2024-06-02') TO ('2024-06-03')",
        "2024_06_03 FROM ('2024-06-03') TO ('2024-06-04')",
        "2024_06_2 FROM ('2024-06-04') TO ('2024-07-01')"
      ])
      for (const day of ["02", "03", "30"]) yield* insert(`2024-06-${day}`)
    })
  )

  inSchema("makes months for days of more than a year ago, so that old events make few partitions", () =>
    Effect.gen(function* () {
      const days = yield* Partitions.make("day")
      const everyDay = Array.from({ length: 60 }, (_, day) => at("2000-01-01T12:00:00") + day * 86_400_000)
      yield* atTime("2024-12-31T00:00:00")(
        days.ensure([...everyDay, at("2023-12-30T23:59:59"), at("2023-12-31T00:00:00"), at("2024-01-01T00:00:00")])
      )
      assert.deepStrictEqual(
        (yield* partitions).map((line) => line.split(" ")[0]),
        ["2000_01", "2000_02", "2023_12", "2024_01_01"]
      )
      for (const time of ["2000-02-29", "2023-12-31", "2024-01-01"]) yield* insert(time)
    })
  )

  inSchema("copes with unbounded, default and detached partitions", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql`CREATE TABLE ancient PARTITION OF chat_summary_minute FOR VALUES FROM (MINVALUE) TO ('2024-05-10')`
      yield* sql`CREATE TABLE rest PARTITION OF chat_summary_minute DEFAULT`
      yield* sql`CREATE TABLE chat_summary_minute_2024_06 (kept TEXT)`
      yield* insert("2024-08-01")
      const months = yield* Partitions.make("month")
      yield* months.ensure([
        at("2000-01-01T00:00:00"),
        at("2024-05-20T00:00:00"),
        at("2024-06-20T00:00:00"),
        at("2024-08-20T00:00:00"),
        Number.NaN,
        Number.POSITIVE_INFINITY
      ])
      assert.deepStrictEqual(yield* partitions, [
        "rest DEFAULT",
        "2024_05 FROM ('2024-05-10') TO ('2024-06-01')",
        "2024_06_2 FROM ('2024-06-01') TO ('2024-07-01')",
        "ancient FROM (MINVALUE) TO ('2024-05-10')"
      ])
      yield* insert("2024-08-20")
    })
  )

  inSchema("lets several makers of the same partition through", () =>
    Effect.gen(function* () {
      const makers = yield* Effect.all(Array.from({ length: 6 }, () => Partitions.make("day")))
      yield* atTime("2024-05-01T00:00:00")(
        Effect.forEach(makers, (maker) => maker.ensure([T0, T0 + 86_400_000]), { concurrency: "unbounded" })
      )
      assert.strictEqual((yield* partitions).length, 2)
    })
  )

  inSchema("drops what is wholly older than the retention, by the clock", () =>
    Effect.gen(function* () {
      const months = yield* Partitions.make("month")
      yield* months.ensure([at("2024-03-31T00:00:00"), at("2024-04-30T00:00:00"), at("2024-05-01T00:00:00")])
      const drop = months.dropExpired(Duration.days(30))
      assert.deepStrictEqual(yield* drop.pipe(atTime("2024-05-30T23:59:59.999")), ["chat_summary_minute_2024_03"])
      assert.deepStrictEqual(yield* drop.pipe(atTime("2024-05-31T00:00:00.000")), ["chat_summary_minute_2024_04"])
      assert.deepStrictEqual(yield* partitions, ["2024_05 FROM ('2024-05-01') TO ('2024-06-01')"])
      // And knows that it is gone.
      yield* months.ensure([at("2024-04-30T00:00:00")])
      assert.strictEqual((yield* partitions).length, 2)
    })
  )

  inSchema("maintains partitions every hour", () =>
    Effect.gen(function* () {
      const ticks = yield* Queue.unbounded<void>()
      const days = yield* Partitions.make("day")
      yield* maintain(days, Duration.days(1)).pipe(
        Effect.provideService(Clock.Clock, clockAt(at("2024-05-31T22:30:00"), ticks)),
        Effect.forkChild
      )
      yield* until(["2024_05_31", "2024_06_01"])
      yield* Queue.offerAll(ticks, [undefined, undefined])
      yield* until(["2024_05_31", "2024_06_01", "2024_06_02"])
      yield* Queue.offerAll(ticks, Array.from({ length: 24 }))
      yield* until(["2024_06_01", "2024_06_02", "2024_06_03"])
    })
  )

  inSchema("continues after a known partition was dropped", (schema) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* Effect.gen(function* () {
        const store = yield* ResultStore
        const first = flushOf(yield* started(), { rows: [rowOf()] })
        yield* store.commit(first)
        yield* sql`DROP TABLE chat_summary_minute_2024_05`
        const row = rowOf({ startMs: EventTimeMs(T0 + 10_000) })
        assert.deepStrictEqual(yield* store.commit(flushOf(first.checkpoint, { rows: [row] })), {
          _tag: "Committed",
          refusedRows: 0
        })
      }).pipe(Effect.provide(PostgresTables.store(schema)))
      assert.strictEqual((yield* sql`SELECT FROM chat_summary_minute`).length, 1)
    })
  )

  inSchema("does not wait for another task's flush, nor make it wait", (schema) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const months = yield* Partitions.make("month")
      yield* months.ensure([T0])
      // An open flush holds its lock on the table while the next partition is made.
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* insert("2024-05-01")
          yield* Effect.gen(function* () {
            yield* (yield* Partitions.make("month")).ensure([at("2031-01-01T00:00:00")])
          }).pipe(Effect.provide(Layer.fresh(pool(schema))))
        })
      )
      yield* insert("2031-01-01")
      assert.strictEqual((yield* partitions).length, 2)
    })
  )
})

/** Another worker's pool for the same schema; it gives up soon. */
const pool = (schema: string) =>
  Layer.unwrap(
    Effect.map(Postgres.Postgres, ({ postgres }) =>
      PostgresTables.pool({ postgres, store: { schema }, limits: { lockTimeout: Duration.seconds(2) } })
    )
  )
