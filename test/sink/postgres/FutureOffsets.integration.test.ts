import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { AFTER_ALL } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

/** More than two pages of the query. */
const LETTERS = 120_000

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("future offsets", (it) => {
  it.effect("are read page by page and kept as runs, whatever other dead letters lie between", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* Postgres.Postgres
      const schema = freshSchema()
      yield* Effect.gen(function* () {
        const store = yield* ResultStore
        const sql = yield* SqlClient
        const checkpoint = yield* started({})
        const [chat, viewer] = checkpoint.inputs
        assert(chat !== undefined && viewer !== undefined)
        // Invalid: every offset in [30000, 90000), and each thousandth; without a record: each
        // thousandth and 1.
        yield* sql`INSERT INTO dead_letters (topic, partition, kafka_offset, reason, payload, payload_bytes)
          SELECT ${chat.topic}, ${chat.partition}::int, n,
            CASE WHEN n % 1000 = 0 OR n BETWEEN 30000 AND 89999 THEN 'invalid-json' ELSE 'future-timestamp' END,
              ''::bytea, 0
          FROM generate_series(0, ${LETTERS}::int - 1) n WHERE n % 1000 <> 1`
        const { futureOffsets } = yield* store.recover(
          { ...checkpoint, inputs: [{ ...chat, rereadOffset: 5n, nextOffset: BigInt(LETTERS) }, viewer] },
          { openSinceMs: AFTER_ALL, slidesSinceMs: AFTER_ALL }
        )
        const runs = [...(futureOffsets[0] ?? [])]
        assert.strictEqual(runs.length, 60)
        assert.deepStrictEqual(runs[0], [5n, 1000n])
        assert.deepStrictEqual(runs[1], [1002n, 2000n])
        // The page's end lies within the offsets that are invalid, and within a run.
        assert.deepStrictEqual(runs[30], [90_002n, 91_000n])
        assert.deepStrictEqual(runs[59], [119_002n, 120_000n])
        assert.deepStrictEqual([...(futureOffsets[1] ?? [])], [])
      }).pipe(Effect.provide(Layer.provideMerge(PostgresTables.store(schema), PostgresTables.database(schema))))
    }).pipe(Effect.provide(Logger.layer([])))
  )
})
