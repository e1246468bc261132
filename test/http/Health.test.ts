import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import type { Condition } from "../../src/observability/Report.ts"
import { serve } from "./Serving.ts"

const fine: Condition = { _tag: "Condition", log: undefined, store: undefined, lags: [], moving: true }

describe("health routes", () => {
  it.effect("report in one line whether the worker is live and ready, and why not", () =>
    Effect.gen(function* () {
      const { request, status } = yield* serve()
      const both = Effect.all([request("/health/live"), request("/health/ready")]).pipe(
        Effect.map((answers) => answers.map(({ body, status }) => `${status} ${body}`))
      )
      assert.deepStrictEqual(yield* both, ["200 live\n", "503 not ready: starting\n"])
      yield* status.record(0, fine)
      assert.deepStrictEqual(yield* both, ["200 live\n", "200 ready\n"])
      yield* status.record(0, { ...fine, log: "not a member of consumer group g", store: "PostgreSQL does not answer" })
      assert.deepStrictEqual(yield* both, [
        "200 live\n",
        "503 not ready: not a member of consumer group g; PostgreSQL does not answer\n"
      ])
      yield* status.record(0, fine)
      yield* TestClock.adjust("4 minutes")
      assert.deepStrictEqual(yield* both, [
        "503 not live: last report 240 s ago\n",
        "503 not ready: last report 240 s ago\n"
      ])
    })
  )

  it.effect("are not ready, but live, from the beginning of the stop on", () =>
    Effect.gen(function* () {
      const { request, status } = yield* serve()
      yield* status.record(0, fine)
      assert.strictEqual((yield* request("/health/ready")).status, 200)
      yield* status.stop
      const { body, status: code } = yield* request("/health/ready")
      assert.deepStrictEqual([code, body], [503, "not ready: stopping\n"])
      assert.strictEqual((yield* request("/health/live")).status, 200)
    })
  )

  it.effect("report every check on demand", () =>
    Effect.gen(function* () {
      const { request, status } = yield* serve()
      yield* status.record(0, { ...fine, store: "PostgreSQL does not answer" })
      for (const query of ["?verbose", "?verbose=1", "?x=y&verbose"]) {
        const answer = yield* request(`/health/ready${query}`)
        assert.strictEqual(answer.status, 503)
        assert.strictEqual(answer.headers["content-type"], "application/json")
        assert.deepStrictEqual(JSON.parse(answer.body), {
          status: "not ready",
          checks: [
            { name: "member 0: log", ok: true, detail: "no problem" },
            { name: "member 0: store", ok: false, detail: "PostgreSQL does not answer" },
            { name: "member 0: progress", ok: true, detail: "making progress or waiting for input" },
            { name: "member 0: reports", ok: true, detail: "last report 0 s ago" }
          ]
        })
      }
      const live = yield* request("/health/live?verbose")
      assert.strictEqual(live.status, 200)
      assert.strictEqual(JSON.parse(live.body).status, "live")
    })
  )

  it.effect("answer HEAD, as probes send it", () =>
    Effect.gen(function* () {
      const { request, status } = yield* serve()
      yield* status.record(0, fine)
      for (const path of ["/health/live", "/health/ready", "/metrics"]) {
        const { body, status } = yield* request(path, { method: "HEAD" })
        assert.deepStrictEqual([status, body], [200, ""], path)
      }
    })
  )
})
