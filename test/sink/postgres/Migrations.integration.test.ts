import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { readFileSync } from "node:fs"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { check, migrate } from "../../../src/sink/postgres/Migrations.ts"
import { flushOf, readSlidesOf, rowOf, started, T0 } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { type Body, inFreshSchema, LABELS, place, run } from "./FreshSchema.ts"
import { oldRows, oldTables, oldTablesWithIdentity } from "./OldTables.ts"

// Far from UTC, on another side of it than the server, and half an hour off.
process.env["TZ"] = "Asia/Kolkata"

/** Everything in a schema's catalog, as text: to see that nothing changed. */
const catalog = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* sql`
    SELECT c.relname::text AS relation, c.relkind::text AS kind, a.attname::text AS column, format_type(a.atttypid,
      a.atttypmod) AS type
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) ORDER BY 1, 3`
})

/** The backend's block as the seed has it: its tables may be there already, its indexes may not. */
const literalBlock = oldTables.map((statement) => statement.replace("CREATE INDEX IF NOT EXISTS", "CREATE INDEX"))

const SEED_INDEXES = [
  "idx_chat_summary_stream",
  "idx_chat_summary_anomaly",
  "idx_moments_stream",
  "idx_moments_type",
  "idx_moments_detected"
]

/**
 * Runs each statement, as psql does without ON_ERROR_STOP. The value: PostgreSQL's messages for
 * those that failed.
 */
const refusals = (statements: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const found: Array<string> = []
    for (const statement of statements) {
      const result = yield* Effect.result(sql.unsafe(statement))
      if (result._tag === "Success") continue
      let cause: unknown = result.failure
      while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause
      found.push(cause instanceof Error ? cause.message : String(cause))
    }
    return found
  })

/** Name and definition of each of the seed's indexes, in the order of the block. */
const seedIndexes = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* sql.unsafe(
    `SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = current_schema()
      AND indexname = ANY ('{${SEED_INDEXES.join()}}')
    ORDER BY array_position('{${SEED_INDEXES.join()}}', indexname::text)`
  ).values
})

