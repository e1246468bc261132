import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { inForce, THRESHOLD_LIMITS } from "../../../src/domain/Sensitivity.ts"
import { readChanges, readNeeded } from "../../../src/sink/postgres/Sensitivity.ts"
import { withApi } from "../../harness/ApiWorld.ts"
import * as Postgres from "../../harness/Postgres.ts"

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("table sensitivity", (it) => {
  it.effect("gives a start the overrides in force and the later changes, and no other row", () =>
    withApi(() =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        // 3,000 changes of 60 keys; every seventh takes one back.
        yield* sql`INSERT INTO sensitivity (version, stream_id, moment_type, threshold)
          SELECT n, NULLIF('stream ' || n % 20, 'stream 0'), (ARRAY['raid', NULL, 'chat_drop'])[1 + n % 3],
            CASE WHEN n % 7 > 0 THEN 1 + n / 1000.0 END
          FROM generate_series(1, 3000) n`
        const all = yield* readChanges(0)
        assert.lengthOf(all, 3000)
        for (const [first, last] of [
          [1, 1],
          [1, 3000],
          [1500, 1503],
          [2999, 3000],
          [3000, 3000]
        ] as const) {
          const needed = yield* readNeeded(first, last)
          const before = inForce(all.filter(({ version }) => version <= first))
          const after = all.filter(({ version }) => version > first && version <= last)
          assert.deepStrictEqual(needed, [...before, ...after])
          assert.isAtMost(before.length, 60)
        }
      })
    )
  )

  it.effect("refuses a threshold that the API refuses", () =>
    withApi(() =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const insert = (version: number, threshold: string | null) =>
          sql`INSERT INTO sensitivity (version, threshold) VALUES (${version}::bigint, ${threshold}::text::float8)`
        const { least, most } = THRESHOLD_LIMITS
        for (const [index, threshold] of [String(least), String(most), null].entries()) yield* insert(index, threshold)
        for (const threshold of ["0", "-3", "0.0999", "1000.001", "NaN", "Infinity"]) {
          const error = yield* Effect.flip(insert(9, threshold))
          assert.isTrue(isSqlError(error) && error.message.length > 0, threshold)
          assert.include(JSON.stringify(error.reason), "sensitivity_threshold_check", threshold)
        }
      })
    )
  )
})
