/**
 * The user that ops/compose/reader.sh makes, on a real server: it reads the worker's tables and
 * nothing else.
 */
import { spawnSync } from "node:child_process"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as Database from "../../src/postgres/Database.ts"
import { migrate } from "../../src/sink/postgres/Migrations.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"

const SCRIPT = new URL("../../ops/compose/reader.sh", import.meta.url).pathname
const READER = "telemetra_reader"
const OURS = [
  "chat_summary_minute",
  "chat_summary_minute_of_test",
  "chat_summary",
  "moments",
  "checkpoints",
  "gaps",
  "dead_letters",
  "baselines",
  "broadcasts"
]

/** Statements, and PostgreSQL's error for each. */
const REFUSED: ReadonlyArray<readonly [statement: string, why: string]> = [
  ["SELECT rolpassword FROM pg_authid", "permission denied for table pg_authid"],
  ["SELECT * FROM pg_shadow", "permission denied for view pg_shadow"],
  ["SELECT * FROM elsewhere.secrets", "permission denied for schema elsewhere"],
  ["SELECT pg_read_file('/etc/passwd')", "permission denied for function pg_read_file"],
  ["INSERT INTO gaps VALUES ('a', 0, 0, 0)", "cannot execute INSERT in a read-only transaction"],
  ["BEGIN READ WRITE; INSERT INTO gaps VALUES ('a', 0, 0, 0)", "permission denied for table gaps"],
  ["BEGIN READ WRITE; DELETE FROM moments", "permission denied for table moments"],
  ["BEGIN READ WRITE; CREATE TABLE public.mine (id INTEGER)", "permission denied for schema public"]
]

const PASSWORD = 'it\'s a "reader"'

describe.skipIf(!Postgres.hasPostgres15)("ops/compose/reader.sh", () => {
  layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("Grafana's user", (it) => {
    it.effect("reads what the worker makes later, and neither passwords nor other schemas; it writes nothing", () =>
      Effect.gen(function* () {
        const { postgres } = yield* Postgres.Postgres
        const connection = {
          PATH: `${process.env["PATH"]}:/usr/lib/postgresql/15/bin`,
          PGHOST: postgres.host,
          PGPORT: String(postgres.port)
        }
        const { status, stderr, stdout } = spawnSync("bash", [SCRIPT], {
          encoding: "utf8",
          env: {
            ...connection,
            ...(postgres.password === undefined ? {} : { PGPASSWORD: Redacted.value(postgres.password) }),
            POSTGRES_USER: postgres.user,
            POSTGRES_DB: postgres.database,
            POSTGRES_READER_PASSWORD: PASSWORD
          }
        })
        assert.strictEqual(status, 0, stdout + stderr)

        // As the worker does it: after the script, in schema public.
        const owner = PostgresTables.pool({ postgres, store: { schema: "public" } })
        yield* Effect.gen(function* () {
          yield* migrate(Database.placeOf({ postgres, store: { schema: "public" } }))
          const sql = yield* SqlClient
          yield* sql`CREATE TABLE chat_summary_minute_of_test PARTITION OF chat_summary_minute FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')`
          yield* sql`CREATE SCHEMA elsewhere`
          yield* sql`CREATE TABLE elsewhere.secrets (secret TEXT)`
        }).pipe(Effect.provide(owner))

        const asReader = (statement: string) =>
          spawnSync(
            "psql",
            ["--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", statement],
            {
              encoding: "utf8",
              env: { ...connection, PGUSER: READER, PGPASSWORD: PASSWORD, PGDATABASE: postgres.database }
            }
          )
        for (const table of OURS) {
          const { status: read, stderr: printed } = asReader(`SELECT * FROM ${table} LIMIT 1`)
          assert.strictEqual(read, 0, printed)
        }
        for (const [refused, why] of REFUSED) {
          const { status: ended, stderr: printed } = asReader(refused)
          assert.notStrictEqual(ended, 0, refused)
          assert.include(printed, why, refused)
        }
      })
    )
  })
})
