import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Layer, Logger, Metric } from "effect"
import { HttpClient, HttpClientError, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import type { NotifyConfig } from "../../src/config/AppConfig.ts"
import { deliver } from "../../src/notify/Deliverer.ts"
import * as Metrics from "../../src/observability/Metrics.ts"
import * as MemoryOutbox from "./MemoryOutbox.ts"
import { configOf, messageOf, targetOf } from "./Messages.ts"

interface Attempt {
  readonly host: string
  readonly id: string | undefined
  readonly atMs: number
}

/** A response, or no connection, or a server that never responds. */
type Answer = Response | "refused" | "silent"

/**
 * Delivers for some time by the test's clock. `answer`: what a host responds, by its attempts so
 * far.
 */
const delivering = (
  rows: MemoryOutbox.Rows,
  config: NotifyConfig,
  forMs: number,
  answer: (host: string, attempt: number, id: string) => Answer
) =>
  Effect.gen(function* () {
    const attempts: Array<Attempt> = []
    const lines: Array<string> = []
    const client = HttpClient.make((request, url) =>
      Effect.gen(function* () {
        const id = request.headers["webhook-id"]
        const host = url.hostname
        const before = attempts.filter((one) => one.host === host).length
        attempts.push({ host, id, atMs: yield* Clock.currentTimeMillis })
        const given = answer(host, before, id ?? "")
        if (given === "silent") return yield* Effect.never
        if (given === "refused") {
          const cause = Object.assign(new Error(`connect ${url.href}`), { code: "ECONNREFUSED" })
          return yield* new HttpClientError.HttpClientError({
            reason: new HttpClientError.TransportError({ request, cause })
          })
        }
        return HttpClientResponse.fromWeb(request, given.clone())
      })
    )
    const logger = Logger.make(({ message }) => void lines.push(String(message)))
    const running = yield* Effect.forkChild(deliver(config)).pipe(
      Effect.provide(
        Layer.mergeAll(MemoryOutbox.layer(rows), Layer.succeed(HttpClient.HttpClient, client), Logger.layer([logger]))
      )
    )
    for (let ms = 0; ms < forMs; ms += 100) yield* TestClock.adjust("100 millis")
    yield* Fiber.interrupt(running)
    return { attempts, lines }
  })

const filled = (target: string, count: number, over: Partial<ReturnType<typeof messageOf>> = {}) => {
  const rows = new MemoryOutbox.Rows()
  for (let n = 0; n < count; n++) rows.add(target, messageOf({ id: `m${n}`, ...over }))
  return rows
}

const A = targetOf("https://a.example/topsecret")
const B = targetOf("https://b.example/topsecret", { name: "2-b.example" })
const ok = () => new Response("thanks", { status: 200 })
const status = (code: number, headers: Record<string, string> = {}) => new Response(null, { status: code, headers })

const dropped = (reason: (typeof Metrics.NOTIFICATION_DROPS)[number]) =>
  Effect.map(Metric.value(Metrics.droppedNotifications(A.name, reason)), ({ count }) => Number(count))

describe("the deliverer", () => {
  it.effect("sends every message once to a target that accepts them", () =>
    Effect.gen(function* () {
      const rows = filled(A.rule.target, 9)
      const { attempts, lines } = yield* delivering(rows, configOf([A]), 5_000, ok)
      assert.deepStrictEqual(rows.all, [])
      assert.deepStrictEqual(
        attempts.map(({ id }) => id),
        Array.from({ length: 9 }, (_, n) => `m${n}`)
      )
      assert.deepStrictEqual(lines, [])
    })
  )

  it.effect("repeats with growing pauses until the target accepts, and then sends the rest at once", () =>
    Effect.gen(function* () {
      const rows = filled(A.rule.target, 6)
      const { attempts, lines } = yield* delivering(rows, configOf([A]), 60_000, (_, attempt) =>
        attempt < 7 ? "refused" : ok()
      )
      assert.deepStrictEqual(rows.all, [])
      // The first round has four messages, each later one a single message.
      const pauses = attempts.slice(4, 8).map(({ atMs }, index) => atMs - (attempts[index + 3]?.atMs ?? Number.NaN))
      assert.lengthOf(pauses, 4)
      for (const [index, ms] of pauses.entries()) {
        const expected = 1_000 * 2 ** index
        assert.isTrue(ms >= 0.8 * expected && ms <= 1.2 * expected + 1_100, `pause ${index + 1}: ${ms}`)
      }
      assert.strictEqual(lines.filter((line) => line.includes("failed, attempt")).length, 4)
      assert.include(lines[0], "Notification to target 1-a.example failed, attempt 1: no connection: ECONNREFUSED")
      assert.strictEqual(lines.filter((line) => line.includes("accepts notifications again")).length, 1)
      assert.notInclude(lines.join(), "topsecret")
    })
  )

  for (const [title, dead] of [
    ["refuses connections", "refused"],
    ["never responds", "silent"],
    ["responds 500", status(500)],
    ["redirects", status(302, { location: "https://b.example/" })],
    ["is gone", status(410)]
  ] as const) {
    it.effect(`a target that ${title} loses nothing and delays no other`, () =>
      Effect.gen(function* () {
        const rows = filled(A.rule.target, 3)
        for (let n = 0; n < 20; n++) rows.add(B.rule.target, messageOf({ id: `b${n}` }))
        const { attempts, lines } = yield* delivering(rows, configOf([A, B]), 120_000, (host) =>
          host === "a.example" ? dead : ok()
        )
        assert.deepStrictEqual(rows.idsOf(B.rule.target), [])
        assert.deepStrictEqual(rows.idsOf(A.rule.target), ["m0", "m1", "m2"])
        const others = attempts.filter(({ host }) => host === "b.example")
        assert.lengthOf(others, 20)
        assert.isBelow(Math.max(...others.map(({ atMs }) => atMs)), 2_000)
        assert.isAbove(attempts.filter(({ host }) => host === "a.example").length, 5)
        assert.notInclude(lines.join(), "topsecret")
      })
    )
  }

  it.effect("waits as long as the target requests", () =>
    Effect.gen(function* () {
      const rows = filled(A.rule.target, 1)
      const { attempts } = yield* delivering(rows, configOf([A]), 120_000, (_, attempt) =>
        attempt === 0 ? status(429, { "retry-after": "60" }) : ok()
      )
      assert.lengthOf(attempts, 2)
      assert.isAtLeast((attempts[1]?.atMs ?? 0) - (attempts[0]?.atMs ?? 0), 60_000)
    })
  )

  it.effect("a body that the target rejects is dropped after five attempts, and others pass", () =>
    Effect.gen(function* () {
      const before = yield* dropped("rejected")
      const rows = filled(A.rule.target, 8)
      const { attempts, lines } = yield* delivering(rows, configOf([A]), 60_000, (_, __, id) =>
        id === "m1" ? status(400) : ok()
      )
      assert.deepStrictEqual(rows.all, [])
      assert.strictEqual(attempts.filter(({ id }) => id === "m1").length, 5)
      assert.isTrue(attempts.filter(({ id }) => id !== "m1").every(({ atMs }) => atMs < 5_000))
      assert.strictEqual((yield* dropped("rejected")) - before, 1)
      assert.isTrue(lines.some((line) => line.startsWith("Dropped notification m1")))
    })
  )

  it.effect("drops the oldest beyond the backlog, and counts them", () =>
    Effect.gen(function* () {
      const before = yield* dropped("backlog")
      const rows = filled(A.rule.target, 25)
      yield* delivering(rows, configOf([A], { backlog: 20 }), 1_000, () => "refused")
      assert.deepStrictEqual(rows.idsOf(A.rule.target)[0], "m5")
      assert.lengthOf(rows.all, 20)
      assert.strictEqual((yield* dropped("backlog")) - before, 5)
    })
  )

  it.effect("enforces the backlog while a target is in a long pause", () =>
    Effect.gen(function* () {
      const rows = filled(A.rule.target, 1)
      const config = configOf([A], { backlog: 3 })
      const running = yield* Effect.forkChild(
        delivering(rows, config, 200_000, () => status(503, { "retry-after": "3600" }))
      )
      yield* TestClock.adjust("30 seconds")
      for (let n = 0; n < 9; n++) rows.add(A.rule.target, messageOf({ id: `later${n}` }))
      yield* TestClock.adjust("30 seconds")
      assert.deepStrictEqual(rows.idsOf(A.rule.target), ["later6", "later7", "later8"])
      yield* Fiber.interrupt(running)
    })
  )

  it.effect("does not send moments that were old when they were found", () =>
    Effect.gen(function* () {
      const before = yield* dropped("old")
      const rows = filled(A.rule.target, 30, { endedAtMs: messageOf().createdAtMs - 3_600_001 })
      rows.add(A.rule.target, messageOf({ id: "new", endedAtMs: messageOf().createdAtMs - 3_600_000 }))
      const { attempts } = yield* delivering(rows, configOf([A]), 3_000, ok)
      assert.deepStrictEqual(
        attempts.map(({ id }) => id),
        ["new"]
      )
      assert.strictEqual((yield* dropped("old")) - before, 30)
    })
  )
})
