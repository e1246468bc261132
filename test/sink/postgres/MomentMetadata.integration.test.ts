/** Column `metadata` of table `moments` as SQL reads it. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { MomentMetadata } from "../../../src/domain/Moment.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { flushOf, momentOf, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

/** In order of the stream. */
const CASES: ReadonlyArray<readonly [stream: string, parts: MomentMetadata["parts"], zScore: number]> = [
  ["a darker mood", { mood: -5 }, -5],
  ["a loss", { loss: -3.25 }, -3.25],
  ["a raid", { chat: 4.25, viewers: 9.5 }, 9.5],
  ["a rise", { chat: 4.25 }, 4.25],
  ["a rise with a darker mood", { chat: 3.5, mood: -5 }, -5],
  ["a silence", { silence: -6 }, -6],
  ["equals", { chat: 4, viewers: 4, mood: -4 }, 4]
]

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("a moment's metadata", (it) => {
  it.effect(
    "has the earlier job's key z_score next to the worker's keys: the greatest part's score, with its sign",
    () =>
      Effect.gen(function* () {
        const schema = (yield* Postgres.Postgres).freshSchema()
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const moments = CASES.map(([stream, parts]) =>
            momentOf({ stream, metadata: { ...momentOf().metadata, parts } })
          )
          yield* store.commit(flushOf(yield* started(), { moments }))
          const sql = yield* SqlClient
          const found =
            yield* sql`SELECT stream_id, (metadata->>'z_score')::float8, metadata->'parts' FROM moments ORDER BY stream_id COLLATE "C"`
              .values
          assert.deepStrictEqual(
            found,
            CASES.map(([stream, parts, zScore]) => [stream, zScore, parts])
          )
        }).pipe(Effect.provide(Layer.provideMerge(PostgresTables.store(schema), PostgresTables.database(schema))))
      })
  )
})
