/**
 * The operator's view while the worker runs and its data gets through in part or not at all:
 * status, readiness, metrics, log, `verify` and `doctor`.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { telemetra } from "../../cli/Command.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../../harness/Kafka.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { startWorker, storeEnv, untilPrinted, untilReadiness, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { until } from "../../harness/Until.ts"

type Kind = "chat" | "viewer"

/** A valid event: `n` tenths of a second before now. */
const valid = (kind: Kind, n: number): string => {
  const event = { stream_id: "s", timestamp: Date.now() - n * 100 }
  return JSON.stringify(
    kind === "chat" ? { ...event, user_id: `u${n % 7}`, message: "so" } : { ...event, viewer_count: 100 }
  )
}

/** As a schema registry's serializer writes Avro: a zero byte, the schema's id, a text's length. */
const registered = (kind: Kind, n: number): Uint8Array =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, 7, 0x9e, 1]), Buffer.from(valid(kind, n))])

/** An event under other names, in the envelope of Kafka Connect behind the prefix. */
const shaped = (room: string) => (_: Kind, n: number) =>
  Buffer.concat([
    Buffer.from([0, 0, 0, 0, 7]),
    Buffer.from(
      JSON.stringify({
        schema: null,
        payload: { [room]: { name: "s" }, at: Date.now() / 1000 - n / 10, user_id: `u${n}`, message: "so" }
      })
    )
  ])

const Status = Schema.Struct({
  watermark: Schema.NullOr(Schema.String),
  lag_records: Schema.NullOr(Schema.Int),
  problems: Schema.Array(Schema.String),
  tasks: Schema.Array(Schema.Struct({ source_partition: Schema.Int, watermark: Schema.NullOr(Schema.String) }))
})

const Report = Schema.Struct({
  checks: Schema.Array(Schema.Struct({ name: Schema.String, status: Schema.String, found: Schema.String }))
})

interface Place {
  readonly topics: Readonly<Record<Kind, string>>
  readonly env: Readonly<Record<string, string>>
  readonly url: string
  readonly schema: string
}

const place = Effect.fnUntraced(function* (partitions: number) {
  const broker = yield* KafkaBroker
  const { freshSchema, postgres } = yield* Postgres.Postgres
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: partitions, [topics.viewer]: partitions })
  const schema = freshSchema()
  const store = yield* storeEnv(postgres, schema)
  const env = {
    ...store,
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
    KAFKA_GROUP_ID: uniqueName("group"),
    CHAT_TOPIC: topics.chat,
    VIEWER_TOPIC: topics.viewer,
    TRIGGER_INTERVAL: "1 second"
  }
  const made: Place = { topics, env, url: `http://127.0.0.1:${store["HTTP_PORT"]}`, schema }
  return made
})

/** Writes `count` records to one topic; by default valid events to partition 0. */
const produce = (
  { topics }: Place,
  kind: Kind,
  count: number,
  value: (kind: Kind, n: number) => string | Uint8Array = valid,
  partition = 0
) =>
  Effect.flatMap(KafkaBroker, (broker) =>
    broker.produce(
      topics[kind],
      Array.from({ length: count }, (_, n) => ({ partition, value: value(kind, count - n) }))
    )
  )

const produceBoth = (of: Place, count: number) =>
  Effect.andThen(produce(of, "chat", count), produce(of, "viewer", count))

const text = ({ url }: Place, path: string) =>
  Effect.tryPromise(async () => {
    const response = await fetch(url + path)
    return { status: response.status, text: await response.text() }
  })

const statusOf = (of: Place) =>
  Effect.flatMap(text(of, "/api/v1/status"), (answer) =>
    Schema.decodeEffect(Schema.fromJsonString(Status))(answer.text)
  )

/** Sum of a metric's series. */
const metric = (of: Place, name: string) =>
  Effect.map(text(of, "/metrics"), (answer) =>
    answer.text
      .split("\n")
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0)
  )

/** Waits until the worker has reported the commit of so many. */
const untilCounted = (worker: WorkerProcess, of: Place, name: string, least: number) =>
  until(
    `${name} to reach ${least}`,
    Effect.map(metric(of, name), (count) => (count >= least ? true : undefined)),
    worker.output
  )

const untilProblems = (
  worker: WorkerProcess,
  of: Place,
  what: string,
  holds: (lines: ReadonlyArray<string>) => boolean
) =>
  until(
    what,
    Effect.map(statusOf(of), ({ problems }) => (holds(problems) ? problems : undefined)),
    worker.output
  )

const warnings = (worker: WorkerProcess, part: string): ReadonlyArray<string> =>
  worker
    .output()
    .split("\n")
    .filter((line) => line.includes(" WARN ") && line.includes(part))