for (const [name, server] of [
  ["PostgreSQL", Postgres.layer({ timezone: "America/New_York" })],
  ...(Postgres.hasPostgres15 ? [["PostgreSQL 15", Postgres.layer15({ timezone: "America/New_York" })] as const] : [])
] as const) {
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`migrations: ${name}`, (it) => {
    /** A schema with a pool that uses it; `withSchema` makes the schema itself too. */
    const inSchema = (title: string, body: Body, withSchema = true) =>
      it.effect(title, () =>
        inFreshSchema((schema) => Effect.andThen(run(withSchema ? [`CREATE SCHEMA ${schema}`] : []), body(schema)))
      )

    for (const [shape, tables] of [
      ["SERIAL ids", oldTables],
      ["identity ids", oldTablesWithIdentity]
    ] as const) {
      inSchema(`adopts old tables with ${shape}: rows stay, duplicates are moved`, (schema) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* run([...tables, ...oldRows])
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), LABELS)
          yield* check(yield* place(schema))

          const rows = "stream_id, window_end::text, chat_count, source_partition, flush, complete"
          assert.deepStrictEqual(yield* sql.unsafe(`SELECT ${rows} FROM chat_summary_minute ORDER BY id`).values, [
            ["alpha", "2024-05-01 00:01:00", 3, -1, null, true],
            ["alpha", "2024-05-01 00:02:00", 4, -1, null, true],
            ["beta", "2024-05-01 00:01:00", 5, -1, null, true],
            ["alpha", "2024-06-01 00:01:00", 7, -1, null, true]
          ])
          assert.deepStrictEqual(
            yield* sql`SELECT chat_count, top_emotes, source_partition FROM chat_summary_minute_duplicates ORDER BY id`
              .values,
            [
              [1, ["a"], -1],
              [2, ["b"], -1],
              [6, null, -1]
            ]
          )
          assert.deepStrictEqual(yield* sql`SELECT intensity FROM moments ORDER BY id`.values, [[4.5], [3.1]])
          assert.deepStrictEqual(yield* sql`SELECT intensity FROM moments_duplicates`.values, [[3.5]])

          // The next id goes on from the last one, and beyond 32 bits.
          yield* sql`SELECT setval(pg_get_serial_sequence('chat_summary_minute', 'id'), 2147483647)`
          yield* sql`SELECT setval(pg_get_serial_sequence('moments', 'id'), 2147483647)`
          const [row] = yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end)
            VALUES ('x', '2024-05-02', '2024-05-03') RETURNING id`.values
          const [moment] = yield* sql`INSERT INTO moments (stream_id, timestamp, moment_type)
            VALUES ('x', '2024-05-02', 'y') RETURNING id`.values
          assert.deepStrictEqual([row, moment], [[2_147_483_648n], [2_147_483_648n]])

          // Once more: nothing to do.
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), [])
          yield* run(tables)
        })
      )
    }

    inSchema("lets the old backend's statements run after ours", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* migrate(yield* place(schema))
        yield* run([...oldTables, oldRows[1]?.replace("3.5", "1.5").replace("'chat_spike', 4.5", "'z', 4.5") ?? ""])
        yield* check(yield* place(schema))
        assert.strictEqual((yield* sql`SELECT FROM moments WHERE source_partition = -1`).length, 3)
      })
    )

    inSchema(
      "the seed's literal block after ours: each CREATE INDEX finds its index, and nothing else fails",
      (schema) =>
        Effect.gen(function* () {
          yield* migrate(yield* place(schema))
          const before = yield* seedIndexes
          assert.deepStrictEqual(
            yield* refusals(literalBlock),
            SEED_INDEXES.map((index) => `relation "${index}" already exists`)
          )
          yield* check(yield* place(schema))
          assert.deepStrictEqual(yield* seedIndexes, before)
        })
    )

    inSchema("the seed's literal block before ours: nothing fails, and its indexes are ours", (schema) =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* refusals(literalBlock), [])
        const before = yield* seedIndexes
        assert.deepStrictEqual(
          before.map(([name]) => name),
          SEED_INDEXES
        )
        yield* migrate(yield* place(schema))
        yield* check(yield* place(schema))
        assert.deepStrictEqual(yield* seedIndexes, before)
        // A second run of the block fails in the same five statements, with or without the worker.
        assert.lengthOf(yield* refusals(literalBlock), SEED_INDEXES.length)
      })
    )

    inSchema("the literal block gives the same indexes in either order", (schema) =>
      Effect.gen(function* () {
        yield* migrate(yield* place(schema))
        const ours = yield* seedIndexes
        const sql = yield* SqlClient
        yield* sql.unsafe(`DROP SCHEMA ${schema} CASCADE`)
        yield* sql.unsafe(`CREATE SCHEMA ${schema}`)
        yield* run(literalBlock)
        assert.deepStrictEqual(yield* seedIndexes, ours)
      })
    )

    inSchema("replaces an adopted row when its window is computed again, and only then", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* run([...oldTables, ...oldRows])
        const store = PostgresTables.store(schema)
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const checkpoint = yield* started()
          // Adopted rows are no task's history.
          const watermarkMs = EventTimeMs(T0 + 86_400_000)
          assert.deepStrictEqual(yield* readSlidesOf({ ...checkpoint, watermarkMs }, EventTimeMs(T0 - 1)), [])
          yield* store.commit(flushOf(checkpoint, { rows: [rowOf({ chatCount: 100 })] }))
        }).pipe(Effect.provide(store))
        assert.deepStrictEqual(
          yield* sql`SELECT stream_id, window_end::text, chat_count, source_partition FROM chat_summary_minute ORDER BY id`
            .values,
          [
            ["alpha", "2024-05-01 00:02:00", 4, -1],
            ["beta", "2024-05-01 00:01:00", 5, -1],
            ["alpha", "2024-06-01 00:01:00", 7, -1],
            ["alpha", "2024-05-01 00:01:00", 100, 3]
          ]
        )
      })
    )

    inSchema("refuses a table that is not partitioned, and changes nothing", (schema) =>
      Effect.gen(function* () {
        yield* run([
          "CREATE TABLE chat_summary_minute (id SERIAL PRIMARY KEY, stream_id TEXT, window_start TIMESTAMP, window_end TIMESTAMP)"
        ])
        const before = yield* catalog
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        assert.strictEqual(error.reason, "Schema")
        assert.include(error.message, "chat_summary_minute")
        assert.include(error.message, "not a partitioned table")
        assert.include(error.message, "RENAME")
        assert.deepStrictEqual(yield* catalog, before)
      })
    )

    inSchema(
      "makes a schema that is missing, and check reports it",
      (schema) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(check(yield* place(schema)))
          assert.strictEqual(error.reason, "Schema")
          assert.include(error.message, `schema ${schema} does not exist`)
          assert.include(error.message, "telemetra migrate")
          yield* migrate(yield* place(schema))
          yield* check(yield* place(schema))
        }),
      false
    )

    inSchema("under check changes nothing and names what an old database lacks", (schema) =>
      Effect.gen(function* () {
        yield* run([...oldTables, ...oldRows])
        const before = yield* catalog
        const error = yield* Effect.flip(check(yield* place(schema)))
        for (const missing of [
          "column chat_summary_minute.id is integer, not bigint",
          "column chat_summary_minute.source_partition is missing",
          "unique constraint of chat_summary_minute on (source_partition, window_start, window_end, stream_id) is missing",
          "column moments.ended_at is missing",
          "column chat_summary_minute.slide_sums is missing",
          "column moments.opened_as is missing",
          "unique constraint of moments on (stream_id, timestamp, opened_as, source_partition) is missing",
          "table baselines is missing",
          "table checkpoints is missing",
          "table dead_letters is missing",
          "table gaps is missing",
          "view chat_summary is missing",
          "migration 0001_tables has not run"
        ]) {
          assert.include(error.message, missing)
        }
        assert.notInclude(error.message, "idx_chat_summary_stream")
        assert.notInclude(error.message, "moments.intensity")
        assert.deepStrictEqual(yield* catalog, before)
      })
    )

    inSchema("keeps the index of streams that docs/capacity.md describes", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const at = yield* place(schema)
        yield* migrate(at)
        const docs = readFileSync(new URL("../../../docs/capacity.md", import.meta.url), "utf8")
        const statements = /### The index of streams[^]*?```sql\n([^]*?)```/.exec(docs)?.[1] ?? ""
        yield* run(statements.split(";").filter((statement) => statement.trim() !== ""))
        assert.deepStrictEqual(yield* migrate(at), [])
        yield* check(at)
        const [index] = yield* sql`SELECT indexdef FROM pg_indexes
          WHERE schemaname = ${schema} AND indexname = 'idx_chat_summary_stream'`.values
        assert.include(index?.[0], "USING btree (date_bin('00:10:00'::interval, window_start")
      })
    )

    inSchema("names each dropped object", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* migrate(yield* place(schema))
        for (const [statement, missing] of [
          ["DROP INDEX idx_moments_recovery", "index idx_moments_recovery on moments is missing"],
          [
            "ALTER TABLE moments DROP CONSTRAINT moments_key",
            "unique constraint of moments on (stream_id, timestamp, opened_as, source_partition) is missing"
          ],
          [
            "ALTER TABLE checkpoints DROP CONSTRAINT checkpoints_pkey",
            "checkpoints has no primary key on (source_partition)"
          ],
          ["ALTER TABLE dead_letters DROP COLUMN path", "column dead_letters.path is missing"],
          [
            "ALTER TABLE baselines DROP CONSTRAINT baselines_pkey",
            "baselines has no primary key on (source_partition, stream_id)"
          ],
          [
            "ALTER TABLE baselines ALTER COLUMN numbers TYPE REAL[]",
            "column baselines.numbers is real[], not double precision[]"
          ],
          ["DROP TABLE baselines", "table baselines is missing"],
          ["ALTER TABLE gaps ALTER COLUMN to_offset TYPE INTEGER", "column gaps.to_offset is integer, not bigint"],
          ["DROP TABLE gaps", "table gaps is missing"],
          ["DROP VIEW chat_summary", "view chat_summary is missing"]
        ] as const) {
          yield* sql.unsafe(statement)
          const error = yield* Effect.flip(check(yield* place(schema)))
          assert.include(error.message, missing)
          assert.notInclude(error.message, "has not run")
        }
      })
    )

    inSchema(
      "is run by several replicas at once",
      (schema) =>
        Effect.gen(function* () {
          const replica = Effect.gen(function* () {
            const store = yield* ResultStore
            return yield* store.load(3)
          }).pipe(Effect.provide(Layer.fresh(PostgresTables.store(schema))))
          const found = yield* Effect.all(
            Array.from({ length: 4 }, () => replica),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(found, [undefined, undefined, undefined, undefined])
        }),
      false
    )

    inSchema("gives one row per stream and window in the view, whatever the parts", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* migrate(yield* place(schema))
        yield* run([
          "CREATE TABLE p PARTITION OF chat_summary_minute DEFAULT",
          `INSERT INTO chat_summary_minute (source_partition, stream_id, window_start, window_end, chat_count,
            unique_chatters, avg_sentiment,
            scored_count, positive_count, negative_count, chat_rate, avg_viewers, top_emotes, emote_counts,
              z_score, is_anomaly, complete) VALUES
            (0, 'both', '2024-05-01', '2024-05-02', 30, 3, 0.5, 28, 20, 5, 0.5, NULL, '{small}', '{4}', 1, TRUE, TRUE),
            (1, 'both', '2024-05-01', '2024-05-02', 90, 9, -0.5, NULL, 10, 50, 1.5, 7, '{large,x}', '{7,2}', NULL,
              FALSE, FALSE),
            (2, 'both', '2024-05-01', '2024-05-02', 0, 0, NULL, 0, 0, 0, 0, 100, '{}', NULL, NULL, FALSE, TRUE),
            (-1, 'both', '2024-05-01', '2024-05-02', 10, 1, NULL, NULL, 0, 0, 0, 100, '{}', NULL, NULL, FALSE, NULL),
            (1, 'single', '2024-05-01', '2024-05-02', 3, 1, 0.1, 2, 1, 0, 0.05, 1, '{}', NULL, NULL, FALSE, TRUE),
            (1, 'silent', '2024-05-01', '2024-05-02', 0, 0, NULL, 0, 0, 0, 0, 1, NULL, NULL, NULL, FALSE, TRUE)`
        ])
        assert.deepStrictEqual(
          yield* sql`SELECT stream_id, chat_count, unique_chatters, avg_sentiment, scored_count, positive_count,
            negative_count, chat_rate, avg_viewers,
            top_emotes, emote_counts, z_score, is_anomaly, complete, parts FROM chat_summary ORDER BY stream_id`.values,
          [
            ["both", 130n, 13n, -0.25, 88n, 30n, 55n, 2, 7, ["large", "x"], [7, 2], null, true, false, 4n],
            ["silent", 0n, 0n, null, 0n, 0n, 0n, 0, 1, null, null, null, false, true, 1n],
            ["single", 3n, 1n, 0.1, 2n, 1n, 0n, 0.05, 1, [], null, null, false, true, 1n]
          ]
        )
      })
    )

    inSchema("writes and reads UTC, whatever the zones of process and server", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        assert.strictEqual(new Date(T0).getTimezoneOffset(), -330)
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const first = yield* started()
          yield* store.commit(flushOf({ ...first, watermarkMs: EventTimeMs(T0 + 60_000) }, { rows: [rowOf()] }))
        }).pipe(Effect.provide(PostgresTables.store(schema)))
        assert.deepStrictEqual(
          yield* sql`SELECT window_start::text, window_end::text, tableoid::regclass::text,
            abs(extract(epoch FROM processed_at) - extract(epoch FROM now())) < 60 FROM chat_summary_minute`.values,
          [["2024-05-01 00:00:00", "2024-05-01 00:01:00", "chat_summary_minute_2024_05", true]]
        )
        assert.deepStrictEqual(
          yield* sql`SELECT watermark::text, abs(extract(epoch FROM updated_at) - extract(epoch FROM now())) < 60 FROM checkpoints`
            .values,
          [["2024-05-01 00:01:00", true]]
        )
      })
    )
  })
}
