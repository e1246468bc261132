/** Table `moment_samples` as only PostgreSQL has it: the deletion by age. */
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { deleteOldSamples } from "../../../src/sink/postgres/Samples.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { contentOf, flushOf, momentOf, type ResultTables, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("samples of moments", (it) => {
  const inStore = (
    title: string,
    body: Effect.Effect<void, unknown, ResultStore | ResultTables | SqlClient | Postgres.Postgres>
  ) =>
    it.effect(title, () =>
      body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(PostgresTables.fresh()), Logger.layer([]))))
    )

  /** Commits moments that began so long ago, with their quotes. */
  const commit = Effect.fnUntraced(function* (ages: Readonly<Record<string, number>>) {
    const store = yield* ResultStore
    const moments = Object.entries(ages).map(([stream, age]) =>
      momentOf({ stream, timestampMs: EventTimeMs(Date.now() - age), content: contentOf(stream) })
    )
    yield* store.commit(flushOf(yield* started(), { moments }))
  })

  const streams = Effect.gen(function* () {
    const sql = yield* SqlClient
    return (yield* sql`SELECT stream_id FROM moment_samples ORDER BY 1`.values).flat()
  })

  inStore(
    "are deleted by the age of their moments, which stay",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* commit({ ancient: 400 * DAY, old: 2 * DAY + HOUR, recent: 2 * DAY - HOUR, now: 0 })
      yield* deleteOldSamples(2 * DAY)
      assert.deepStrictEqual(yield* streams, ["now", "recent"])
      assert.strictEqual((yield* sql`SELECT 1 FROM moments`).length, 4)
    })
  )

  inStore(
    "stay while a flush writes them, and the deletion does not wait for it",
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* commit({ busy: 9 * DAY, old: 9 * DAY })
      const isWriting = yield* Deferred.make<void>()
      const isDone = yield* Deferred.make<void>()
      const flush = yield* sql
        .withTransaction(
          sql`UPDATE moment_samples SET flush = 7 WHERE stream_id = 'busy'`.pipe(
            Effect.andThen(Deferred.succeed(isWriting, undefined)),
            Effect.andThen(Deferred.await(isDone))
          )
        )
        .pipe(Effect.forkChild)
      yield* Deferred.await(isWriting)
      yield* deleteOldSamples(2 * DAY)
      yield* Deferred.succeed(isDone, undefined)
      yield* Fiber.join(flush)
      assert.deepStrictEqual(yield* streams, ["busy"])
    })
  )
})
