/**
 * Connection poolers, and servers whose own settings interfere: what works, and what is refused
 * before anything is written.
 */
import { randomUUID } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Logger, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../src/config/AppConfig.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import * as Database from "../../src/postgres/Database.ts"
import * as PostgresStore from "../../src/sink/postgres/PostgresStore.ts"
import { WorkerStatus } from "../../src/observability/WorkerStatus.ts"
import { Clips } from "../../src/query/Clip.ts"
import { LiveFeed } from "../../src/query/LiveFeed.ts"
import { Tables } from "../../src/query/Tables.ts"
import { telemetra } from "../cli/Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { flushOf, rowOf, started } from "../contract/ResultStoreContract.ts"
import { hasPgBouncer, startPgBouncer } from "../harness/PgBouncer.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { oldRows, oldTables } from "../sink/postgres/OldTables.ts"

const SCHEMA = "telemetra"

const REQUESTED = ["search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
const IGNORED = ["extra_float_digits", "options", "default_transaction_isolation", ...REQUESTED].join(",")

/** Runs statements in a database, outside of the worker's schema. */
const inDatabase = <A, E>(postgres: PostgresConfig, body: (sql: SqlClient) => Effect.Effect<A, E>) =>
  Effect.flatMap(SqlClient, body).pipe(
    Effect.provide(Database.layer({ postgres, store: { schema: "public" }, access: "inspect" }))
  )

/** A database of its own, dropped at the end. */
const freshDatabase = Effect.gen(function* () {
  const { postgres } = yield* Postgres.Postgres
  const database = `pooled_${randomUUID().slice(0, 8)}`
  yield* Effect.acquireRelease(
    inDatabase(postgres, (sql) => sql.unsafe(`CREATE DATABASE ${database}`)),
    () => Effect.orDie(inDatabase(postgres, (sql) => sql.unsafe(`DROP DATABASE ${database} WITH (FORCE)`)))
  )
  return { ...postgres, database }
})

const storeOn = (postgres: PostgresConfig) =>
  PostgresStore.layer({ postgres, store: PostgresTables.storeConfig(SCHEMA) })

/**
 * Commits a first flush, changes a setting of the database, and ends all other sessions. Returns
 * the flush that follows.
 */
const nextFlush = Effect.fnUntraced(function* (postgres: PostgresConfig, setting: string) {
  const store = yield* ResultStore
  const first = flushOf(yield* started(), { rows: [rowOf()] })
  yield* store.commit(first)
  yield* inDatabase(postgres, (sql) =>
    Effect.andThen(
      sql.unsafe(`ALTER DATABASE ${postgres.database} SET ${setting}`),
      sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`
    )
  )
  return flushOf(first.checkpoint, { rows: [rowOf()] })
})

/** Why no store can be had. */
const refusal = (postgres: PostgresConfig) => Effect.flip(Effect.scoped(Layer.build(storeOn(postgres))))

const schemasOf = (postgres: PostgresConfig) =>
  inDatabase(
    postgres,
    (sql) => sql<{ at: string }>`SELECT schemaname || '.' || tablename AS at FROM pg_tables
      WHERE schemaname IN ('public', 'telemetra') AND tablename IN ('checkpoints', 'chat_summary_minute') ORDER BY 1`
  ).pipe(Effect.map((rows) => rows.map(({ at }) => at)))

/**
 * Migrates and commits through `through`, and sees by `direct` that the rows came into the right
 * schema.
 */
const works = Effect.fnUntraced(function* (through: PostgresConfig, direct: PostgresConfig) {
  yield* Effect.gen(function* () {
    const store = yield* ResultStore
    const first = flushOf(yield* started(), { rows: [rowOf()] })
    yield* store.commit(first)
    yield* store.commit(flushOf(first.checkpoint))
  }).pipe(Effect.provide(storeOn(through)))
  assert.deepStrictEqual(yield* schemasOf(direct), ["telemetra.chat_summary_minute", "telemetra.checkpoints"])
  // The sessions of the API, with limits of their own.
  yield* Effect.gen(function* () {
    const tables = yield* Tables
    yield* tables.open(through, { schema: SCHEMA })
    const shown = yield* tables.query(
      Effect.flatMap(
        SqlClient,
        (sql) => sql<{ path: string; limit: string; only: string }>`SELECT current_setting('search_path') AS path,
          current_setting('statement_timeout') AS limit, current_setting('transaction_read_only') AS only`
      )
    )
    assert.deepStrictEqual(
      { ...shown[0], path: shown[0]?.path.replaceAll('"', "") },
      { path: SCHEMA, limit: "10s", only: "on" }
    )
    const feed = yield* LiveFeed
    const events = yield* feed.subscribe({ windows: true, moments: true, status: true, totals: true }, undefined)
    assert.strictEqual((yield* Stream.runCollect(Stream.take(events, 1))).length, 1)
  }).pipe(
    Effect.scoped,
    Effect.provide(
      LiveFeed.layer.pipe(
        Layer.provideMerge(Tables.layer),
        Layer.provide(Clips.layer({ clip: { leadMs: 0, lengthMs: 30_000, vodUrl: undefined } })),
        Layer.provide(WorkerStatus.layer({ livenessTimeout: Duration.minutes(2) }))
      )
    )
  )
})

const suite = (server: Layer.Layer<Postgres.Postgres, Postgres.PostgresHarnessError>) =>
  layer(Layer.provideMerge(server, Logger.layer([])), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect.skipIf(!hasPgBouncer)("pgbouncer in session mode works", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        yield* works(yield* startPgBouncer(direct, { pool_mode: "session" }), direct)
      }).pipe(Effect.scoped)
    )

    it.effect.skipIf(!hasPgBouncer)("pgbouncer that ignores parameters works if the role has them", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        const pooled = yield* startPgBouncer(direct, { pool_mode: "session", ignore_startup_parameters: IGNORED })
        for (const setting of [
          "search_path = telemetra",
          "statement_timeout = '15s'",
          "lock_timeout = '10s'",
          "idle_in_transaction_session_timeout = '10s'"
        ]) {
          yield* inDatabase(direct, (sql) =>
            sql.unsafe(`ALTER ROLE "${direct.user}" IN DATABASE ${direct.database} SET ${setting}`)
          )
        }
        yield* works(pooled, direct)
      }).pipe(Effect.scoped)
    )

    it.effect.skipIf(!hasPgBouncer)("pgbouncer that ignores parameters is refused, and nothing is written", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        for (const statement of [...oldTables, ...oldRows]) yield* inDatabase(direct, (sql) => sql.unsafe(statement))
        const pooled = yield* startPgBouncer(direct, { pool_mode: "session", ignore_startup_parameters: IGNORED })
        const error = yield* refusal(pooled)
        assert.strictEqual(error.reason, "Settings")
        assert.match(error.message, /search_path is "\$user", public, requested was "telemetra"/)
        assert.match(error.message, /lock_timeout is 0, requested was 10000/)
        assert.match(error.message, /ignore_startup_parameters.*ALTER ROLE/)
        const env = {
          ...postgresVariables(pooled, SCHEMA),
          POSTGRES_PASSWORD: "any",
          SOURCE: "simulator",
          HTTP_PORT: "0"
        }
        for (const command of [["migrate"], ["run"], ["dead-letters", "list"], ["doctor"]]) {
          const { code, stderr, stdout } = yield* telemetra(command, { env })
          assert.strictEqual(code, 78, `${command.join(" ")}: ${stdout}${stderr}`)
          assert.include(`${stdout}${stderr}`.replaceAll(/\s+/g, " "), "search_path is", command.join(" "))
        }
        assert.deepStrictEqual(yield* schemasOf(direct), ["public.chat_summary_minute"])
        const columns = yield* inDatabase(
          direct,
          (sql) =>
            sql`SELECT FROM pg_attribute WHERE attrelid = 'public.chat_summary_minute'::regclass AND attname = 'source_partition'`
        )
        assert.strictEqual(columns.length, 0)
      }).pipe(Effect.scoped)
    )

    for (const name of REQUESTED) {
      it.effect.skipIf(!hasPgBouncer)(`pgbouncer that lets all but ${name} be set by the role is refused`, () =>
        Effect.gen(function* () {
          const direct = yield* freshDatabase
          const wanted: Readonly<Record<string, string>> = {
            search_path: "telemetra",
            statement_timeout: "'15s'",
            lock_timeout: "'10s'",
            idle_in_transaction_session_timeout: "'10s'"
          }
          const query = REQUESTED.filter((other) => other !== name)
            .map((other) => `SET ${other} = ${wanted[other]}`)
            .join("; ")
          const settings = { pool_mode: "session", ignore_startup_parameters: IGNORED }
          const error = yield* refusal(yield* startPgBouncer(direct, settings, query))
          assert.strictEqual(error.reason, "Settings")
          assert.include(error.message, `${name} is`)
          assert.deepStrictEqual(yield* schemasOf(direct), [])
        }).pipe(Effect.scoped)
      )
    }

    for (const mode of ["transaction", "statement"]) {
      for (const settings of [
        {},
        { ignore_startup_parameters: IGNORED },
        { server_round_robin: "1", min_pool_size: "4", default_pool_size: "4" }
      ]) {
        it.effect.skipIf(!hasPgBouncer)(`pgbouncer in ${mode} mode is refused ${JSON.stringify(settings)}`, () =>
          Effect.gen(function* () {
            const direct = yield* freshDatabase
            const error = yield* refusal(yield* startPgBouncer(direct, { pool_mode: mode, ...settings }))
            assert.strictEqual(error.reason, "Settings", error.message)
            assert.match(error.message, /pool_mode = session/)
            assert.deepStrictEqual(yield* schemasOf(direct), [])
          }).pipe(Effect.scoped)
        )
      }
    }

    it.effect("settings of the role that sessions override do no harm", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        for (const setting of [
          "search_path = public",
          "TimeZone = 'Asia/Tokyo'",
          "DateStyle = 'German'",
          "statement_timeout = 1",
          "lock_timeout = 1",
          "client_encoding = 'LATIN1'",
          "default_transaction_isolation = 'serializable'"
        ]) {
          yield* inDatabase(direct, (sql) => sql.unsafe(`ALTER DATABASE ${direct.database} SET ${setting}`))
        }
        yield* works(direct, direct)
      }).pipe(Effect.scoped)
    )

    for (const [setting, words] of [
      ["default_transaction_read_only = on", "read-only"],
      ["session_replication_role = replica", "session_replication_role"]
    ] as const) {
      it.effect(`refuses ${setting}`, () =>
        Effect.gen(function* () {
          const direct = yield* freshDatabase
          yield* inDatabase(direct, (sql) => sql.unsafe(`ALTER DATABASE ${direct.database} SET ${setting}`))
          const error = yield* refusal(direct)
          assert.strictEqual(error.reason, "Settings")
          assert.include(error.message, words)
        }).pipe(Effect.scoped)
      )
    }

    it.effect("every new connection is checked, also one that replaces a lost one", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        const options = { postgres: direct, store: PostgresTables.storeConfig(SCHEMA) }
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const flush = yield* nextFlush(direct, "session_replication_role = replica")
          const error = yield* Effect.flip(store.commit(flush)).pipe(
            Effect.repeat({ until: ({ reason }) => reason !== "Unreachable" })
          )
          assert.strictEqual(error.reason, "Settings")
        }).pipe(Effect.provide(PostgresStore.layer(options)))
      }).pipe(Effect.scoped)
    )

    it.effect("waits while a running worker's database is read-only, and continues afterwards", () =>
      Effect.gen(function* () {
        const direct = yield* freshDatabase
        const options = { postgres: direct, store: PostgresTables.storeConfig(SCHEMA) }
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const flush = yield* nextFlush(direct, "default_transaction_read_only = on")
          const error = yield* Effect.flip(store.commit(flush)).pipe(
            Effect.repeat({ until: ({ message }) => message.includes("read-only") })
          )
          assert.strictEqual(error.reason, "Unreachable")
          yield* inDatabase((yield* Postgres.Postgres).postgres, (sql) =>
            sql.unsafe(`ALTER DATABASE ${direct.database} RESET default_transaction_read_only`)
          )
          // The pool may have opened further connections before the reset: each is refused once.
          const outcome = yield* Effect.retry(store.commit(flush), {
            while: ({ isRetryable }) => isRetryable,
            times: 100
          })
          assert.strictEqual(outcome._tag, "Committed")
        }).pipe(Effect.provide(PostgresStore.layer(options)))
      }).pipe(Effect.scoped)
    )
  })

layer(Layer.effect(Postgres.Postgres, Postgres.startPostgres18({ settings: { unix_socket_directories: "/tmp" } })), {
  timeout: "2 minutes",
  excludeTestServices: true
})("a socket", (it) => {
  it.effect("is reached by its folder as the host", () =>
    Effect.gen(function* () {
      const { postgres } = yield* Postgres.Postgres
      yield* works({ ...postgres, host: "/tmp", sslMode: "prefer" }, postgres)
    }).pipe(Effect.provide(Logger.layer([])))
  )
})

describe("PostgreSQL 18", () => suite(Postgres.layer()))

describe.skipIf(!Postgres.hasPostgres15)("PostgreSQL 15", () => suite(Postgres.layer15()))
