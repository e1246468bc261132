import { assert, layer } from "@effect/vitest"
import { Clock, Duration, Effect } from "effect"
import { EventTimeMs } from "../../../src/domain/EventTime.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { deleteExpired } from "../../../src/sink/postgres/Broadcasts.ts"
import { broadcastOf, flushOf, ResultTables, started } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const DAY_MS = 86_400_000

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("table broadcasts", (it) => {
  it.effect("loses the broadcasts that ended before the retention, not those that only began before it", () =>
    PostgresTables.inSchema(() =>
      Effect.gen(function* () {
        const nowMs = yield* Clock.currentTimeMillis
        const broadcast = (stream: string, startedDaysAgo: number, endedDaysAgo: number) =>
          broadcastOf({
            stream,
            startedAtMs: EventTimeMs(nowMs - startedDaysAgo * DAY_MS),
            endedAtMs: EventTimeMs(nowMs - endedDaysAgo * DAY_MS)
          })
        const broadcasts = [broadcast("over", 9, 8), broadcast("long", 9, 6), broadcast("new", 6, 5)]
        yield* (yield* ResultStore).commit(flushOf(yield* started(), { broadcasts }))
        yield* deleteExpired(Duration.days(7))
        const left = yield* (yield* ResultTables).broadcasts
        assert.deepStrictEqual(left.map(({ stream }) => stream).toSorted(), ["long", "new"])
      })
    )
  )
})
