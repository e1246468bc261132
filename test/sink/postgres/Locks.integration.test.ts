/**
 * Which locks the worker takes and waits for. The tables have 400 daily partitions; a statement
 * must lock only the partitions that it reads or writes.
 */
import { randomUUID } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Duration, Effect, Fiber, Layer, Logger, Schedule } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import type { Repair } from "../../../src/sink/Repair.ts"
import { readFlushes } from "../../../src/query/FlushRows.ts"
import { readLiveStreams, readStream } from "../../../src/query/LiveStreams.ts"
import { readSplitStreams } from "../../../src/query/SplitStreams.ts"
import { readSummaries } from "../../../src/query/StreamSummaries.ts"
import { RepairTables } from "../../../src/sink/RepairTables.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { quoteIdentifier } from "../../../src/postgres/Identifier.ts"
import * as Partitions from "../../../src/sink/postgres/Partitions.ts"
import * as PostgresRepair from "../../../src/sink/postgres/PostgresRepair.ts"
import * as PostgresStore from "../../../src/sink/postgres/PostgresStore.ts"
import { readBaselines } from "../../../src/sink/postgres/Baselines.ts"
import { readMoments, readSlides } from "../../../src/sink/postgres/Recovery.ts"
import {
  baselineOf,
  checkpointOf,
  deadLetterOf,
  flushOf,
  momentOf,
  rowOf,
  started,
  T0
} from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const DAY = 86_400_000
const DAYS = 400

/**
 * A flush touches few relations: the parent, one partition with its indexes, and the small tables
 * with theirs.
 */
const FEW_LOCKS = 60

/**
 * More executions than PostgreSQL plans with the parameters' values before it considers a plan for
 * any values.
 */
const EXECUTIONS = 8

/** Daily partitions around T0, made in several transactions so that making them needs few locks. */
const manyPartitions = Effect.gen(function* () {
  const sql = yield* SqlClient
  for (let first = 0; first < DAYS; first += 40) {
    yield* sql.unsafe(`DO $$ BEGIN
      FOR n IN ${first}..${first + 39} LOOP
        EXECUTE format('CREATE TABLE IF NOT EXISTS day_%s PARTITION OF chat_summary_minute FOR VALUES FROM (%L) TO (%L)',
          n, TIMESTAMP '2024-05-01' + (n - 200) * INTERVAL '1 day',
            TIMESTAMP '2024-05-01' + (n - 199) * INTERVAL '1 day');
      END LOOP;
    END $$`)
  }
  // Or the planner believes that the catalog is small, and evaluates conditions after joins.
  yield* sql`ANALYZE pg_class`
  yield* sql`ANALYZE pg_inherits`
})

const dayOf = (timeMs: number): string => `day_${Math.floor((timeMs - T0) / DAY) + 200}`

interface Held {
  readonly total: number
  /** Partitions of chat_summary_minute, ascending by name. */
  readonly partitions: ReadonlyArray<string>
}

/** The locks of a server process; without one those of this session. */
const locksOf = Effect.fnUntraced(function* (pid?: number) {
  const sql = yield* SqlClient
  const [row] = yield* sql.unsafe<Held>(
    `SELECT count(*)::int AS total,
      coalesce(array_agg(DISTINCT c.relname::text) FILTER (WHERE c.relname ~ '^day_[0-9]+$'), '{}') AS partitions
    FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
      WHERE l.pid = ${pid === undefined ? "pg_backend_pid()" : pid} AND l.granted`
  )
  return row ?? assert.fail("no answer")
})

/** No two dead letters of these tests are the same. */
let nextOffset = 0n

/**
 * The locks that `body` holds at its last statement: it has to wait there for a dead letter that
 * another session writes.
 */
