import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { backoffMs, retryAfterMs } from "../../src/notify/Pause.ts"
import { jittered } from "../../src/retry/Backoff.ts"

describe("pauses between attempts", () => {
  it("double from 1 s to 5 min", () =>
    assert.deepStrictEqual(
      [1, 2, 3, 8, 9, 10, 11, 1_000, 1e9].map(backoffMs),
      [1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000, 300_000, 300_000]
    ))

  it.effect("vary by a fifth", () =>
    Effect.gen(function* () {
      const pauses = yield* Effect.forEach(Array(200).keys(), () => jittered(1_000))
      assert.isTrue(pauses.every((ms) => ms >= 800 && ms <= 1_200))
      assert.isAbove(new Set(pauses).size, 20)
    })
  )

  it("follow Retry-After in seconds or as a date, up to an hour", () => {
    const now = Date.UTC(2026, 0, 1)
    const cases: ReadonlyArray<readonly [string | undefined, number | undefined]> = [
      [undefined, undefined],
      ["", undefined],
      ["soon", undefined],
      ["-5", 0],
      ["0", 0],
      ["7", 7_000],
      [" 1.5 ", 1_500],
      ["99999", 3_600_000],
      ["Thu, 01 Jan 2026 00:00:30 GMT", 30_000],
      ["Wed, 31 Dec 2025 00:00:00 GMT", 0]
    ]
    for (const [header, expected] of cases) {
      assert.strictEqual(retryAfterMs(header, now), expected, String(header))
    }
  })
})
