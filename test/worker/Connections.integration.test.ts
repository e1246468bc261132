/**
 * The PostgreSQL connections of a worker process: under load, when every task waits for the
 * database and many clients query it, and after the load.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer } from "effect"
import { memberSessions } from "../../src/worker/Layers.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import { postgresClient } from "../harness/PostgresClient.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { until } from "../harness/Until.ts"
import { startWorker, storeEnv } from "../harness/WorkerProcess.ts"
import * as PostgresStore from "../../src/sink/postgres/PostgresStore.ts"

/** More than there are sessions. */
const PARTITIONS = 12
const CLIENTS = 10

const MOST = 8
const MOST_IDLE = 4
/** One of the sessions of the API listens. */
const QUERIES = 2

/** The advisory lock that writes of checkpoints are held with; the worker has others. */
const HELD = 7_341_003

describe.skipIf(kafkaMissing !== undefined)("the connections of a process", () => {
  layer(Layer.mergeAll(PostgresHarness.layer(), KafkaBroker.shared()), {
    timeout: "10 minutes",
    excludeTestServices: true
  })((it) => {
    it.effect("are at most 8 under load and at most 4 when idle", () =>
      Effect.gen(function* () {
        const { freshSchema, postgres } = yield* PostgresHarness.Postgres
        const broker = yield* KafkaBroker
        const schema = freshSchema()
        const sql = yield* postgresClient(postgres, { applicationName: "observer" })
        // The tables exist before the worker starts, so that its first writes can be held.
        yield* Effect.scoped(Layer.build(PostgresStore.layer({ postgres, store: PostgresTables.storeConfig(schema) })))
        yield* sql.unsafe(`CREATE FUNCTION ${schema}.hold() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN PERFORM pg_advisory_xact_lock_shared(${HELD}); RETURN NULL; END'`)
        yield* sql.unsafe(`CREATE TRIGGER hold BEFORE INSERT OR UPDATE ON ${schema}.checkpoints
          FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.hold()`)
        const held = yield* Deferred.make<void>()
        const released = yield* Deferred.make<void>()
        const holding = yield* sql
          .withTransaction(
            Effect.gen(function* () {
              yield* sql.unsafe(`SELECT pg_advisory_xact_lock(${HELD})`)
              yield* sql.unsafe(`LOCK TABLE ${schema}.gaps IN ACCESS EXCLUSIVE MODE`)
              yield* Deferred.succeed(held, undefined)
              yield* Deferred.await(released)
            })
          )
          .pipe(Effect.forkScoped)
        yield* Deferred.await(held)

        const topics = { CHAT_TOPIC: uniqueName("chat"), VIEWER_TOPIC: uniqueName("viewer") }
        yield* broker.createTopics({ [topics.CHAT_TOPIC]: PARTITIONS, [topics.VIEWER_TOPIC]: PARTITIONS })
        const store = yield* storeEnv(postgres, schema)
        const worker = yield* startWorker(["run"], {
          ...store,
          ...topics,
          KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
          KAFKA_GROUP_ID: uniqueName("group")
        })

        const count = (condition: string) =>
          Effect.map(
            sql.unsafe<{ count: number }>(
              `SELECT count(*)::int4 AS count FROM pg_stat_activity a
              WHERE application_name = 'telemetra' AND datname = current_database() AND ${condition}`
            ),
            ([row]) => row?.count ?? 0
          )
        const waiting = (type: string) =>
          count(`EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted AND l.locktype = '${type}')`)

        const querying = yield* Effect.forEach(
          Array(CLIENTS).keys(),
          () =>
            Effect.tryPromise(() => fetch(`http://127.0.0.1:${store["HTTP_PORT"]}/api/v1/status`)).pipe(
              Effect.flatMap((answer) => Effect.promise(() => answer.arrayBuffer())),
              Effect.ignore,
              Effect.andThen(Effect.sleep("50 millis")),
              Effect.forever
            ),
          { concurrency: "unbounded", discard: true }
        ).pipe(Effect.forkScoped)
        yield* until(
          "all sessions to wait",
          Effect.gen(function* () {
            const writes = yield* waiting("advisory")
            const queries = yield* waiting("relation")
            return (writes === memberSessions(1) && queries === QUERIES) || undefined
          }),
          worker.output
        )
        for (let sample = 0; sample < 20; sample++) {
          assert.isAtMost(yield* count("true"), MOST)
          yield* Effect.sleep("50 millis")
        }

        yield* Deferred.succeed(released, undefined)
        yield* Fiber.join(holding)
        yield* Fiber.interrupt(querying)
        const taken = sql.unsafe<{ count: number }>(
          `SELECT count(*)::int4 AS count FROM ${schema}.checkpoints WHERE epoch > 0`
        )
        yield* until(
          "every task to start",
          Effect.map(taken, ([row]) => row?.count === PARTITIONS || undefined),
          worker.output
        )
        yield* until(
          "idle connections to close",
          Effect.map(count("true"), (n) => n <= MOST_IDLE || undefined),
          worker.output
        )
        yield* worker.signal("SIGTERM")
        assert.strictEqual(yield* worker.ended, 0, worker.output())
      })
    )
  })
})
