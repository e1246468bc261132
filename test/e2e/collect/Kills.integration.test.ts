/**
 * Collector and worker are killed at random points. The rows equal the recount of the local log,
 * and so do those of a worker that reads the same log again.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { quoteIdentifier } from "../../../src/postgres/Identifier.ts"
import * as PostgresHarness from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { Random } from "../../harness/Random.ts"
import { until } from "../../harness/Until.ts"
import type { WorkerProcess } from "../../harness/WorkerProcess.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { startTwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { CHAT_TOPIC, assertSent, chatEventsOf, readLog } from "./LocalTable.ts"
import { assertRecounted, untilRead } from "./Recounted.ts"
import { channels, sharedDatabase, startCollector, startReader, untilJoined } from "./Stack.ts"

const STREAMS = channels(4)
const STRIKES = 10

/** Event time runs this much faster than the clock, from the past, so that many windows close. */
const FASTER = 40
const BEHIND_MS = 3 * 3_600_000

/** A process that is started again after each kill. */
class Restarted {
  readonly #start: Effect.Effect<WorkerProcess, never, Scope.Scope>
  #scope = Scope.makeUnsafe()
  #current: WorkerProcess | undefined
  output = ""

  constructor(start: Effect.Effect<WorkerProcess, never, Scope.Scope>) {
    this.#start = start
  }

  get process(): WorkerProcess {
    if (this.#current === undefined) throw new Error("it has not been started")
    return this.#current
  }

  get start(): Effect.Effect<WorkerProcess> {
    return Effect.suspend(() => {
      this.#scope = Scope.makeUnsafe()
      return Effect.tap(Scope.provide(this.#start, this.#scope), (process) =>
        Effect.sync(() => {
          this.#current = process
        })
      )
    })
  }

  /** Kills it: closing the scope of an owned process does. */
  get kill(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.output += this.#current?.output() ?? ""
      return Scope.close(this.#scope, Exit.void)
    })
  }

  /** Ends it as an operator does, and returns its exit code. */
  get stop(): Effect.Effect<number | string> {
    return Effect.suspend(() => {
      const { process } = this
      return Effect.andThen(process.signal("SIGTERM"), process.ended)
    })
  }
}

const owned = (start: Effect.Effect<WorkerProcess, never, Scope.Scope>) =>
  Effect.acquireRelease(
    Effect.sync(() => new Restarted(start)),
    ({ kill }) => kill
  )

/** The tables that a process writes, and the store that reads their checkpoints. */
const tables = (schema: string) =>
  Layer.mergeAll(PostgresTables.store(schema), PostgresTables.tables).pipe(
    Layer.provideMerge(PostgresTables.database(schema)),
    Layer.orDie
  )

const LOG_TABLES = ["local_log_heads", "local_log_marks"]

/** Copies the log of one schema into the empty log of another. */
const copyLog = (from: string, to: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const [source, target] = [quoteIdentifier(from), quoteIdentifier(to)]
    const days = yield* sql.unsafe<{ name: string; bound: string }>(
      `SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_inherits i
       JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = '${source}.local_log'::regclass`
    )
    for (const { bound, name } of days) {
      yield* sql.unsafe(
        `CREATE TABLE IF NOT EXISTS ${target}.${quoteIdentifier(name)} PARTITION OF ${target}.local_log ${bound}`
      )
    }
    for (const table of ["local_log", ...LOG_TABLES]) {
      yield* sql.unsafe(`INSERT INTO ${target}.${table} SELECT * FROM ${source}.${table}`)
    }
  }).pipe(Effect.orDie)

layer(PostgresHarness.layer(), { timeout: "20 minutes", excludeTestServices: true })(
  "collector and worker under kill -9",
  (it) => {
    it.effect("rows equal the recount of the local log, and those of a second reader of it", () =>
      Effect.gen(function* () {
        const server = yield* startTwitchServer()
        const { schema, variables } = yield* sharedDatabase
        const random = new Random(Number(process.env["KILL_SEED"] ?? 11))
        const crowd = new Crowd({ streams: STREAMS, people: 60 })
        const startedMs = Date.now()
        const eventTime = () => startedMs - BEHIND_MS + (Date.now() - startedMs) * FASTER

        yield* Effect.gen(function* () {
          const collector = yield* owned(startCollector(server, STREAMS, variables))
          const worker = yield* owned(startReader(variables))
          yield* collector.start
          yield* worker.start
          yield* untilJoined(server, STREAMS, collector.process)
          const posting = yield* Effect.forkScoped(
            Effect.gen(function* () {
              while (true) {
                server.chat.post(crowd.several(random.between(1, random.chance(0.1) ? 300 : 30), eventTime()))
                yield* Effect.sleep(random.between(1, 60))
              }
            })
          )
          let restartedMs = startedMs
          for (let strike = 0; strike < STRIKES; strike++) {
            yield* Effect.sleep(random.between(200, 5_000))
            const struck = random.pick<ReadonlyArray<Restarted>>([[collector], [worker], [collector, worker]])
            for (const one of struck) yield* one.kill
            yield* Effect.sleep(random.between(0, 1_000))
            if (struck.includes(collector)) restartedMs = Date.now()
            for (const one of struck) yield* one.start
            if (struck.includes(collector)) {
              yield* untilJoined(server, STREAMS, collector.process)
            }
          }
          yield* Effect.sleep("3 seconds")
          yield* Fiber.interrupt(posting)
          const last = STREAMS.map((stream) => crowd.next(eventTime() + 120_000, stream))
          server.chat.post(last)

          const logged = until(
            "the last messages in the log",
            Effect.map(readLog, (log) => {
              const events = chatEventsOf(log.filter(({ topic }) => topic === CHAT_TOPIC).map(({ value }) => value))
              const ids = new Set(events.map(({ event_id }) => event_id))
              return last.every(({ id }) => ids.has(id)) ? events : undefined
            }),
            () => collector.process.output()
          )
          yield* Effect.gen(function* () {
            yield* logged
            assert.strictEqual(yield* collector.stop, 0, collector.process.output())
            const sentAt = new Map(server.chat.sent.map(({ atMs, post }) => [post.id, atMs]))
            // A killed collector loses only what it had not appended.
            const count = assertSent(server.chat, yield* logged, {
              mayMiss: ({ id }) => (sentAt.get(id) ?? 0) < restartedMs
            })
            assert.isAbove(count, 500)
            const checkpoint = yield* untilRead(worker.process.output)
            assert.strictEqual(yield* worker.stop, 0, worker.process.output())
            const rows = yield* assertRecounted(checkpoint.watermarkMs)
            assert.isAbove(rows, 100)

            // Another worker reads the same log.
            const { freshSchema } = yield* PostgresHarness.Postgres
            const other = freshSchema()
            yield* Effect.gen(function* () {
              yield* copyLog(schema, other)
              const second = yield* startReader({ ...variables, POSTGRES_SCHEMA: other })
              const again = yield* untilRead(second.output)
              yield* second.signal("SIGTERM")
              assert.strictEqual(yield* second.ended, 0, second.output())
              assert.strictEqual(again.watermarkMs, checkpoint.watermarkMs)
              assert.strictEqual(yield* assertRecounted(again.watermarkMs), rows)
            }).pipe(Effect.provide(tables(other)), Effect.scoped)
          }).pipe(Effect.provide(tables(schema)))
        }).pipe(Effect.scoped)
      })
    )
  }
)
