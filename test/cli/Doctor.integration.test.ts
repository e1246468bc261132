import { createHash } from "node:crypto"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { TABLES } from "../../src/sink/postgres/adoption/Shape.ts"
import { freePort } from "../harness/FreePort.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { telemetra } from "./Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { squatter } from "./Squatter.ts"

interface Report {
  readonly status: string
  readonly checks: ReadonlyArray<{
    readonly name: string
    readonly status: string
    readonly found: string
    readonly remedy: string | null
  }>
}

type Variables = Readonly<Record<string, string>>

const consult = Effect.fnUntraced(function* (env: Variables) {
  const { code, stdout } = yield* telemetra(["doctor", "--json"], { env })
  const report: Report = JSON.parse(stdout)
  const of = (name: string) => {
    const found = report.checks.find((one) => one.name === name)
    assert.isDefined(found, name)
    return `${found?.status}: ${found?.found} → ${found?.remedy}`
  }
  return { code, report, of, names: report.checks.map(({ name }) => name) }
})

/** Topics and a schema of their own, and the variables that name them. */
const place = Effect.fnUntraced(function* (partitions: { readonly chat: number; readonly viewer: number }) {
  const broker = yield* KafkaBroker
  const { freshSchema, postgres } = yield* PostgresHarness.Postgres
  const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
  yield* broker.createTopics({ [topics.chat]: partitions.chat, [topics.viewer]: partitions.viewer })
  const schema = freshSchema()
  const env: Variables = {
    ...postgresVariables(postgres, schema),
    KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
    KAFKA_GROUP_ID: uniqueName("group"),
    CHAT_TOPIC: topics.chat,
    VIEWER_TOPIC: topics.viewer,
    HTTP_PORT: String(yield* Effect.promise(freePort))
  }
  return { broker, env, schema, topics }
})