const locksWithin = Effect.fnUntraced(function* <A, E, R>(offset: bigint, body: Effect.Effect<A, E, R>) {
  const sql = yield* SqlClient
  return yield* sql
    .withTransaction(
      Effect.gen(function* () {
        const [me] = yield* sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`
        yield* sql`INSERT INTO dead_letters (topic, partition, kafka_offset, reason, payload, payload_bytes)
        VALUES ('telemetra.events.chat', 3, ${offset}, 'invalid-event', '', 0)`
        const writer = yield* Effect.forkChild(body)
        const waiting = yield* sql<{ pid: number }>`
        SELECT pid FROM pg_stat_activity WHERE ${me?.pid ?? 0} = ANY (pg_blocking_pids(pid))`.pipe(
          Effect.repeat({ until: (found) => found.length > 0, schedule: Schedule.spaced("20 millis") })
        )
        const held = yield* locksOf(waiting[0]?.pid)
        return { held, writer }
      })
    )
    .pipe(
      Effect.tap(({ writer }) => Fiber.join(writer)),
      Effect.map(({ held }) => held)
    )
})

/**
 * While another session has locked tables that are none of the worker's business, or is dropping
 * them.
 */
const whileLocked = (statements: ReadonlyArray<string>) =>
  Effect.fnUntraced(function* <A, E, R>(body: Effect.Effect<A, E, R>) {
    const sql = yield* SqlClient
    const other = quoteIdentifier(`${schema}_other`)
    const mine = quoteIdentifier(schema)
    yield* sql.unsafe(`DROP SCHEMA IF EXISTS ${other} CASCADE`)
    yield* sql.unsafe(`CREATE SCHEMA ${other}`)
    for (const place of [other, mine]) {
      yield* sql.unsafe(`DROP TABLE IF EXISTS ${place}.foreign_parent`)
      yield* sql.unsafe(`CREATE TABLE ${place}.foreign_parent (at TIMESTAMP) PARTITION BY RANGE (at)`)
      yield* sql.unsafe(
        `CREATE TABLE ${place}.foreign_part PARTITION OF ${place}.foreign_parent FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')`
      )
    }
    yield* sql.withTransaction(
      Effect.gen(function* () {
        for (const place of [other, mine]) {
          for (const statement of statements) yield* sql.unsafe(statement.replaceAll("$", place))
        }
        yield* body
      })
    )
  })

const schema = `locks_${randomUUID().slice(0, 8)}`
const store = PostgresTables.storeConfig(schema, { partitionBy: "day" })

const withPostgres = <A, E, R>(make: (postgres: PostgresConfig) => Layer.Layer<A, E, R>) =>
  Layer.unwrap(Effect.map(Postgres.Postgres, ({ postgres }) => make(postgres)))

/**
 * The tables with their partitions, and two kinds of sessions: the worker's only one, and those of
 * the test.
 */
const tables = withPostgres((postgres) => {
  const options = { postgres, store }
  const worker = Layer.provideMerge(PostgresRepair.layerNoDeps(options), PostgresStore.layerNoDeps(options)).pipe(
    Layer.provide(Layer.fresh(PostgresTables.pool({ ...options, limits: { poolSize: 1 } })))
  )
  const made = Layer.effectDiscard(
    Effect.andThen(Effect.scoped(Layer.build(PostgresStore.layerNoDeps(options))), manyPartitions)
  )
  return worker.pipe(Layer.provide(made), Layer.provideMerge(PostgresTables.database(schema)))
})

const suite = (server: Layer.Layer<Postgres.Postgres, Postgres.PostgresHarnessError>) =>
  layer(Layer.provideMerge(Layer.provideMerge(tables, server), Logger.layer([])), {
    timeout: "10 minutes",
    excludeTestServices: true
  })((it) => {
    it.effect("a flush locks the partitions of its rows", () =>
      Effect.gen(function* () {
        const results = yield* ResultStore
        let checkpoint: Checkpoint = yield* started()
        for (let n = 0; n < EXECUTIONS; n++) {
          const offset = nextOffset++
          const startMs = T0 + n * 10_000
          const flush = flushOf(checkpoint, {
            rows: [rowOf({ startMs: EventTimeMs(startMs) })],
            moments: [momentOf({ timestampMs: EventTimeMs(startMs) })],
            baselines: [baselineOf("alpha", startMs)],
            deadLetters: [deadLetterOf({ offset })]
          })
          checkpoint = flush.checkpoint
          const held = yield* locksWithin(offset, results.commit(flush))
          assert.deepStrictEqual(held.partitions, [dayOf(startMs)])
          assert.isAtMost(held.total, FEW_LOCKS)
        }
      })
    )

    it.effect("a flush that replaces adopted rows locks the partitions of its rows", () =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const { postgres } = yield* Postgres.Postgres
        for (const timeMs of [T0 - 100 * DAY, T0, T0 + 100 * DAY]) {
          yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end)
            VALUES ('alpha', ${new Date(timeMs).toISOString().slice(0, -1)}::timestamp,
              ${new Date(timeMs + 60_000).toISOString().slice(0, -1)}::timestamp)`
        }
        // A store that starts with adopted rows.
        yield* Effect.gen(function* () {
          const results = yield* ResultStore
          let checkpoint: Checkpoint = yield* started()
          for (let n = 0; n < EXECUTIONS; n++) {
            const offset = nextOffset++
            // Two days that are far apart: those between are not touched.
            const rows = [T0 - 100 * DAY, T0].map((timeMs) => rowOf({ startMs: EventTimeMs(timeMs + n * 10_000) }))
            const flush = flushOf(checkpoint, { rows, deadLetters: [deadLetterOf({ offset })] })
            checkpoint = flush.checkpoint
            const held = yield* locksWithin(offset, results.commit(flush))
            assert.deepStrictEqual(held.partitions, [dayOf(T0 - 100 * DAY), dayOf(T0)])
            assert.isAtMost(held.total, FEW_LOCKS)
          }
        }).pipe(
          Effect.provide(
            Layer.fresh(
              PostgresStore.layer({
                postgres,
                store: store,
                limits: { poolSize: 1 }
              })
            )
          )
        )
        const left = yield* sql<{
          at: Date
        }>`SELECT window_start AS at FROM chat_summary_minute WHERE source_partition = -1`
        assert.deepStrictEqual(
          left.map(({ at }) => at.getTime()),
          [T0 + 100 * DAY]
        )
      })
    )

    it.effect("a repair locks the partitions of its rows", () =>
      Effect.gen(function* () {
        const tables = yield* RepairTables
        yield* started({ sourcePartition: 4, watermarkMs: EventTimeMs(T0 + DAY) })
        for (let n = 0; n < EXECUTIONS; n++) {
          const offset = nextOffset++
          const startMs = EventTimeMs(T0 + n * 10_000)
          const row = rowOf({ startMs })
          const repair: Repair = {
            sourcePartition: 4,
            range: { fromMs: T0, toMs: T0 + DAY },
            slideMs: 10_000,
            rows: [row],
            moments: [],
            settled: [],
            overToMs: Number.POSITIVE_INFINITY,
            over: [],
            momentsFromMs: T0,
            found: [],
            broadcasts: [],
            foundBroadcasts: [],
            deadLetters: [deadLetterOf({ offset })]
          }
          const held = yield* locksWithin(offset, tables.repair(repair))
          assert.deepStrictEqual(held.partitions, [dayOf(startMs)])
          assert.isAtMost(held.total, FEW_LOCKS)
        }
      })
    )

    it.effect("a recovery locks the partitions of the slides that it reads", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Postgres.Postgres
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          const place = { ...postgres, schema }
          const checkpoint = checkpointOf({ watermarkMs: EventTimeMs(T0 + DAY / 2) })
          for (let n = 0; n < EXECUTIONS; n++) {
            const held = yield* sql.withTransaction(
              Effect.gen(function* () {
                yield* readBaselines(checkpoint, EventTimeMs(T0), () => {})
                yield* readSlides(checkpoint, EventTimeMs(T0 + 60_000), () => {})
                yield* readMoments(place, 3, EventTimeMs(T0))
                return yield* locksOf()
              })
            )
            assert.deepStrictEqual(held.partitions, [dayOf(T0)])
            assert.isAtMost(held.total, FEW_LOCKS)
          }
        }).pipe(
          Effect.provide(Layer.fresh(PostgresTables.pool({ postgres, store: { schema }, limits: { poolSize: 1 } })))
        )
      })
    )

    it.effect("the API's reads lock few partitions", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Postgres.Postgres
        const results = yield* ResultStore
        const stream = "live"
        const first = flushOf(yield* started({ sourcePartition: 5 }), {
          rows: [rowOf({ stream, startMs: EventTimeMs(T0) })]
        })
        yield* results.commit(first)
        const second = flushOf(first.checkpoint, { rows: [rowOf({ stream, startMs: EventTimeMs(T0 + 10_000) })] })
        const watermarkMs = EventTimeMs(T0 + 70_000)
        yield* results.commit({ ...second, checkpoint: { ...second.checkpoint, watermarkMs } })
        const flushes = {
          sourcePartition: 5,
          after: BigInt(first.checkpoint.flushNumber),
          upTo: BigInt(second.checkpoint.flushNumber)
        }
        const range = { from: T0, to: T0 + DAY }
        const everything = { from: T0 - 100 * DAY, to: T0 + DAY }
        const reads: Readonly<Record<string, Effect.Effect<number, unknown, SqlClient>>> = {
          live: Effect.map(readLiveStreams({ sort: "chat_count", limit: 10 }), ({ items }) => items.length),
          windows: Effect.map(readSummaries({ stream, ...range, limit: 10 }), ({ items }) => items.length),
          steps: Effect.map(readSummaries({ stream, ...range, step: 10, limit: 10 }), ({ items }) => items.length),
          split: Effect.as(readSplitStreams({ startMs: T0, endMs: T0 + 60_000 }, [5]), 1)
        }
        // These go back in time until they find something, statement by statement.
        const searches: typeof reads = {
          stream: Effect.map(readStream(stream), (found) => (found === undefined ? 0 : 1)),
          flushes: Effect.map(
            readFlushes(flushes, { windows: "all", moments: true }, { rows: 10, bytes: 1_000_000 }),
            (found) => found?.windows.length ?? 0
          ),
          first: Effect.map(readSummaries({ stream, ...everything, limit: 1 }), ({ items }) => items.length)
        }
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          for (const [name, read] of Object.entries(reads)) {
            for (let n = 0; n < EXECUTIONS; n++) {
              const held = yield* sql.withTransaction(
                Effect.gen(function* () {
                  assert.isAbove(yield* read, 0, name)
                  return yield* locksOf()
                })
              )
              assert.isAtMost(held.partitions.length, 2, name)
              assert.isAtMost(held.total, FEW_LOCKS, name)
            }
          }
          for (const [name, read] of Object.entries(searches)) assert.isAbove(yield* read, 0, name)
        }).pipe(
          Effect.provide(Layer.fresh(PostgresTables.pool({ postgres, store: { schema }, limits: { poolSize: 1 } })))
        )
      })
    )

    for (const [how, statements] of [
      ["locked", ["LOCK TABLE $.foreign_parent, $.foreign_part IN ACCESS EXCLUSIVE MODE"]],
      ["dropped", ["DROP TABLE $.foreign_part"]]
    ] as const) {
      it.effect(`a start and a flush do not wait for tables of others that are being ${how}`, () =>
        Effect.gen(function* () {
          const { postgres } = yield* Postgres.Postgres
          const options = {
            postgres,
            store: store,
            limits: { lockTimeout: Duration.seconds(1), statementTimeout: Duration.seconds(5) }
          }
          const startAndFlush = Effect.gen(function* () {
            const results = yield* ResultStore
            const timeMs = EventTimeMs(T0 + 300 * DAY) // makes a partition
            yield* results.commit(flushOf(yield* started(), { rows: [rowOf({ startMs: timeMs })] }))
          }).pipe(Effect.provide(Layer.fresh(PostgresStore.layer(options))))
          yield* whileLocked(statements)(startAndFlush)
        })
      )
    }

    it.effect("a flush does not wait for a partition that it does not touch", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Postgres.Postgres
        const sql = yield* SqlClient
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`LOCK TABLE day_0 IN ACCESS EXCLUSIVE MODE`
            yield* Effect.gen(function* () {
              const days = yield* Partitions.make("day")
              yield* days.ensure([T0, T0 + 300 * DAY])
            }).pipe(
              Effect.provide(
                Layer.fresh(
                  PostgresTables.pool({ postgres, store: { schema }, limits: { lockTimeout: Duration.seconds(1) } })
                )
              )
            )
            const results = yield* ResultStore
            yield* results.commit(flushOf(yield* started(), { rows: [rowOf()] }))
          })
        )
      })
    )
  })

describe("PostgreSQL 18", () => suite(Postgres.layer()))

describe.skipIf(!Postgres.hasPostgres15)("PostgreSQL 15", () => suite(Postgres.layer15()))
