import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { present } from "../../src/domain/Invariant.ts"
import { OnRetry, retryTransient, type ServiceFailure } from "../../src/retry/Retry.ts"
import { observeAttempts } from "./Attempts.ts"

const away: ServiceFailure = { _tag: "ServiceFailure", isRetryable: true, message: "connect ECONNREFUSED" }

const line = (attempt: number, { message }: ServiceFailure): string => `attempt ${attempt}: ${message}`

describe("retryTransient", () => {
  it.effect("begins below a second and never waits longer than 5 s", () =>
    Effect.gen(function* () {
      const { times } = yield* observeAttempts(away, (call) => Effect.flip(retryTransient(call, line, 60)))
      const pauses = times.slice(1).map((time, index) => time - present(times[index], "an attempt has one before it"))
      assert.strictEqual(pauses.length, 59)
      assert.isAtMost(Math.max(...pauses), 5_000)
      assert.isBelow(present(pauses[0], "59 pauses"), 1_000)
    })
  )

  it.effect("runs OnRetry before each retry, so not after the last failure", () =>
    Effect.gen(function* () {
      const reported: Array<string> = []
      const { lines, times } = yield* observeAttempts(away, (call) => Effect.flip(retryTransient(call, line, 3))).pipe(
        Effect.provideService(OnRetry, ({ message }) => Effect.sync(() => reported.push(message)))
      )
      assert.strictEqual(times.length, 3)
      assert.deepStrictEqual(reported, [away.message, away.message])
      assert.deepStrictEqual(
        lines,
        [1, 2, 3].map((attempt) => line(attempt, away))
      )
    })
  )
})