/** A check in the output of `doctor --json`. */
const checkOf = (stdout: string, name: string) =>
  Schema.decodeSync(Schema.fromJsonString(Report))(stdout).checks.find((check) => check.name === name)

describe.skipIf(kafkaMissing !== undefined)("never green while nothing gets through", () => {
  layer(Layer.merge(KafkaBroker.shared(), Postgres.layer()), {
    timeout: "10 minutes",
    excludeTestServices: true
  })("on real servers", (it) => {
    it.effect("reports that every record is refused, until records are accepted again", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        const { chat } = at.topics
        yield* produce(at, "chat", 450, registered)
        yield* produce(at, "viewer", 100)
        const worker = yield* startWorker(["run"], at.env)
        yield* untilCounted(worker, at, "telemetra_dead_letters_total", 450)

        // It may not yet have reported that it is a member of its group.
        const problem = (yield* statusOf(at)).problems.at(-1) ?? ""
        assert.include(problem, `450 of the last 450 records of topic ${chat}`)
        assert.include(problem, "schema id 7")
        assert.include(problem, `${chat}[0] offset 0`)
        const readiness = yield* text(at, "/health/ready")
        assert.strictEqual(readiness.status, 503)
        assert.include(readiness.text, problem)
        assert.include((yield* text(at, "/metrics")).text, `telemetra_accepted_ratio{topic="${chat}"} 0`)
        assert.strictEqual(warnings(worker, "schema id 7").length, 1, worker.output())

        yield* produce(at, "chat", 300)
        yield* untilProblems(worker, at, "the problem to end", (lines) => lines.length === 0)
        yield* untilReadiness(worker, 200, "ready")
        yield* untilPrinted(worker, `Records of topic ${chat} are accepted again`)
        assert.strictEqual(warnings(worker, "schema id 7").length, 1)
      }).pipe(Effect.scoped)
    )

    it.effect("reports topics that are swapped, each with its likely cause", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        const { chat, viewer } = at.topics
        const swapped = { ...at.env, CHAT_TOPIC: viewer, VIEWER_TOPIC: chat }
        yield* produceBoth(at, 40)
        const worker = yield* startWorker(["run"], swapped)
        yield* untilCounted(worker, at, "telemetra_dead_letters_total", 80)
        const lines = (yield* statusOf(at)).problems.filter((line) => line.includes("may be swapped"))
        assert.strictEqual(lines.length, 2, worker.output())
        for (const topic of [chat, viewer])
          assert.include(lines.join("\n"), `40 of the last 40 records of topic ${topic}`)
        yield* untilReadiness(worker, 503, "may be swapped")
      }).pipe(Effect.scoped)
    )

    it.effect("reports that every event is late", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        const { chat } = at.topics
        yield* produceBoth(at, 20)
        const worker = yield* startWorker(["run"], at.env)
        yield* untilCounted(worker, at, "telemetra_events_total", 40)
        // The producer's clock falls an hour behind.
        yield* produce(at, "chat", 200, (kind, n) => valid(kind, n + 36_000))
        yield* untilCounted(worker, at, "telemetra_late_events_total", 200)
        const problem = (yield* statusOf(at)).problems.find((line) => line.includes(`records of topic ${chat}`))
        assert.match(
          problem ?? "",
          /^Nothing gets through: 200 of the last 200 .*The producer's clock is behind.*, late$/
        )
        yield* untilReadiness(worker, 503, "The producer's clock is behind")
      }).pipe(Effect.scoped)
    )

    it.effect("shows watermark and lag although a partition has no events", () =>
      Effect.gen(function* () {
        const at = yield* place(3)
        yield* produceBoth(at, 300)
        const worker = yield* startWorker(["run"], at.env)
        yield* untilCounted(worker, at, "telemetra_records_total", 600)
        yield* until(
          "three tasks",
          Effect.map(statusOf(at), ({ tasks }) => (tasks.length === 3 ? true : undefined)),
          worker.output
        )
        const { lag_records, watermark } = yield* statusOf(at)
        assert.isNotNull(watermark)
        assert.isNotNull(lag_records)
        yield* untilPrinted(
          worker,
          /lag 0 records, watermark \d{4}-\S+ \(.* behind the clock, 2 of 3 tasks have none yet\)/
        )
      }).pipe(Effect.scoped)
    )

    it.effect("reports a member without a task, and stays ready", () =>
      Effect.gen(function* () {
        const at = yield* place(2)
        const worker = yield* startWorker(["run"], { ...at.env, WORKERS: "3" })
        const [problem = ""] = yield* untilProblems(worker, at, "a member without a task", (lines) =>
          lines.some((line) => line.includes("has no task"))
        )
        assert.match(problem, /^member \d has no task/)
        assert.include(problem, "2 tasks")
        yield* untilReadiness(worker, 200, "ready")
        yield* untilPrinted(worker, "has no task")
        assert.strictEqual(warnings(worker, "has no task").length, 1, worker.output())
      }).pipe(Effect.scoped)
    )

    it.effect("names the reason if PostgreSQL has been unavailable since the start", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        const POSTGRES_URL = "postgresql://127.0.0.1:1/none?sslmode=disable"
        const worker = yield* startWorker(["run"], { ...at.env, POSTGRES_URL })
        yield* untilReadiness(worker, 503, "not ready: starting: PostgreSQL at 127.0.0.1:1/none")
        const { text: reason } = yield* text(at, "/health/ready")
        assert.include(reason, "ECONNREFUSED")
      }).pipe(Effect.scoped)
    )

    it.effect("doctor decodes the newest records", () =>
      Effect.gen(function* () {
        const at = yield* place(2)
        const { chat, viewer } = at.topics
        yield* produce(at, "chat", 30, registered, 1)
        yield* produce(at, "viewer", 30, (_, n) => valid(n % 2 === 0 ? "viewer" : "chat", n))
        const { code, stdout } = yield* telemetra(["doctor", "--json"], { env: at.env })
        const found = checkOf(stdout, "newest event")
        assert.strictEqual(code, 0, stdout)
        assert.strictEqual(found?.status, "warning", stdout)
        assert.match(
          found?.found ?? "",
          new RegExp(`20 of the 20 newest records of ${chat} are not events: invalid-json`)
        )
        assert.include(found?.found, "schema id 7")
        assert.include(found?.found, `10 of the 20 newest records of ${viewer}`)
      })
    )

    it.effect("doctor and worker read mapped and wrapped records, also after the mapping has changed", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        yield* produce(at, "viewer", 20)
        const readUnder = Effect.fnUntraced(function* (room: string, records: number) {
          const env = { ...at.env, CHAT_FIELDS: `stream=/${room}/name,time=/at` }
          yield* produce(at, "chat", 40, shaped(room))
          const { stdout } = yield* telemetra(["doctor", "--json"], { env })
          assert.strictEqual(checkOf(stdout, "newest event")?.status, "ok", stdout)
          const worker = yield* startWorker(["run"], env)
          yield* untilCounted(worker, at, "telemetra_records_total", records)
          assert.strictEqual(yield* metric(at, "telemetra_dead_letters_total"), 0, worker.output())
          yield* worker.signal("SIGTERM")
          yield* worker.ended
          const sql = yield* SqlClient
          const [stored] = yield* sql.unsafe<{ version: number; stream: string }>(
            "SELECT version, settings #>> '{read,fields,chat,stream}' AS stream FROM checkpoints"
          )
          assert.deepStrictEqual({ ...stored }, { version: 3, stream: `/${room}/name` })
        })
        yield* Effect.andThen(readUnder("room", 60), readUnder("channel", 40)).pipe(
          Effect.provide(PostgresTables.database(at.schema))
        )
      }).pipe(Effect.scoped)
    )

    it.effect("doctor does not take a worker that reads fast for one beyond the log's end", () =>
      Effect.gen(function* () {
        const at = yield* place(1)
        const { chat } = at.topics
        yield* produceBoth(at, 10)
        yield* Effect.gen(function* () {
          const worker = yield* startWorker(["run"], at.env)
          yield* untilCounted(worker, at, "telemetra_records_total", 20)
          yield* worker.signal("SIGTERM")
          yield* worker.ended
          const sql = yield* SqlClient
          // A flush of a backlog: doctor has seen the log's ends when the checkpoint moves behind
          // them.
          const consulted = yield* sql.withTransaction(
            Effect.gen(function* () {
              yield* sql.unsafe("LOCK TABLE checkpoints IN ACCESS EXCLUSIVE MODE")
              const consulting = yield* Effect.forkChild(telemetra(["doctor", "--json"], { env: at.env }))
              yield* until(
                "doctor to wait for the checkpoints",
                Effect.map(
                  sql.unsafe<{ waiting: number }>(
                    "SELECT count(*)::int AS waiting FROM pg_locks WHERE NOT granted AND relation = 'checkpoints'::regclass"
                  ),
                  ([row]) => (row !== undefined && row.waiting > 0 ? true : undefined)
                ),
                worker.output
              )
              yield* Effect.sleep("2500 millis")
              yield* produce(at, "chat", 50)
              yield* sql.unsafe(
                `UPDATE checkpoints SET inputs = jsonb_set(inputs, '{0,nextOffset}', '"60"') WHERE inputs->0->>'topic' = '${chat}'`
              )
              return consulting
            })
          )
          const { stdout } = yield* Fiber.join(consulted)
          const found = checkOf(stdout, "positions")
          assert.strictEqual(found?.status, "ok", stdout)
        }).pipe(Effect.provide(PostgresTables.database(at.schema)))
      }).pipe(Effect.scoped)
    )
  })
})
