import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { readStanding } from "../../bench/platform/Tables.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { flushOf, started } from "../contract/ResultStoreContract.ts"
import { type CheckpointPosition, watchCheckpoints } from "./Checkpoints.ts"
import * as Postgres from "./Postgres.ts"
import * as PostgresTables from "./PostgresTables.ts"
import { untilTrue } from "./Until.ts"

layer(Postgres.layer({ settings: { track_commit_timestamp: "on" } }), {
  timeout: "5 minutes",
  excludeTestServices: true
})("the progress of tasks from the outside", (it) => {
  // The times of commits are a setting of the server.
  it.effect.skipIf(!Postgres.isOwnServer)("lasts until a window that is emitted in part is whole", () =>
    PostgresTables.inSchema((schema) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const store = yield* ResultStore
        let seen: ReadonlyArray<CheckpointPosition> = []
        yield* watchCheckpoints(sql, schema, "20 millis", (positions) => (seen = positions))
        const isSeen = (flush: number, emitting: boolean) =>
          untilTrue(
            `flush ${flush}`,
            () => seen.length > 0 && seen.every((task) => task.flush === flush && task.emitting === emitting)
          )
        const first = flushOf(yield* started(), {})
        const emitted = { endMs: EventTimeMs(1_767_225_600_000), stream: "s", offsets: [0n, 0n] }
        const part = { ...first, checkpoint: { ...first.checkpoint, emitted } }
        yield* store.commit(part)
        yield* isSeen(part.checkpoint.flushNumber, true)
        assert.isTrue((yield* readStanding(sql, schema)).emitting)
        const whole = flushOf(first.checkpoint, {})
        yield* store.commit(whole)
        yield* isSeen(whole.checkpoint.flushNumber, false)
        assert.isFalse((yield* readStanding(sql, schema)).emitting)
      })
    )
  )
})
