/**
 * Old tables that have drifted: each is adopted with the right result, or refused before any
 * change, with SQL that helps.
 */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { migrate, plan } from "../../../src/sink/postgres/Migrations.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { deadLetterOf, flushOf, momentOf, rowOf, started, T0 } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { adoptable, refused } from "./DriftedTables.ts"
import { type Body, inFreshSchema, place, run } from "./FreshSchema.ts"
import { oldRows, oldTables } from "./OldTables.ts"
import { snapshot } from "./Snapshot.ts"

/**
 * The worker writes a window of an adopted row, one of another month, a moment and a dead letter,
 * twice.
 */
const work = (schema: string) =>
  Effect.gen(function* () {
    const store = yield* ResultStore
    const sql = yield* SqlClient
    const checkpoint = yield* started()
    const later = EventTimeMs(T0 + 40 * 86_400_000)
    const rows = [rowOf({ chatCount: 100 }), rowOf({ startMs: later, endMs: EventTimeMs(later + 60_000) })]
    const outcome = yield* store.commit(
      flushOf(
        { ...checkpoint, watermarkMs: EventTimeMs(later + 60_000) },
        { rows, moments: [momentOf()], deadLetters: [deadLetterOf()] }
      )
    )
    assert.deepStrictEqual(outcome, { _tag: "Committed", refusedRows: 0 })
    assert.strictEqual((yield* sql`SELECT FROM chat_summary_minute WHERE source_partition >= 0`).length, 2)
    assert.strictEqual((yield* sql`SELECT FROM moments WHERE source_partition >= 0`).length, 1)
  }).pipe(Effect.provide(PostgresTables.store(schema)))

/** Remedies until none is left to run; some make room for others. */
const remedy = Effect.fnUntraced(function* (schema: string) {
  for (let round = 0; round < 4; round++) {
    const { obstacles } = yield* plan(yield* place(schema))
    if (obstacles.length === 0) return
    for (const one of obstacles) yield* run(one.remedy)
  }
  assert.fail("the remedies don't help")
})

for (const [name, server] of [
  ["PostgreSQL", Postgres.layer({ settings: { wal_level: "logical" } })],
  ...(Postgres.hasPostgres15
    ? [["PostgreSQL 15", Postgres.layer15({ settings: { wal_level: "logical" } })] as const]
    : [])
] as const) {
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`adoption: ${name}`, (it) => {
    const inSchema = (title: string, body: Body) =>
      it.effect(title, () => inFreshSchema((schema) => Effect.andThen(run([`CREATE SCHEMA ${schema}`]), body(schema))))

    for (const { cleanUp = [], instead, setup, title, problems } of refused) {
      inSchema(`refuses ${title}`, (schema) =>
        Effect.gen(function* () {
          const at = (statement: string) => statement.replaceAll("$schema", schema)
          yield* run([...(instead ?? [...oldTables, ...oldRows]), ...setup].map(at))
          const before = yield* snapshot(schema)
          const found = yield* plan(yield* place(schema))
          const error = yield* Effect.flip(migrate(yield* place(schema)))
          assert.strictEqual(error.reason, "Schema")
          for (const text of problems) assert.include(error.message, at(text))
          assert.isAbove(found.obstacles.length, 0)
          for (const { object } of found.obstacles.slice(0, 3)) assert.include(error.message, object)
          assert.deepStrictEqual(yield* snapshot(schema), before)
          yield* remedy(schema)
          yield* migrate(yield* place(schema))
          assert.deepStrictEqual(yield* migrate(yield* place(schema)), [])
          yield* work(schema)
        }).pipe(
          Effect.ensuring(Effect.ignore(run(cleanUp.map((statement) => statement.replaceAll("$schema", schema)))))
        )
      )
    }

    for (const { cleanUp = [], setup, title } of adoptable) {
      inSchema(`adopts ${title}`, (schema) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const at = (statement: string) => statement.replaceAll("$schema", schema)
          yield* run([...oldTables, ...oldRows, ...setup].map(at))
          const [count] = yield* sql`SELECT (SELECT count(*) FROM chat_summary_minute), (SELECT count(*) FROM moments)`
            .values
          assert.deepStrictEqual((yield* plan(yield* place(schema))).obstacles, [])
          yield* migrate(yield* place(schema))
          assert.deepStrictEqual(
            yield* sql`SELECT (SELECT count(*) FROM chat_summary_minute) + (SELECT count(*)
              FROM chat_summary_minute_duplicates),
              (SELECT count(*) FROM moments) + (SELECT count(*) FROM moments_duplicates)`.values,
            [count ?? []]
          )
          assert.strictEqual((yield* sql`SELECT FROM chat_summary_minute_duplicates`).length, 3)
          assert.strictEqual((yield* sql`SELECT FROM moments_duplicates`).length, 1)
          yield* work(schema)
        }).pipe(
          Effect.ensuring(Effect.ignore(run(cleanUp.map((statement) => statement.replaceAll("$schema", schema)))))
        )
      )
    }
  })
}
