/**
 * Tables of an earlier version of the worker, with its rows: a start brings them up to date and
 * continues.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { readdir, readFile } from "node:fs/promises"
import { BEFORE_ALL, EventTimeMs } from "../../../src/domain/EventTime.ts"
import { check, migrate, plan } from "../../../src/sink/postgres/Migrations.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import {
  baselineOf,
  flushOf,
  momentOf,
  readBaselinesOf,
  readSlidesOf,
  rowOf,
  started,
  T0
} from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { type Body, inFreshSchema, LABELS, place, run } from "./FreshSchema.ts"
import { snapshot } from "./Snapshot.ts"

const folder = new URL("../../../migrations/", import.meta.url)

/** The first version whose moments had a key, by the type of an episode. */
const EPISODES = 2

/** Before version 5. */
const EARLIER = [1, 2, 3, 4]

/** The tables as the worker of a version left them. */
const tablesOf = Effect.fnUntraced(function* (version: number) {
  const names = (yield* Effect.promise(() => readdir(folder))).toSorted().slice(0, version)
  const files = yield* Effect.promise(() => Promise.all(names.map((name) => readFile(new URL(name, folder), "utf8"))))
  yield* run([
    ...files.map((statements) => `DO $telemetra_migration$\nBEGIN\n${statements}\nEND\n$telemetra_migration$`),
    ...(version < EPISODES
      ? []
      : [
          "ALTER TABLE moments ADD CONSTRAINT moments_episode_key UNIQUE (stream_id, moment_type, timestamp, source_partition)"
        ]),
    "CREATE TABLE telemetra_migrations (migration_id integer PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), name text NOT NULL)",
    ...names.map(
      (name) => `INSERT INTO telemetra_migrations VALUES (${Number(name.slice(0, 4))}, now(), '${name.slice(5, -4)}')`
    ),
    "CREATE TABLE chat_summary_minute_2024_05 PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')",
    "CREATE TABLE chat_summary_minute_2024_06 PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-06-01') TO ('2024-07-01')",
    `INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count, source_partition, flush)
    SELECT 'alpha', start, start + interval '1 minute', 5, 3, 1 FROM generate_series(TIMESTAMP '2024-05-01',
      '2024-05-01 00:10', '10 seconds') AS start`,
    `INSERT INTO moments (stream_id, timestamp, moment_type, ended_at, intensity, description, metadata,
      source_partition, flush) VALUES
      ('alpha', '2024-05-01 00:05', 'chat_spike', '2024-05-01 00:11', 4, 'Chat jumped', '{"chat_count": 5}', 3, 1),
      ('alpha', '2024-05-01 00:05', 'chat_drop', '2024-05-01 00:11', 4, 'Chat fell', '{"chat_count": 5}', 3, 1),
      ('alpha', '2024-05-01 00:05', 'chat_spike', '2024-05-01 00:11', 4, 'Chat jumped', NULL, 4, 1)`,
    // By the earlier job.
    "INSERT INTO moments (stream_id, timestamp, moment_type, intensity) VALUES ('alpha', '2024-05-01 00:05', 'chat_spike', 3)"
  ])
})

