import { assert, layer } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { connect, createServer, type Server, type Socket } from "node:net"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import * as PostgresStore from "../../../src/sink/postgres/PostgresStore.ts"
import {
  checkpointOf,
  deadLetterOf,
  flushOf,
  momentOf,
  ResultTables,
  readSlidesOf,
  rowOf,
  started,
  T0
} from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const quiet = Logger.layer([])

/** Why a store with these options can't be built. */
const refusal = (over: Partial<PostgresStore.PostgresStoreOptions["postgres"]>) =>
  Effect.gen(function* () {
    const { postgres, freshSchema } = yield* Postgres.Postgres
    const options = {
      postgres: { ...postgres, ...over },
      store: PostgresTables.storeConfig(freshSchema(), { migrate: "check" })
    }
    return yield* Effect.flip(Effect.scoped(Layer.build(PostgresStore.layer(options))))
  }).pipe(Effect.provide(quiet))

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("PostgresStore: failures", (it) => {
  /** A store with tables in a schema of its own. */
  const inStore = (
    title: string,
    body: Effect.Effect<void, unknown, ResultStore | ResultTables | SqlClient | Postgres.Postgres>
  ) => it.effect(title, () => body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), quiet))))

  it.effect("names the address that does not reply", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ port: 1 })
      assert.strictEqual(error.reason, "Unreachable")
      assert.isTrue(error.isRetryable)
      assert.include(error.message, "127.0.0.1:1/postgres")
      assert.include(error.message, "ECONNREFUSED")
      assert.strictEqual((yield* refusal({ port: 1, sslMode: "prefer" })).reason, "Unreachable")
    })
  )

  it.effect.skipIf(!Postgres.isOwnServer)("names the user of a refused password, and not the password", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ password: Redacted.make("hunter2") })
      assert.strictEqual(error.reason, "Unauthorized")
      assert.include(error.message, "user postgres")
      assert.include(error.message, "POSTGRES_PASSWORD")
      assert.notInclude(`${error.message} ${JSON.stringify(error)} ${String(error.cause)}`, "hunter2")
      assert.strictEqual((yield* refusal({ password: undefined })).reason, "Unauthorized")
    })
  )

  it.effect("needs an operator if the database does not exist", () =>
    Effect.gen(function* () {
      const error = yield* refusal({ database: "nowhere" })
      assert.strictEqual(error.reason, "Settings")
      assert.include(error.message, "nowhere")
    })
  )

  it.effect.skipIf(!Postgres.isOwnServer)(
    "takes plain connections under prefer only, where the server has no TLS",
    () =>
      Effect.gen(function* () {
        for (const sslMode of ["require", "verify-ca", "verify-full"] as const) {
          const error = yield* refusal({ sslMode })
          assert.strictEqual(error.reason, "Unauthorized")
          assert.include(error.message, "POSTGRES_SSL_MODE")
        }
        // Gets as far as the missing schema.
        assert.strictEqual((yield* refusal({ sslMode: "prefer" })).reason, "Schema")
      })
  )

  inStore(
    "keeps its sessions in UTC, in one schema, and impatient",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const show = (name: string) => sql.unsafe(`SELECT current_setting('${name}')`).values
      assert.deepStrictEqual(yield* show("TimeZone"), [["UTC"]])
      assert.deepStrictEqual(yield* show("application_name"), [["telemetra"]])
      assert.deepStrictEqual(yield* show("default_transaction_isolation"), [["read committed"]])
      assert.deepStrictEqual(yield* show("lock_timeout"), [["10s"]])
      assert.deepStrictEqual(yield* show("statement_timeout"), [["15s"]])
      assert.deepStrictEqual(yield* show("idle_in_transaction_session_timeout"), [["10s"]])
      assert.match(String((yield* show("search_path"))[0]?.[0]), /^"test_\w+"$/)
    })
  )

  inStore(
    "writes nothing of a flush that fails midway, and all of it when tried again",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const tables = yield* ResultTables
      const checkpoint = yield* started()
      yield* sql`ALTER TABLE dead_letters ADD CONSTRAINT not_now CHECK (topic = 'other')`
      const flush = flushOf(checkpoint, { rows: [rowOf()], moments: [momentOf()], deadLetters: [deadLetterOf()] })
      const error = yield* Effect.flip(store.commit(flush))
      assert.strictEqual(error.reason, "Refused")
      assert.include(error.message, "commit flush 1 of task 3")
      assert.include(error.message, "not_now")
      assert.deepStrictEqual(yield* tables.rows, [])
      assert.deepStrictEqual(yield* tables.moments, [])
      assert.deepStrictEqual(yield* store.load(3), checkpoint)
      yield* sql`ALTER TABLE dead_letters DROP CONSTRAINT not_now`
      assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Committed", refusedRows: 0 })
      assert.strictEqual((yield* tables.rows).length, 1)
    })
  )

  inStore(
    "requests a migration if a column is missing",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const checkpoint = yield* started()
      yield* sql`ALTER TABLE moments DROP COLUMN ended_at`
      const error = yield* Effect.flip(store.commit(flushOf(checkpoint, { moments: [momentOf()] })))
      assert.strictEqual(error.reason, "Schema")
      assert.include(error.message, "telemetra migrate")
    })
  )

  inStore(
    "is retryable where the server ends the session in the middle of a flush, and whole afterwards",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const tables = yield* ResultTables
      const checkpoint = yield* started()
      yield* sql`CREATE FUNCTION suicide() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NEW; END'`
      yield* sql`CREATE TRIGGER suicide BEFORE INSERT ON moments FOR EACH ROW EXECUTE FUNCTION suicide()`
      const flush = flushOf(checkpoint, { rows: [rowOf()], moments: [momentOf()] })
      const error = yield* Effect.flip(store.commit(flush))
      assert.strictEqual(error.reason, "Unreachable")
      assert.deepStrictEqual(yield* tables.rows, [])
      yield* sql`DROP TRIGGER suicide ON moments`
      assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Committed", refusedRows: 0 })
      assert.strictEqual((yield* tables.moments).length, 1)
    })
  )

  it.effect("answers a flush whose COMMIT went through while the connection broke", () =>
    Effect.gen(function* () {
      const { postgres, freshSchema } = yield* Postgres.Postgres
      const schema = freshSchema()
      const proxy = yield* proxyTo(postgres.port)
      const options = {
        postgres: { ...postgres, port: proxy.port },
        store: PostgresTables.storeConfig(schema)
      }
      yield* Effect.gen(function* () {
        const store = yield* ResultStore
        const checkpoint = yield* started()
        // So that the partition and the statements are there already.
        const first = flushOf(checkpoint, { rows: [rowOf()] })
        yield* store.commit(first)
        const flush = flushOf(first.checkpoint, { rows: [rowOf({ viewerSum: 77 })] })
        yield* proxy.cutAfterCommit
        const error = yield* Effect.flip(store.commit(flush))
        assert.strictEqual(error.reason, "Unreachable")
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "AlreadyCommitted" })
        const watermarkMs = EventTimeMs(T0 + 60_000)
        const slides = yield* readSlidesOf({ ...flush.checkpoint, watermarkMs }, EventTimeMs(T0))
        assert.deepStrictEqual(
          slides.map(({ viewerSum }) => viewerSum),
          [77]
        )
      }).pipe(Effect.provide(PostgresStore.layer(options)))
    }).pipe(Effect.scoped, Effect.provide(quiet))
  )

  it.effect("stops waiting for a lock, with a retryable error", () =>
    Effect.gen(function* () {
      const { postgres, freshSchema } = yield* Postgres.Postgres
      const schema = freshSchema()
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        const impatient = {
          postgres,
          store: PostgresTables.storeConfig(schema),
          limits: { lockTimeout: Duration.millis(50) }
        }
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const checkpoint = yield* started()
          const locked = yield* Deferred.make<void>()
          const tried = yield* Deferred.make<void>()
          const holder = yield* sql
            .withTransaction(
              sql`SELECT FROM checkpoints FOR UPDATE`.pipe(
                Effect.andThen(Deferred.succeed(locked, undefined)),
                Effect.andThen(Deferred.await(tried))
              )
            )
            .pipe(Effect.forkChild)
          yield* Deferred.await(locked)
          const error = yield* Effect.flip(store.commit(flushOf(checkpoint)))
          yield* Deferred.succeed(tried, undefined)
          yield* Fiber.join(holder)
          assert.strictEqual(error.reason, "Unreachable")
          assert.include(error.message, "55P03")
          assert.strictEqual((yield* store.commit(flushOf(checkpoint)))._tag, "Committed")
        }).pipe(Effect.provide(PostgresStore.layer(impatient)))
      }).pipe(Effect.provide(PostgresTables.database(schema)))
    }).pipe(Effect.provide(quiet))
  )

  inStore(
    "lets a take-over through that waited for a commit, and fences the next one",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const checkpoint = yield* started()
      const flush = flushOf(checkpoint, { rows: [rowOf()] })
      // Another owner waits for the row that a frozen owner's flush holds, and sees it as that
      // flush left it.
      const held = yield* Deferred.make<void>()
      const frozen = yield* sql
        .withTransaction(
          sql`UPDATE checkpoints SET flush = 1 WHERE source_partition = 3`.pipe(
            Effect.andThen(Deferred.succeed(held, undefined)),
            Effect.andThen(untilWaiting(sql))
          )
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(held)
      const taken = yield* store.takeOver(3, "other")
      yield* Fiber.join(frozen)
      assert.deepStrictEqual(taken, { ...checkpoint, epoch: checkpoint.epoch + 1, flushNumber: 1 })
      assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Fenced", epoch: taken.epoch })
    })
  )

  inStore(
    "fences a flush that waited for a take-over",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const tables = yield* ResultTables
      const checkpoint = yield* started()
      const held = yield* Deferred.make<void>()
      const other = yield* sql
        .withTransaction(
          sql`UPDATE checkpoints SET epoch = epoch + 1 WHERE source_partition = 3`.pipe(
            Effect.andThen(Deferred.succeed(held, undefined)),
            Effect.andThen(untilWaiting(sql))
          )
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(held)
      const outcome = yield* store.commit(flushOf(checkpoint, { rows: [rowOf()] }))
      yield* Fiber.join(other)
      assert.deepStrictEqual(outcome, { _tag: "Fenced", epoch: checkpoint.epoch + 1 })
      assert.deepStrictEqual(yield* tables.rows, [])
    })
  )

  inStore(
    "writes the version of a checkpoint that the last release reads, unless it would misread the checkpoint",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const version = Effect.map(sql<{ version: number }>`SELECT version FROM checkpoints`, ([row]) => row?.version)
      const before = yield* started()
      assert.strictEqual(yield* version, 1)
      const emitted = { endMs: EventTimeMs(1_767_225_600_000), stream: "s", offsets: [0n, 0n] }
      const flush = flushOf(before, {})
      yield* store.commit({ ...flush, checkpoint: { ...flush.checkpoint, emitted } })
      assert.strictEqual(yield* version, 2)
      assert.deepStrictEqual((yield* store.load(before.sourcePartition))?.emitted, emitted)
      yield* store.commit(flushOf(flush.checkpoint, {}))
      assert.strictEqual(yield* version, 1)
      // Mapped fields, in force or at records that are read again.
      const fields = { chat: { stream: "/channel/login", emotes: "/e~1" }, viewer: { viewers: "/n" } }
      const read = { ...before.read, fields }
      const mapped = flushOf({ ...flush.checkpoint, flushNumber: flush.checkpoint.flushNumber + 1 }, {})
      const earlier = [{ untilOffset: 7n, settings: read }]
      const inputs = mapped.checkpoint.inputs.map((input) => ({ ...input, earlier }))
      yield* store.commit({ ...mapped, checkpoint: { ...mapped.checkpoint, read } })
      assert.strictEqual(yield* version, 3)
      assert.deepStrictEqual((yield* store.load(before.sourcePartition))?.read, read)
      const later = flushOf(mapped.checkpoint, {})
      yield* store.commit({ ...later, checkpoint: { ...later.checkpoint, inputs } })
      assert.strictEqual(yield* version, 3)
      assert.deepStrictEqual((yield* store.load(before.sourcePartition))?.inputs[0]?.earlier, earlier)
      // A checkpoint of a release that accepted plain forms only.
      yield* sql`UPDATE checkpoints SET settings = settings #- '{read,forms}'`
      const stored = yield* store.load(before.sourcePartition)
      assert.deepStrictEqual(stored?.read, { ...later.checkpoint.read, plainOnly: true })
      assert.deepStrictEqual(stored?.inputs[0]?.earlier, earlier)
    })
  )

  inStore(
    "refuses a checkpoint that it can't read, and names the problem",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      yield* store.create(checkpointOf())
      const because = (statement: string) =>
        Effect.gen(function* () {
          yield* sql.unsafe(statement)
          const error = yield* Effect.flip(store.load(3))
          assert.strictEqual(error.reason, "Checkpoint")
          assert.include(error.message, "checkpoint of task 3")
          assert.notInclude(error.message, "\n")
          assert.strictEqual((yield* Effect.flip(store.takeOver(3, "x"))).reason, "Checkpoint")
          return error.message
        })
      assert.include(
        yield* because(`UPDATE checkpoints SET inputs = jsonb_set(inputs, '{0,nextOffset}', '"x"')`),
        "nextOffset"
      )
      assert.include(yield* because("UPDATE checkpoints SET settings = '{}'"), "window")
      assert.include(yield* because("UPDATE checkpoints SET version = 4"), "version 4")
    })
  )

  inStore(
    "keeps the hour in which a moment was detected and renews the one in which a row was processed",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const first = flushOf(yield* started(), { rows: [rowOf()], moments: [momentOf()], deadLetters: [deadLetterOf()] })
      yield* store.commit(first)
      yield* sql`UPDATE moments SET detected_at = '2001-01-01'`
      yield* sql`UPDATE chat_summary_minute SET processed_at = '2001-01-01'`
      yield* sql`UPDATE dead_letters SET dead_at = '2001-01-01'`
      yield* store.commit(
        flushOf(first.checkpoint, { rows: [rowOf()], moments: [momentOf()], deadLetters: [deadLetterOf()] })
      )
      assert.deepStrictEqual(
        yield* sql`SELECT (SELECT detected_at::text FROM moments), (SELECT dead_at::text FROM dead_letters),
          (SELECT processed_at > now() AT TIME ZONE 'UTC' - interval '1 minute' FROM chat_summary_minute)`.values,
        [["2001-01-01 00:00:00", "2001-01-01 00:00:00", true]]
      )
    })
  )

  inStore(
    "keeps a dead letter whose record has a timestamp beyond all calendars",
    Effect.gen(function* () {
      const store = yield* ResultStore
      const tables = yield* ResultTables
      const letter = deadLetterOf({ recordTimestampMs: 2 ** 63 })
      assert.deepStrictEqual(yield* store.commit(flushOf(yield* started(), { deadLetters: [letter] })), {
        _tag: "Committed",
        refusedRows: 0
      })
      assert.deepStrictEqual(yield* tables.deadLetters, [{ ...letter, recordTimestampMs: null }])
    })
  )

  it.effect("writes a flush whose rows take longer than a statement may, by smaller statements", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* Postgres.Postgres
      const schema = freshSchema()
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        // So that the partition is there already.
        const first = flushOf(checkpoint, { rows: [rowOf()] })
        yield* store.commit(first)
        yield* sql`CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'`
        yield* sql`CREATE TRIGGER slow BEFORE INSERT ON chat_summary_minute FOR EACH ROW EXECUTE FUNCTION slow()`
        const rows = Array.from({ length: 50 }, (_, n) => rowOf({ stream: `s${n}` }))
        const outcome = yield* store.commit(flushOf(first.checkpoint, { rows }))
        assert.deepStrictEqual(outcome, { _tag: "Committed", refusedRows: 0 })
        assert.strictEqual((yield* tables.rows).length, 51)
      }).pipe(
        Effect.provide(
          Layer.fresh(
            Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
              Layer.provideMerge(PostgresTables.database(schema, { statementTimeout: Duration.seconds(2) }))
            )
          )
        )
      )
    }).pipe(Effect.provide(quiet))
  )

  inStore(
    "ends at a trigger that drops rows without an error, and loses none",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const flush = flushOf(yield* started(), { rows: [rowOf()], moments: [momentOf()] })
      yield* sql`CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`
      for (const table of ["chat_summary_minute", "moments"]) {
        yield* sql.unsafe(`CREATE TRIGGER swallow BEFORE INSERT ON ${table} FOR EACH ROW EXECUTE FUNCTION swallow()`)
        const error = yield* Effect.flip(store.commit(flush))
        assert.isFalse(error.isRetryable)
        assert.include(error.message, `table ${table} reported no error and stored 0 of 1 rows`)
        yield* sql.unsafe(`DROP TRIGGER swallow ON ${table}`)
      }
      assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Committed", refusedRows: 0 })
    })
  )

  inStore(
    "writes more rows than one statement carries, with a bad one among them",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const store = yield* ResultStore
      const rows = Array.from({ length: 12_345 }, (_, n) =>
        rowOf({ stream: `s${n}`, chatCount: n === 9_999 ? 2 ** 31 : n })
      )
      const outcome = yield* store.commit(flushOf(yield* started(), { rows }))
      assert.deepInclude(outcome, { _tag: "Committed", refusedRows: 1 })
      assert.match((outcome._tag === "Committed" && outcome.refusal) || "", /^row of stream "s9999", .*\(22003\)/)
      assert.deepStrictEqual(
        yield* sql`SELECT count(*), sum(chat_count) FROM chat_summary_minute WHERE stream_id = 's' || chat_count`
          .values,
        [[12_344n, BigInt((12_344 * 12_345) / 2 - 9_999)]]
      )
    })
  )
})

