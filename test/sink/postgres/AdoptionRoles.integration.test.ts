/**
 * Adoption among others: other roles' tables, concurrent writers and changes, event triggers, and
 * dropped objects.
 */
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { readFileSync } from "node:fs"
import { placeOf } from "../../../src/postgres/Database.ts"
import { check, migrate, plan } from "../../../src/sink/postgres/Migrations.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { type Body, inFreshSchema, place, run } from "./FreshSchema.ts"
import { oldRows, oldTables } from "./OldTables.ts"
import { snapshot } from "./Snapshot.ts"

const quiet = Logger.layer([])

/** Runs as a role of its own, named like the schema, that may create tables in it. */
const asRole = <A, E>(schema: string, body: Effect.Effect<A, E, SqlClient | Postgres.Postgres>) =>
  Effect.gen(function* () {
    const { postgres } = yield* Postgres.Postgres
    yield* run([`CREATE ROLE ${schema} LOGIN PASSWORD 'role'`, `GRANT USAGE, CREATE ON SCHEMA ${schema} TO ${schema}`])
    const options = { postgres: { ...postgres, user: schema, password: Redacted.make("role") }, store: { schema } }
    return yield* Effect.provide(body, Layer.fresh(PostgresTables.pool(options)))
  }).pipe(Effect.ensuring(Effect.ignore(run([`DROP OWNED BY ${schema} CASCADE`, `DROP ROLE ${schema}`]))))

/** Waits until a session of this database waits for a lock. */
const untilBlocked = Effect.gen(function* () {
  const sql = yield* SqlClient
  while (
    (yield* sql`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'`).length === 0
  ) {
    yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
  }
})