describe.skipIf(kafkaMissing !== undefined)("doctor", () => {
  layer(Layer.merge(KafkaBroker.shared(), PostgresHarness.layer()), {
    timeout: "10 minutes",
    excludeTestServices: true
  })("on real servers", (it) => {
    it.effect("finds nothing wrong where nothing is, and names every check where nothing answers", () =>
      Effect.gen(function* () {
        const { broker, env, schema, topics } = yield* place({ chat: 2, viewer: 2 })
        yield* Effect.gen(function* () {
          const event = { stream_id: "s", timestamp: Date.now(), user_id: "u", message: "m" }
          yield* broker.produce(topics.chat, [{ partition: 1, value: JSON.stringify(event) }])
          const before = yield* consult(env)
          assert.strictEqual(before.code, 0, JSON.stringify(before.report, null, 1))
          assert.strictEqual(before.report.status, "warning")
          assert.match(before.of("tables"), /^warning: .*does not exist.*next start/)

          yield* telemetra(["migrate"], { env })
          const healthy = yield* consult(env)
          assert.strictEqual(healthy.code, 0)
          assert.strictEqual(healthy.report.status, "ok", JSON.stringify(healthy.report, null, 1))
          assert.match(healthy.of("events"), /1 record in 4 partitions/)
          assert.match(healthy.of("newest event"), /record is .* old/)
          assert.match(healthy.of("clock"), /PostgreSQL's clock is .* this machine's/)

          const away = yield* consult({
            ...env,
            KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1",
            POSTGRES_URL: "postgresql://127.0.0.1:1/none"
          })
          assert.strictEqual(away.code, 69)
          assert.deepStrictEqual(away.names, healthy.names)
          assert.match(away.of("kafka"), /^failure: .*ECONNREFUSED.*KAFKA_BOOTSTRAP_SERVERS/)
          assert.match(away.of("postgresql"), /^failure: .*ECONNREFUSED.*POSTGRES_URL/)
          assert.match(away.of("positions"), /^skipped/)
          assert.match(away.of("http port"), /^ok/)
        }).pipe(Effect.provide(PostgresTables.database(schema)))
      })
    )

    it.effect("reports unequal partitions, missing rights and a port in use, each with its remedy", () =>
      Effect.gen(function* () {
        const { env, schema } = yield* place({ chat: 2, viewer: 3 })
        const taken = yield* squatter
        yield* Effect.gen(function* () {
          yield* telemetra(["migrate"], { env })
          const sql = yield* SqlClient
          const reader = `reader_${schema}`
          yield* sql.unsafe(`CREATE ROLE ${reader} LOGIN PASSWORD 'reader'`)
          yield* sql.unsafe(`GRANT USAGE ON SCHEMA ${schema} TO ${reader}`)
          yield* sql.unsafe(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${reader}`)
          const sick = yield* consult({
            ...env,
            POSTGRES_USER: reader,
            POSTGRES_PASSWORD: "reader",
            HTTP_PORT: String(taken.port)
          })
          yield* sql.unsafe(`DROP OWNED BY ${reader}`)
          yield* sql.unsafe(`DROP ROLE ${reader}`)
          assert.strictEqual(sick.code, 78)
          assert.match(sick.of("partition counts"), /^failure: .*has 2 .*has 3 .*TASK_SCOPE=all/)
          assert.match(
            sick.of("permissions"),
            /^failure: .*INSERT on chat_summary_minute.*telemetra_migrations.*ownership/
          )
          assert.match(sick.of("http port"), /^failure: another program.*HTTP_PORT/)
          assert.match((yield* consult({ ...env, TASK_SCOPE: "all" })).of("partition counts"), /^ok/)
        }).pipe(Effect.scoped, Effect.provide(PostgresTables.database(schema)))
      }).pipe(Effect.scoped)
    )

    it.effect("reports what a start would do with drifted tables, and both end with 78", () =>
      Effect.gen(function* () {
        const { env, schema } = yield* place({ chat: 1, viewer: 1 })
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* sql.unsafe(`CREATE SCHEMA ${schema}`)
          yield* sql.unsafe("CREATE TABLE chat_summary_minute (stream_id TEXT, window_start TIMESTAMP)")
          yield* sql.unsafe(`CREATE TABLE moments (id SERIAL PRIMARY KEY, stream_id VARCHAR(255) NOT NULL,
            timestamp TIMESTAMPTZ NOT NULL, moment_type VARCHAR(50) NOT NULL)`)
          yield* sql.unsafe("CREATE VIEW recent AS SELECT id, timestamp FROM moments")
          const sick = yield* consult(env)
          const started = yield* telemetra(["migrate"], { env })
          assert.deepStrictEqual([sick.code, started.code], [78, 78])
          assert.match(sick.of("tables"), /^failure: .*exits with 78$/)
          for (const text of [
            `${schema}.chat_summary_minute: chat_summary_minute is not a partitioned table`,
            `${schema}.recent: this view depends on column ${schema}.moments.`,
            "column moments.timestamp is timestamp with time zone"
          ]) {
            assert.include(sick.of("tables"), text)
            assert.include(started.stderr + started.stdout, text)
          }
        }).pipe(Effect.provide(PostgresTables.database(schema)))
      })
    )

    it.effect("ends as a start would if rights are missing, or a key was dropped", () =>
      Effect.gen(function* () {
        const { env, schema } = yield* place({ chat: 1, viewer: 1 })
        yield* Effect.gen(function* () {
          yield* telemetra(["migrate"], { env })
          const sql = yield* SqlClient
          const role = `writer_${schema}`
          const asWriter = { ...env, POSTGRES_USER: role, POSTGRES_PASSWORD: "writer" }
          yield* sql.unsafe(`CREATE ROLE ${role} LOGIN PASSWORD 'writer'`)
          yield* sql.unsafe(`GRANT CREATE, USAGE ON SCHEMA ${schema} TO ${role}`)
          const tables = ["chat_summary_minute", "moments", "baselines", "checkpoints", "dead_letters", "gaps"]
          const own = (name: string) => sql.unsafe(`ALTER TABLE ${name} OWNER TO ${role}`)
          const consequences = Effect.fnUntraced(function* (what: string, code: number, over: Variables = asWriter) {
            const started = yield* telemetra(["run"], { env: { ...over, SOURCE: "simulator" } })
            const sick = yield* consult(over)
            assert.deepStrictEqual([started.code, sick.code], [code, code], `${what}: ${sick.of("tables")}`)
          })
          for (const table of tables) yield* own(table)
          yield* sql.unsafe(`GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${role}`)
          yield* consequences("no right on the list of migrations", 77)
          yield* sql.unsafe(`GRANT SELECT ON telemetra_migrations TO ${role}`)
          yield* consequences("only SELECT on the list of migrations", 77)
          yield* sql.unsafe(`GRANT SELECT, INSERT, UPDATE, DELETE ON telemetra_migrations TO ${role}`)
          // A start needs none of the others, but some flush does.
          const others = Object.keys(TABLES).filter((name) => !tables.includes(name) && !name.endsWith("_duplicates"))
          for (const table of others) {
            const lacking = yield* consult(asWriter)
            assert.strictEqual(lacking.code, 77, JSON.stringify(lacking.report))
            assert.include(lacking.of("permissions"), `INSERT on ${table}`)
            yield* own(table)
          }
          const healthy = yield* consult(asWriter)
          assert.strictEqual(healthy.code, 0, JSON.stringify(healthy.report))
          yield* sql.unsafe(
            `ALTER TABLE chat_summary_minute OWNER TO ${(yield* PostgresHarness.Postgres).postgres.user}`
          )
          yield* sql.unsafe(`GRANT ALL ON chat_summary_minute TO ${role}`)
          yield* sql
            .unsafe("ALTER TABLE chat_summary_minute DETACH PARTITION chat_summary_minute_default")
            .pipe(Effect.ignore)
          for (const { name } of yield* sql<{ name: string }>`SELECT inhrelid::regclass::text AS name FROM pg_inherits
            WHERE inhparent = 'chat_summary_minute'::regclass`) {
            yield* sql.unsafe(`DROP TABLE ${name}`)
          }
          yield* consequences("a partition is missing, and only the owner may make it", 77)
          for (const table of ["checkpoints", "dead_letters", "gaps", "baselines"]) {
            yield* sql.unsafe(`ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey`)
            yield* consequences(`key of ${table}`, 78, env)
            const { of } = yield* consult(env)
            const [remedy] = /ALTER TABLE \S+ ADD PRIMARY KEY \([^)]*\)/.exec(of("tables")) ?? []
            yield* sql.unsafe(remedy ?? "")
          }
          assert.strictEqual((yield* consult(env)).code, 0)
          yield* sql.unsafe(`DROP OWNED BY ${role} CASCADE`)
          yield* sql.unsafe(`DROP ROLE ${role}`)
        }).pipe(Effect.provide(PostgresTables.database(schema)))
      })
    )

    it.effect("reports sessions that can't write as a start does, with 78", () =>
      Effect.gen(function* () {
        const { env, schema } = yield* place({ chat: 1, viewer: 1 })
        yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          const role = `unfit_${schema}`
          yield* sql.unsafe(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'unfit'`)
          const unfit = { ...env, POSTGRES_USER: role, POSTGRES_PASSWORD: "unfit" }
          for (const [setting, problem] of [
            ["default_transaction_read_only = on", "are read-only"],
            ["session_replication_role = replica", "skip triggers and constraints"]
          ] as const) {
            yield* sql.unsafe(`ALTER ROLE ${role} RESET ALL`)
            yield* sql.unsafe(`ALTER ROLE ${role} SET ${setting}`)
            const sick = yield* consult(unfit)
            const started = yield* telemetra(["migrate"], { env: unfit })
            assert.deepStrictEqual([sick.code, started.code], [78, 78])
            assert.include(sick.of("permissions"), problem)
            assert.include(started.stderr + started.stdout, problem)
          }
          yield* sql.unsafe(`DROP ROLE ${role}`)
        }).pipe(Effect.provide(PostgresTables.database(schema)))
      })
    )

    it.effect(
      "reports topics of results that are missing, and notifications that wait, without the secrets of a URL",
      () =>
        Effect.gen(function* () {
          const { env, schema } = yield* place({ chat: 1, viewer: 1 })
          const url = "https://receiver.example/topsecret"
          const configured = { ...env, NOTIFY_URLS: `${url}#min=5,https://other.example/topsecret` }
          yield* Effect.gen(function* () {
            yield* telemetra(["migrate"], { env })
            assert.match(
              (yield* consult(configured)).of("notifications"),
              /^ok: 1-receiver.example, 2-other.example; none waits/
            )
            const sql = yield* SqlClient
            const target = createHash("sha256").update(`json+${url}`).digest("hex").slice(0, 32)
            yield* sql`INSERT INTO notifications (target, id, source_partition, stream_id, timestamp, opened_as,
              moment_id, moment_type, ended_at, intensity, description, flush, created_at)
            VALUES (${target}, 'a', 0, 's', now(), 'raid', 1, 'raid', now(), 1, 'd', 1,
              LOCALTIMESTAMP - interval '11 minutes')`
            const waiting = yield* consult({ ...configured, MOMENTS_TOPIC: "nowhere" })
            assert.strictEqual(waiting.code, 78)
            assert.match(
              waiting.of("moments topic"),
              /^failure: nowhere is missing → create it, or unset MOMENTS_TOPIC/
            )
            assert.match(
              waiting.of("notifications"),
              /^warning: .*waiting: 1 notification for 1-receiver.example, one for more than 10m → search the worker's log/
            )
            assert.notInclude(JSON.stringify(waiting.report), "topsecret")
          }).pipe(Effect.provide(PostgresTables.database(schema)))
        })
    )

    it.effect("reports missing topics, refused credentials, and checkpoints of others", () =>
      Effect.gen(function* () {
        const { env, schema, topics } = yield* place({ chat: 1, viewer: 1 })
        yield* Effect.gen(function* () {
          const sick = yield* consult({ ...env, CHAT_TOPIC: "nowhere", POSTGRES_USER: "nobody" })
          assert.match(sick.of("topics"), /^failure: topic nowhere missing: create with/)
          assert.match(sick.of("postgresql"), /^ok/)
          if (PostgresHarness.isOwnServer) assert.match(sick.of("postgresql credentials"), /^failure: .*nobody/)
          assert.match(sick.of("consumer group"), /^ok/)

          yield* telemetra(["migrate"], { env })
          const sql = yield* SqlClient
          const read = { watermarkDelayMs: 0, maxFutureSkewMs: 0, futureReference: "record", maxEventBytes: 1 }
          const settings = { window: { sizeMs: 1, slideMs: 1 }, read, partialToMs: null }
          const input = { partition: 0, replayOffset: "7", maxTimeBeforeReplayMs: null, counts: true, earlier: [] }
          const inputs = [
            { ...input, kind: "chat", topic: topics.chat, nextOffset: "9" },
            { ...input, kind: "viewer", topic: topics.viewer, nextOffset: "7" }
          ]
          yield* sql.unsafe(
            `INSERT INTO checkpoints (source_partition, version, epoch, flush, settings, inputs) VALUES (0, 1, 1, 1, $1::jsonb, $2::jsonb)`,
            [JSON.stringify(settings), JSON.stringify(inputs)]
          )
          const afterwards = yield* consult(env)
          assert.strictEqual(afterwards.code, 65)
          assert.match(
            afterwards.of("positions"),
            /^failure: .*ends at offset 0, but the next offset to read is 9.*recreated/
          )
          const scope = yield* consult({ ...env, TASK_SCOPE: "all" })
          assert.match(scope.of("checkpoints"), /^failure: .*TASK_SCOPE=partition.*restore TASK_SCOPE/)
          const other = yield* consult({ ...env, CHAT_TOPIC: topics.viewer, VIEWER_TOPIC: topics.chat })
          assert.match(other.of("checkpoints"), /^failure: they belong to other topics/)
          const foreign = yield* consult({ ...env, CHAT_TOPIC: "another" })
          assert.match(foreign.of("checkpoints"), /^failure: they belong to other topics/)
        }).pipe(Effect.provide(PostgresTables.database(schema)))
      })
    )
  })
})

describe("doctor without servers", () => {
  layer(Layer.empty)("a configuration that is wrong", (it) => {
    it.effect("is reported completely, a line each, with exit code 78", () =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* telemetra(["doctor"], {
          env: { WINDOW_DURATION: "soon", POSTGRES_URL: "postgresql://u:secret@h/d" }
        })
        assert.strictEqual(code, 78)
        const lines = stdout.trimEnd().split("\n")
        assert.strictEqual(lines.filter((line) => line.startsWith("failure  configuration")).length, 2)
        assert.strictEqual(lines.filter((line) => line.startsWith("skipped")).length, 4)
        assert.notInclude(stdout + stderr, "secret")
        assert.include(stderr, "2 failures")
      })
    )
  })
})