/** Until a session waits for a lock that this transaction holds. */
const untilWaiting = (sql: SqlClient) =>
  sql`SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))`.pipe(
    Effect.repeat({ until: (waiting) => waiting.length > 0 })
  )

/**
 * Passes bytes on to a server; on request, cuts the line when the answer to the next COMMIT comes
 * back.
 */
const proxyTo = (port: number) =>
  Effect.gen(function* () {
    let armed = false
    const sockets = new Set<Socket>()
    const server = yield* Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const listening = createServer((client) => {
          const upstream = connect(port, "127.0.0.1")
          for (const [socket, other] of [
            [client, upstream],
            [upstream, client]
          ] as const) {
            sockets.add(socket)
            socket.on("error", () => socket.destroy())
            socket.on("close", () => other.destroy())
          }
          client.on("data", (bytes) => upstream.write(bytes))
          upstream.on("data", (bytes) => {
            if (armed && bytes.includes("COMMIT")) {
              armed = false
              client.destroy()
            } else {
              client.write(bytes)
            }
          })
        }).listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
      }),
      (listening) =>
        Effect.callback<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          listening.close(() => resume(Effect.void))
        })
    )
    const address = server.address()
    if (typeof address !== "object" || address === null) return yield* Effect.die("no port")
    return {
      port: address.port,
      cutAfterCommit: Effect.sync(() => {
        armed = true
      })
    }
  })
