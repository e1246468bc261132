import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { CurrentTransformer } from "effect/sql/Statement"
import { TestClock } from "effect/testing"
import { calling } from "../../../src/sink/postgres/Call.ts"

const place = { host: "db", port: 5432, database: "live", user: "u", schema: "public" }

/** Stands for a real one, and is never called. */
const client = SqlClient.of({} as SqlClient)

/** A statement that takes so many seconds, as the client starts it. */
const takes = (seconds: number) =>
  Effect.gen(function* () {
    const transform = yield* CurrentTransformer
    const fiber = yield* Effect.fiber
    // The transformer uses none of them.
    if (transform !== undefined) yield* Effect.asVoid(transform(undefined as never, client, fiber, undefined as never))
    yield* Effect.sleep(Duration.seconds(seconds))
  })

/** The state of calls after so many seconds. */
const after = Effect.fnUntraced(function* (
  seconds: number,
  calls: ReadonlyArray<ReadonlyArray<number>>,
  statementTimeout = Duration.seconds(15)
) {
  const call = calling(place, client, { statementTimeout })
  const running = yield* Effect.forEach(calls, (statements) =>
    Effect.forkChild(Effect.result(Effect.forEach(statements, takes, { discard: true }).pipe(call("commit flush 7"))))
  )
  yield* Effect.repeat(TestClock.adjust("1 second"), { times: seconds - 1 })
  const ends = running.map((fiber) => fiber.pollUnsafe())
  yield* Fiber.interruptAll(running)
  return ends.map((exit) => {
    if (exit === undefined) return "running"
    if (exit._tag === "Failure") return "died"
    return exit.value._tag === "Success" ? "done" : exit.value.failure.message
  })
})

describe("a call of the store", () => {
  it.effect("may take as long as its statements need", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(601, [Array.from({ length: 12 }, () => 50)]), ["done"])
    })
  )

  it.effect("fails when a statement gets no reply", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(60, [[1, 10_000]]), ["running"])
      assert.deepStrictEqual(yield* after(61, [[1, 10_000]]), [
        "PostgreSQL at db:5432/live: could not commit flush 7: no reply within 1m"
      ])
    })
  )

  it.effect("waits for a statement as long as the session lets it run", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* after(901, [[900]], Duration.minutes(15)), ["done"])
    })
  )
})