for (const [name, server] of [
  ["PostgreSQL", Postgres.layer()],
  ...(Postgres.hasPostgres15 ? [["PostgreSQL 15", Postgres.layer15()] as const] : [])
] as const) {
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`upgrades: ${name}`, (it) => {
    const inSchema = (title: string, body: Body) =>
      it.effect(title, () => inFreshSchema((schema) => Effect.andThen(run([`CREATE SCHEMA ${schema}`]), body(schema))))

    for (const version of EARLIER) {
      inSchema(`from version ${version}: every row stays, and the worker continues`, (schema) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* tablesOf(version)
          const rows = yield* sql`SELECT * FROM chat_summary_minute ORDER BY id`
          const moments = yield* sql`SELECT * FROM moments ORDER BY id`
          const files = sql`SELECT relname, relfilenode FROM pg_class WHERE relkind = 'r'
            AND relname LIKE 'chat\\_summary\\_minute\\_2024%'
            AND relnamespace = ${schema}::regnamespace ORDER BY 1`
          const before = yield* files
          assert.deepStrictEqual((yield* plan(yield* place(schema))).obstacles, [])
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), LABELS.slice(version))
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), [])
          yield* check(yield* place(schema))

          const scored = version < 4 ? { scored_count: null } : {}
          assert.deepStrictEqual(
            yield* sql`SELECT * FROM chat_summary_minute ORDER BY id`,
            rows.map((row) => ({ ...row, ...scored, slide_sums: null, emote_counts: null }))
          )
          assert.deepStrictEqual(yield* files, before, "no table is rewritten")
          assert.deepStrictEqual(
            yield* sql`SELECT * FROM moments ORDER BY id`,
            moments.map((row) => ({ ...row, opened_as: (row as { moment_type: string }).moment_type }))
          )
          for (const duplicates of ["chat_summary_minute_duplicates", "moments_duplicates"]) {
            assert.deepStrictEqual(yield* sql.unsafe(`SELECT * FROM ${duplicates}`), [])
          }
          assert.deepStrictEqual(
            yield* sql`SELECT conname FROM pg_constraint WHERE conrelid = 'moments'::regclass AND contype = 'u'`.values,
            [["moments_key"]]
          )

          yield* Effect.gen(function* () {
            const store = yield* ResultStore
            const checkpoint = { ...(yield* started()), watermarkMs: EventTimeMs(T0 + 660_000) }
            // Wmoments of an earlier detection do not continue.
            assert.deepStrictEqual(
              (yield* store.recover(checkpoint, { openSinceMs: BEFORE_ALL, slidesSinceMs: BEFORE_ALL })).moments,
              []
            )
            assert.deepStrictEqual(yield* readSlidesOf(checkpoint, BEFORE_ALL), [])
            assert.deepStrictEqual(yield* readBaselinesOf(checkpoint, BEFORE_ALL), [])
            const flush = flushOf(checkpoint, {
              rows: [rowOf({ startMs: EventTimeMs(T0 + 610_000) })],
              moments: [momentOf({ timestampMs: EventTimeMs(T0 + 300_000), type: "raid" }), momentOf()],
              baselines: [baselineOf("alpha", T0 + 660_000)]
            })
            assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Committed", refusedRows: 0 })
            assert.strictEqual(
              (yield* readSlidesOf({ ...checkpoint, watermarkMs: EventTimeMs(T0 + 670_000) }, BEFORE_ALL)).length,
              1
            )
            assert.strictEqual((yield* readBaselinesOf(checkpoint, BEFORE_ALL)).length, 1)
          }).pipe(Effect.provide(PostgresTables.store(schema)))
          assert.deepStrictEqual(
            yield* sql`SELECT moment_type, opened_as FROM moments WHERE source_partition = 3 ORDER BY timestamp, opened_as`
              .values,
            [
              ["chat_spike", "chat_spike"],
              ["chat_drop", "chat_drop"],
              ["raid", "chat_spike"]
            ]
          )
        })
      )
    }

    inSchema("takes rows that the earlier job inserts after the upgrade, however often", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* tablesOf(4)
        yield* migrate(yield* place(schema))
        const insert = sql`INSERT INTO moments (stream_id, timestamp, moment_type) VALUES ('alpha', '2024-05-01 00:05', 'chat_spike')`
        yield* Effect.andThen(insert, insert)
        yield* check(yield* place(schema))
        assert.deepStrictEqual(yield* migrate(yield* place(schema)), [])
        assert.strictEqual((yield* sql`SELECT FROM moments WHERE opened_as IS NULL`).length, 2)
      })
    )

    inSchema(
      "creates everything again that is missing, and moves no moment aside that has a key of its own",
      (schema) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* migrate(yield* place(schema))
          yield* run([
            `INSERT INTO moments (stream_id, timestamp, moment_type, opened_as, source_partition) VALUES
            ('alpha', '2024-05-01', 'raid', 'chat_spike', 3), ('alpha', '2024-05-01', 'raid', 'viewer_surge', 3)`,
            "DROP INDEX idx_moments_flush"
          ])
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), LABELS)
          assert.strictEqual((yield* sql`SELECT FROM moments`).length, 2)
          yield* run(["ALTER TABLE moments DROP CONSTRAINT moments_key"])
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), LABELS)
          assert.strictEqual((yield* sql`SELECT FROM moments`).length, 2)
          assert.strictEqual((yield* sql`SELECT FROM moments_duplicates`).length, 0)
        })
    )

    inSchema("does not replace lost baselines without consent, once it has created them", (schema) =>
      Effect.gen(function* () {
        yield* migrate(yield* place(schema))
        yield* run(["DROP TABLE baselines"])
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        assert.include(error.message, "table baselines is missing, although the migrations created it")
      })
    )

    inSchema("names the key of the version before if it came back", (schema) =>
      Effect.gen(function* () {
        yield* migrate(yield* place(schema))
        yield* run([
          "ALTER TABLE moments ADD CONSTRAINT moments_episode_key UNIQUE (stream_id, moment_type, timestamp, source_partition)"
        ])
        const { obstacles } = yield* plan(yield* place(schema))
        assert.deepStrictEqual(
          obstacles.map(({ object }) => object),
          [`${schema}.moments`]
        )
        yield* run(obstacles.flatMap(({ remedy }) => remedy))
        yield* check(yield* place(schema))
      })
    )

    inSchema("goes back as docs/migration.md describes, and forth again", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* tablesOf(4)
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const checkpoint = { ...(yield* started()), watermarkMs: EventTimeMs(T0 + 3_600_000) }
          const lasting = momentOf({ timestampMs: EventTimeMs(T0 + 3_500_000), endedAtMs: checkpoint.watermarkMs })
          yield* store.commit(flushOf(checkpoint, { moments: [momentOf({ type: "raid" }), lasting] }))
        }).pipe(Effect.provide(PostgresTables.store(schema)))
        const docs = yield* Effect.promise(() =>
          readFile(new URL("../../../docs/migration.md", import.meta.url), "utf8")
        )
        const statements = /```sql\n([^]*?)```/.exec(docs.slice(docs.lastIndexOf("**Roll back**")))?.[1]
        yield* run((statements ?? "").split(";").filter((statement) => statement.trim() !== ""))
        // As version 4 writes.
        const upsert = (intensity: number) =>
          sql`INSERT INTO moments (stream_id, timestamp, moment_type, intensity, source_partition, ended_at)
          VALUES ('alpha', '2024-05-01 02:00', 'chat_spike', ${intensity}, 3, '2024-05-01 02:01')
          ON CONFLICT (stream_id, moment_type, timestamp, source_partition)
            DO UPDATE SET intensity = EXCLUDED.intensity`
        yield* upsert(4)
        yield* upsert(5)
        assert.deepStrictEqual(yield* migrate(yield* place(schema)), LABELS)
        yield* check(yield* place(schema))
        assert.deepStrictEqual(
          yield* sql`SELECT moment_type, opened_as, intensity FROM moments WHERE source_partition = 3 ORDER BY timestamp, opened_as`
            .values,
          [
            ["chat_spike", "chat_spike", 4.25],
            ["chat_drop", "chat_drop", 4],
            ["chat_spike", "chat_spike", 4],
            ["chat_spike", "chat_spike", 5]
          ]
        )
        assert.strictEqual((yield* sql`SELECT FROM moments_duplicates`).length, 0)
      })
    )

    inSchema("refuses a role that owns nothing, and changes nothing", (schema) =>
      Effect.gen(function* () {
        yield* tablesOf(4)
        const { postgres } = yield* Postgres.Postgres
        yield* run([
          `CREATE ROLE ${schema} LOGIN PASSWORD 'role'`,
          `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${schema}`,
          `GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${schema}`
        ])
        const before = yield* snapshot(schema)
        const options = { postgres: { ...postgres, user: schema, password: Redacted.make("role") }, store: { schema } }
        const error = yield* Effect.gen(function* () {
          return yield* Effect.flip(migrate(yield* place(schema)))
        }).pipe(Effect.provide(Layer.fresh(PostgresTables.pool(options))))
        assert.strictEqual(error.reason, "Schema")
        assert.include(error.message, `${schema}.chat_summary_minute: it belongs to role postgres`)
        assert.deepStrictEqual(yield* snapshot(schema), before)
        // As a role that owns the tables does it.
        yield* migrate(yield* place(schema))
      }).pipe(Effect.ensuring(Effect.ignore(run([`DROP OWNED BY ${schema} CASCADE`, `DROP ROLE ${schema}`]))))
    )
  })
}