for (const [name, server] of [
  ["PostgreSQL", Postgres.layer()],
  ...(Postgres.hasPostgres15 ? [["PostgreSQL 15", Postgres.layer15()] as const] : [])
] as const) {
  layer(server, { timeout: "3 minutes", excludeTestServices: true })(`adoption among others: ${name}`, (it) => {
    const inSchema = (title: string, body: Body) =>
      it.effect(title, () =>
        inFreshSchema((schema) =>
          Effect.andThen(run([`CREATE SCHEMA ${schema}`, ...oldTables, ...oldRows]), body(schema))
        )
      )

    inSchema("refuses tables of another role, names each, and adopts them once they belong to ours", (schema) =>
      Effect.gen(function* () {
        const before = yield* snapshot(schema)
        const found = yield* asRole(
          schema,
          Effect.gen(function* () {
            const error = yield* Effect.flip(migrate(yield* place(schema)))
            assert.strictEqual(error.reason, "Schema")
            assert.include(error.message, `${schema}.chat_summary_minute_2024_05: it belongs to role postgres`)
            return (yield* plan(yield* place(schema))).obstacles
          })
        )
        assert.deepStrictEqual(
          found.map(({ object }) => object),
          ["chat_summary_minute", "chat_summary_minute_2024_05", "chat_summary_minute_2024_06", "moments"].map(
            (table) => `${schema}.${table}`
          )
        )
        // DROP OWNED took the role's grants on the schema with it.
        assert.deepStrictEqual((yield* snapshot(schema)).rows, before.rows)
        yield* asRole(
          schema,
          Effect.gen(function* () {
            const { obstacles } = yield* plan(yield* place(schema))
            yield* Effect.provide(
              run(obstacles.flatMap(({ remedy }) => remedy)),
              PostgresTables.database(`${schema}_no`)
            )
            yield* migrate(yield* place(schema))
          })
        )
      })
    )

    inSchema("refuses row-level security that hides rows from an owner", (schema) =>
      asRole(
        schema,
        Effect.gen(function* () {
          yield* Effect.provide(
            run([
              ...["chat_summary_minute", "chat_summary_minute_2024_05", "chat_summary_minute_2024_06", "moments"].map(
                (table) => `ALTER TABLE ${schema}.${table} OWNER TO ${schema}`
              ),
              `ALTER TABLE ${schema}.moments ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`
            ]),
            PostgresTables.database(`${schema}_no`)
          )
          const error = yield* Effect.flip(migrate(yield* place(schema)))
          assert.strictEqual(error.reason, "Schema")
          assert.include(error.message, `${schema}.moments: row-level security hides rows from role ${schema}`)
          yield* run((yield* plan(yield* place(schema))).obstacles.flatMap(({ remedy }) => remedy))
          yield* migrate(yield* place(schema))
          const sql = yield* SqlClient
          assert.strictEqual((yield* sql`SELECT FROM moments_duplicates`).length, 1)
        })
      )
    )

    inSchema("waits for a writer, and moves the duplicate that it adds", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const isWriting = yield* Deferred.make<void>()
        const writer = yield* Effect.forkChild(
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`INSERT INTO moments (stream_id, timestamp, moment_type, intensity) VALUES ('alpha', '2024-05-01 00:01:00', 'viewer_drop', 9)`
              yield* Deferred.succeed(isWriting, undefined)
              yield* untilBlocked.pipe(Effect.provide(Layer.fresh(PostgresTables.database(`${schema}_no`))))
            })
          )
        )
        yield* Deferred.await(isWriting)
        yield* migrate(yield* place(schema))
        yield* Fiber.join(writer)
        assert.deepStrictEqual(yield* sql`SELECT intensity FROM moments ORDER BY 1`.values, [[4.5], [9]])
        assert.deepStrictEqual(yield* sql`SELECT intensity FROM moments_duplicates ORDER BY 1`.values, [[3.1], [3.5]])
      })
    )

    inSchema("checks again under the lock: a view that came meanwhile is refused", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const isChanging = yield* Deferred.make<void>()
        const other = yield* Effect.forkChild(
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`CREATE VIEW meanwhile AS SELECT id FROM moments`
              yield* Deferred.succeed(isChanging, undefined)
              yield* untilBlocked.pipe(Effect.provide(Layer.fresh(PostgresTables.database(`${schema}_no`))))
            })
          )
        )
        yield* Deferred.await(isChanging)
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        yield* Fiber.join(other)
        assert.strictEqual(error.reason, "Schema")
        assert.include(error.message, `${schema}.meanwhile: this view depends on column ${schema}.moments.id`)
      })
    )

    inSchema("checks what the migrations made: a constraint that an event trigger adds is refused", (schema) =>
      Effect.gen(function* () {
        yield* run([
          `CREATE FUNCTION audit() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF to_regclass('${schema}.checkpoints') IS NOT NULL AND NOT EXISTS (
              SELECT FROM pg_constraint WHERE conrelid = to_regclass('${schema}.checkpoints') AND conname = 'audited'
            ) THEN ALTER TABLE ${schema}.checkpoints ADD CONSTRAINT audited CHECK (flush < 5); END IF; END $$`,
          `CREATE EVENT TRIGGER audit_${schema} ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION audit()`
        ])
        const before = yield* snapshot(schema)
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        assert.strictEqual(error.reason, "Schema")
        assert.include(error.message, `${schema}.checkpoints: check constraint audited`)
        assert.deepStrictEqual(yield* snapshot(schema), before)
      }).pipe(Effect.ensuring(Effect.ignore(run([`DROP EVENT TRIGGER audit_${schema}`]))))
    )

    inSchema("names the GRANT if the schema can't be used", (schema) =>
      asRole(
        schema,
        Effect.gen(function* () {
          const asOwner = (statements: ReadonlyArray<string>) =>
            Effect.provide(run(statements), PostgresTables.database(`${schema}_no`))
          const at = { ...(yield* place(schema)), user: schema }
          for (const right of ["USAGE", "CREATE"]) {
            yield* asOwner([
              `DROP TABLE IF EXISTS ${schema}.chat_summary_minute, ${schema}.moments`,
              `REVOKE ${right} ON SCHEMA ${schema} FROM ${schema}`
            ])
            const error = yield* Effect.flip(migrate(at))
            assert.strictEqual(error.reason, "Refused")
            assert.include(error.message, `lacks ${right} on schema ${schema}`)
            assert.notInclude(error.message, "telemetra migrate")
            const grant = /must run (GRANT .*)$/.exec(error.message)?.[1]
            assert.isDefined(grant)
            yield* asOwner([grant ?? ""])
          }
          yield* migrate(at)
          yield* asOwner([`REVOKE USAGE ON SCHEMA ${schema} FROM ${schema}`])
          assert.strictEqual((yield* Effect.flip(check(at))).reason, "Refused")
        })
      )
    )

    inSchema("names the sessions that hold the tables when the lock takes too long", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const isReading = yield* Deferred.make<void>()
        const reader = yield* Effect.forkChild(
          sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`SELECT set_config('application_name', 'a long report', true), set_config('idle_in_transaction_session_timeout', '0', true)`
              yield* sql`SELECT FROM moments`
              yield* Deferred.succeed(isReading, undefined)
              return yield* Effect.never
            })
          )
        )
        yield* Deferred.await(isReading)
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        yield* Fiber.interrupt(reader)
        assert.strictEqual(error.reason, "Unreachable")
        assert.match(
          error.message,
          /lock timeout \(55P03\).*: \d+ \(a long report, user postgres, idle in transaction\)/
        )
      })
    )

    it.effect("refuses a database that is not UTF8", () =>
      Effect.gen(function* () {
        const { freshSchema, postgres } = yield* Postgres.Postgres
        const server = PostgresTables.database(freshSchema())
        for (const encoding of ["LATIN1", "SQL_ASCII"]) {
          const database = `not_utf8_${encoding.toLowerCase()}`
          yield* Effect.acquireRelease(
            Effect.provide(
              run([`CREATE DATABASE ${database} ENCODING '${encoding}' TEMPLATE template0 LOCALE 'C'`]),
              server
            ),
            () => Effect.ignore(Effect.provide(run([`DROP DATABASE ${database} WITH (FORCE)`]), server))
          )
          const options = { postgres: { ...postgres, database }, store: { schema: "telemetra" } }
          yield* Effect.gen(function* () {
            const error = yield* Effect.flip(migrate(placeOf(options)))
            assert.strictEqual(error.reason, "Schema")
            assert.include(error.message, `database ${database}: its encoding is ${encoding}, not UTF8`)
            const sql = yield* SqlClient
            assert.deepStrictEqual(yield* sql`SELECT FROM pg_namespace WHERE nspname = 'telemetra'`, [])
          }).pipe(Effect.provide(Layer.fresh(PostgresTables.pool(options))))
        }
      }).pipe(Effect.scoped, Effect.provide(quiet))
    )

    inSchema("names an event trigger's refusal, and changes nothing", (schema) =>
      Effect.gen(function* () {
        yield* run([
          `CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
            IF current_schema() = '${schema}' THEN RAISE 'no changes today'
              USING HINT = 'contact the owners'; END IF; END $$`,
          `CREATE EVENT TRIGGER forbid_${schema} ON ddl_command_start EXECUTE FUNCTION forbid()`
        ])
        const before = yield* snapshot(schema)
        const error = yield* Effect.flip(migrate(yield* place(schema)))
        assert.include(error.message, "no changes today (P0001). HINT: contact the owners")
        assert.deepStrictEqual(yield* snapshot(schema), before)
      }).pipe(Effect.ensuring(Effect.ignore(run([`DROP EVENT TRIGGER forbid_${schema}`]))))
    )

    inSchema("restores dropped objects", (schema) =>
      Effect.gen(function* () {
        const at = yield* place(schema)
        yield* migrate(at)
        yield* run([
          "DROP VIEW chat_summary",
          "DROP INDEX idx_moments_flush",
          "ALTER TABLE moments DROP CONSTRAINT moments_key, DROP COLUMN ended_at",
          "INSERT INTO moments (stream_id, timestamp, moment_type, intensity) VALUES ('alpha', '2024-05-01 00:01:00', 'chat_spike', 9)"
        ])
        assert.strictEqual((yield* Effect.flip(check(at))).reason, "Schema")
        assert.isAbove((yield* migrate(at)).length, 0)
        yield* check(at)
        const sql = yield* SqlClient
        assert.deepStrictEqual(yield* sql`SELECT intensity FROM moments_duplicates ORDER BY 1`.values, [[3.5], [4.5]])
      })
    )

    inSchema("does not replace a dropped table without consent", (schema) =>
      Effect.gen(function* () {
        const at = yield* place(schema)
        yield* migrate(at)
        yield* run(["DROP TABLE checkpoints"])
        const before = yield* snapshot(schema)
        const error = yield* Effect.flip(migrate(at))
        assert.strictEqual(error.reason, "Schema")
        assert.include(
          error.message,
          `${schema}.checkpoints: table checkpoints is missing, although the migrations created it`
        )
        assert.deepStrictEqual(yield* snapshot(schema), before)
        const consent = /run (DELETE FROM \S+),/.exec(error.message)?.[1]
        assert.isDefined(consent)
        yield* run([consent ?? ""])
        yield* migrate(at)
        yield* check(at)
      })
    )

    inSchema("copies the rows of a renamed table as docs/migration.md describes", (schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* run([
          "ALTER TABLE chat_summary_minute RENAME TO partitioned",
          "DROP INDEX idx_chat_summary_stream, idx_chat_summary_anomaly",
          "CREATE TABLE chat_summary_minute AS SELECT * FROM partitioned",
          "CREATE INDEX idx_chat_summary_stream ON chat_summary_minute (stream_id)"
        ])
        const at = yield* place(schema)
        yield* run((yield* plan(at)).obstacles.flatMap(({ remedy }) => remedy))
        yield* migrate(at)
        const docs = readFileSync(new URL("../../../docs/migration.md", import.meta.url), "utf8")
        const statements = /### Rows of a renamed table[^]*?```sql\n([^]*?)```/.exec(docs)?.[1]
        yield* run((statements ?? "").split(";").filter((statement) => statement.trim() !== ""))
        assert.strictEqual((yield* sql`SELECT FROM chat_summary_minute`).length, 4)
        assert.strictEqual((yield* sql`SELECT FROM chat_summary_minute_old`).length, 7)
      })
    )
  })
}
