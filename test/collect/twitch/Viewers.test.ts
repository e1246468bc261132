import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Exit, Fiber, Logger, Metric, Redacted, Stream } from "effect"
import { HttpClient } from "effect/http"
import { TestClock } from "effect/testing"
import type { CollectError } from "../../../src/collect/CollectError.ts"
import type { Dropped, ViewerSample } from "../../../src/collect/Platform.ts"
import { helix } from "../../../src/collect/twitch/Viewers.ts"
import * as Metrics from "../../../src/observability/Metrics.ts"
import {
  FAULTS,
  type JsonServer,
  passing,
  type Received,
  type Reply,
  settled,
  startJsonServer,
  untilReal,
  watchedClient
} from "./JsonServer.ts"

const SECRET = "s3cr3t-of-the-application"
const TOKEN = "t0k3n-"

const live = (login: string, viewers: unknown = 7, type = "live") => ({
  id: "40952121085",
  user_id: "1",
  user_login: login,
  user_name: login.toUpperCase(),
  type,
  viewer_count: viewers
})

const isToken = ({ path }: Received): boolean => path === "/token"
const loginsOf = ({ query }: Received): ReadonlyArray<string> => query.getAll("user_login")

/** Grants tokens t0k3n-1, t0k3n-2 and so on, and replies that all requested streams are live. */
const granting = (
  streams: (request: Received) => Reply = (one) => ({ json: { data: loginsOf(one).map((login) => live(login)) } })
) => {
  let granted = 0
  return (request: Received): Reply =>
    isToken(request)
      ? { json: { access_token: `${TOKEN}${++granted}`, expires_in: 5_000_000, token_type: "bearer" } }
      : streams(request)
}

interface Running {
  readonly server: JsonServer
  readonly samples: ReadonlyArray<ViewerSample | Dropped>
  readonly lines: ReadonlyArray<string>
  readonly fiber: Fiber.Fiber<void, CollectError>
  /** Requests for streams so far. */
  readonly requests: () => ReadonlyArray<Received>
  /** Lets virtual time pass until the condition holds, for at most so many seconds. */
  readonly passing: (seconds: number, holds: () => boolean) => Effect.Effect<void>
  /** Waits until so many requests for streams have been received, and so many samples were made. */
  readonly reached: (requests: number, samples: number) => Effect.Effect<void>
}

const running = Effect.fnUntraced(function* (logins: ReadonlyArray<string>, reply: (request: Received) => Reply) {
  const server = yield* startJsonServer
  server.reply(reply)
  const client = yield* watchedClient
  const samples: Array<ViewerSample | Dropped> = []
  const lines: Array<string> = []
  const source = yield* helix({
    apiUrl: `${server.url}/helix`,
    tokenUrl: `${server.url}/token`,
    clientId: "the-client",
    clientSecret: Redacted.make(SECRET)
  }).pipe(Effect.provideService(HttpClient.HttpClient, client.client))
  const logger = Logger.make(({ message }) => void lines.push(String(message)))
  const fiber = yield* source.samples(logins).pipe(
    Stream.runForEach((sample) => Effect.sync(() => samples.push(sample))),
    Effect.provide(Logger.layer([logger])),
    Effect.forkScoped
  )
  const requests = () => server.received.filter((one) => one.path === "/helix/streams")
  const result: Running = {
    server,
    samples,
    lines,
    fiber,
    requests,
    passing: (seconds, holds) =>
      Effect.map(passing(client, server, seconds * 1000, 1_000)(holds), (held) =>
        assert.isTrue(held, `not reached in ${seconds} s`)
      ),
    reached: (most, count) =>
      Effect.andThen(
        untilReal(`${most} requests and ${count} samples`, () => requests().length >= most && samples.length >= count),
        settled(client, server)
      )
  }
  return result
})

describe("viewer samples", () => {
  it.effect("come once a minute, for streams that are live", () =>
    Effect.gen(function* () {
      const { fiber, reached, requests, samples, server } = yield* running(
        ["ann", "bob", "cat", "ann", "not a login"],
        granting(() => ({
          json: {
            data: [live("Ann", 3), live("cat", 0), live("ann", 9), live("dan"), live("bob", 5, "")],
            pagination: {}
          }
        }))
      )
      yield* reached(1, 2)
      yield* TestClock.adjust("59 seconds")
      assert.lengthOf(requests(), 1)
      yield* TestClock.adjust("1 second")
      yield* reached(2, 4)
      assert.deepStrictEqual(samples, [
        { _tag: "Viewers", stream: "ann", timeMs: 0, viewers: 3 },
        { _tag: "Viewers", stream: "cat", timeMs: 0, viewers: 0 },
        { _tag: "Viewers", stream: "ann", timeMs: 60_000, viewers: 3 },
        { _tag: "Viewers", stream: "cat", timeMs: 60_000, viewers: 0 }
      ])
      const [token, ...streams] = server.received
      assert.strictEqual(token?.method, "POST")
      assert.deepStrictEqual(Object.fromEntries(new URLSearchParams(token?.body)), {
        client_id: "the-client",
        client_secret: SECRET,
        grant_type: "client_credentials"
      })
      assert.isTrue(server.received.every(({ query }) => !query.toString().includes(SECRET)))
      for (const request of streams) {
        assert.deepStrictEqual(loginsOf(request), ["ann", "bob", "cat"])
        assert.strictEqual(request.query.get("first"), "100")
        assert.strictEqual(request.headers.authorization, `Bearer ${TOKEN}1`)
        assert.strictEqual(request.headers["client-id"], "the-client")
      }
      yield* Fiber.interrupt(fiber)
    }).pipe(Effect.scoped)
  )

  it.effect("take one request per 100 streams", () =>
    Effect.gen(function* () {
      const logins = Array.from({ length: 250 }, (_, index) => `stream_${index}`)
      const { reached, requests, samples } = yield* running(logins, granting())
      yield* reached(3, 250)
      assert.deepStrictEqual(
        requests().map((one) => loginsOf(one).length),
        [100, 100, 50]
      )
      assert.deepStrictEqual(
        samples.map(({ stream }) => stream),
        logins
      )
    }).pipe(Effect.scoped)
  )

  it.effect("replace a token that expires or that the API rejects", () =>
    Effect.gen(function* () {
      let granted = 0
      let rejected = ""
      const { lines, reached, requests, samples } = yield* running(["ann"], (request) => {
        if (isToken(request)) return { json: { access_token: `${TOKEN}${++granted}`, expires_in: 150 } }
        return request.headers.authorization === rejected
          ? { status: 401, json: { error: "Unauthorized", status: 401, message: "Invalid OAuth token" } }
          : { json: { data: [live("ann")] } }
      })
      yield* reached(1, 1)
      rejected = `Bearer ${TOKEN}1`
      yield* TestClock.adjust("1 minute")
      // No time passes between the rejected request and the next one.
      yield* reached(3, 2)
      for (const minute of [2, 3, 4]) {
        yield* TestClock.adjust("1 minute")
        yield* reached(minute + 2, minute + 1)
      }
      assert.deepStrictEqual(
        requests().map(({ headers }) => headers.authorization),
        [1, 1, 2, 2, 3, 3].map((token) => `Bearer ${TOKEN}${token}`)
      )
      assert.deepStrictEqual(
        samples.map((sample) => (sample._tag === "Viewers" ? sample.timeMs : undefined)),
        [0, 60_000, 120_000, 180_000, 240_000]
      )
      assert.deepStrictEqual(lines, [])
    }).pipe(Effect.scoped)
  )

  for (const [what, reply, reason, names] of [
    [
      "an unknown client",
      { status: 400, json: { status: 400, message: "invalid client" } },
      "Unauthorized",
      "TWITCH_CLIENT_ID"
    ],
    [
      "a wrong secret",
      { status: 403, json: { status: 403, message: "invalid client secret" } },
      "Unauthorized",
      "TWITCH_CLIENT_SECRET"
    ],
    [
      "a client that OAuth refuses",
      { status: 401, json: { error: "invalid_client" } },
      "Unauthorized",
      "TWITCH_CLIENT_ID"
    ],
    ["a wrong address", { status: 404, text: "<html>" }, "Configuration", "TWITCH_TOKEN_URL"],
    ["a redirect", { status: 302, headers: { location: "/" }, text: "" }, "Configuration", "TWITCH_TOKEN_URL"]
  ] as const) {
    it.effect(`end with what to do, for ${what} of the token endpoint`, () =>
      Effect.gen(function* () {
        const { fiber, lines } = yield* running(["ann"], () => reply)
        const error = yield* Effect.flip(Fiber.join(fiber))
        assert.strictEqual(error.reason, reason)
        assert.include(error.message, names)
        assert.notInclude(JSON.stringify([error, error.message, lines]), SECRET)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("end with what to do, for a wrong address of the API", () =>
    Effect.gen(function* () {
      const { fiber } = yield* running(
        ["ann"],
        granting(() => ({ status: 404, text: "" }))
      )
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error.reason, "Configuration")
      assert.include(error.message, "TWITCH_API_URL")
    }).pipe(Effect.scoped)
  )

  it.effect("end if the API rejects tokens that were just granted", () =>
    Effect.gen(function* () {
      const { fiber, passing, requests } = yield* running(
        ["ann"],
        granting(() => ({ status: 401, json: {} }))
      )
      yield* passing(60, () => fiber.pollUnsafe() !== undefined)
      const error = yield* Effect.flip(Fiber.join(fiber))
      assert.strictEqual(error.reason, "Unauthorized")
      assert.lengthOf(requests(), 3)
      assert.notInclude(error.message, TOKEN)
    }).pipe(Effect.scoped)
  )

  it.effect("survive credentials that are rejected later", () =>
    Effect.gen(function* () {
      let isRevoked = false
      const grant = granting()
      const { lines, passing, reached, samples } = yield* running(["ann"], (request) => {
        if (!isRevoked) return grant(request)
        return isToken(request)
          ? { status: 403, json: { status: 403, message: "invalid client secret" } }
          : { status: 401, json: {} }
      })
      yield* reached(1, 1)
      isRevoked = true
      yield* passing(300, () => lines.length === 1)
      assert.include(lines[0], "Twitch now rejects TWITCH_CLIENT_ID and TWITCH_CLIENT_SECRET")
      isRevoked = false
      yield* passing(300, () => samples.length === 2)
    }).pipe(Effect.scoped)
  )

  const faults: ReadonlyArray<readonly [string, Reply]> = [
    ...FAULTS.map((fault) => [fault, fault] as const),
    ["status 500", { status: 500, json: {} }],
    ["status 503 in HTML", { status: 503, text: "<html>" }],
    ["text that is no JSON", { text: '{"data":[' }],
    ["no JSON object", { json: null }],
    ["a list of another type", { json: { data: { length: 1e9 } } }],
    ["a huge number of bytes", { text: `{"data":"${"x".repeat(5_000_000)}"}` }],
    ["deep nesting", { text: "[".repeat(100_000) }]
  ]
  for (const endpoint of ["token", "streams"] as const) {
    for (const [what, fault] of faults) {
      it.effect(`survive ${what} of the ${endpoint} endpoint`, () =>
        Effect.gen(function* () {
          const failedBefore = (yield* Metric.value(Metrics.failedViewerRequests)).count
          let isFaulty = true
          const grant = granting()
          const { fiber, lines, passing, samples, server } = yield* running(["ann"], (request) =>
            isFaulty && isToken(request) === (endpoint === "token") ? fault : grant(request)
          )
          yield* passing(200, () => server.received.length >= 5)
          assert.deepStrictEqual(samples, [])
          assert.lengthOf(lines, 1)
          assert.match(String(lines[0]), /^Viewer counts cannot be read from Twitch's API: /)
          isFaulty = false
          yield* passing(300, () => samples.length > 0)
          assert.deepInclude(samples[0], { _tag: "Viewers", stream: "ann", viewers: 7 })
          assert.match(String(lines[1]), /^Viewer counts are read again, after \d+ failed requests/)
          const failed = (yield* Metric.value(Metrics.failedViewerRequests)).count - failedBefore
          assert.isAtLeast(failed, 3)
          assert.notInclude(lines.join(), SECRET)
          assert.notInclude(lines.join(), TOKEN)
          assert.isTrue(Exit.isSuccess(yield* Effect.exit(Fiber.interrupt(fiber))))
        }).pipe(Effect.scoped)
      )
    }
  }

  it.effect("survive an outage, and then stay on the grid of minutes", () =>
    Effect.gen(function* () {
      const { passing, reached, samples, server } = yield* running(["ann"], granting())
      yield* reached(1, 1)
      yield* server.stop
      let seconds = 0
      yield* passing(150, () => ++seconds > 130)
      yield* server.start
      const outage = samples.length
      yield* passing(120, () => samples.length >= outage + 2)
      const times = samples.map((sample) => (sample._tag === "Viewers" ? sample.timeMs : Number.NaN))
      assert.strictEqual(outage, 1)
      // The second sample comes at any time after the outage; the third on a full minute.
      assert.strictEqual(Number(times[2]) % 60_000, 0)
      assert.isAtMost(Number(times[2]) - Number(times[1]), 60_000)
    }).pipe(Effect.scoped)
  )

  for (const [what, reply, waitS] of [
    ["the time of a reset", { status: 429, headers: { "ratelimit-reset": "37" }, json: {} }, 37],
    ["a minute without one", { status: 429, json: {} }, 60],
    ["five minutes at most", { status: 429, headers: { "ratelimit-reset": "99999999999" }, json: {} }, 300],
    ["a second at least", { status: 429, headers: { "ratelimit-reset": "0" }, json: {} }, 1]
  ] as const) {
    it.effect(`wait for ${what} after status 429`, () =>
      Effect.gen(function* () {
        let isLimited = true
        const { reached, requests, samples } = yield* running(
          ["ann"],
          granting((one) => (isLimited ? reply : { json: { data: loginsOf(one).map((login) => live(login)) } }))
        )
        yield* reached(1, 0)
        isLimited = false
        yield* TestClock.adjust((waitS - 1) * 1000)
        assert.lengthOf(requests(), 1)
        yield* TestClock.adjust("1 second")
        yield* reached(2, 1)
        assert.deepInclude(samples[0], { timeMs: yield* Clock.currentTimeMillis })
      }).pipe(Effect.scoped)
    )
  }

  it.effect("wait for the reset if no points are left", () =>
    Effect.gen(function* () {
      const { reached, requests } = yield* running(
        Array.from({ length: 150 }, (_, index) => `stream_${index}`),
        granting((one) => ({
          headers: { "ratelimit-remaining": "0", "ratelimit-reset": "20" },
          json: { data: loginsOf(one).map((login) => live(login)) }
        }))
      )
      yield* reached(1, 100)
      yield* TestClock.adjust("19 seconds")
      assert.lengthOf(requests(), 1)
      yield* TestClock.adjust("1 second")
      yield* reached(2, 150)
    }).pipe(Effect.scoped)
  )

  it.effect("count elements of a reply that are not streams", () =>
    Effect.gen(function* () {
      const hostile = [
        null,
        1,
        "ann",
        [],
        {},
        live("ann", -1),
        live("ann", 1.5),
        live("ann", "7"),
        live("ann", 1e300),
        { user_login: ["ann"] }
      ]
      const { reached, samples } = yield* running(
        ["ann"],
        granting(() => ({ json: { data: [...hostile, live("ann", 2)] } }))
      )
      yield* reached(1, 2)
      assert.deepStrictEqual(samples, [
        { _tag: "Viewers", stream: "ann", timeMs: 0, viewers: 2 },
        { _tag: "Dropped", stream: undefined, why: "unreadable", count: hostile.length }
      ])
    }).pipe(Effect.scoped)
  )

  it.effect("go on for other streams if the API rejects some", () =>
    Effect.gen(function* () {
      const { lines, reached, samples } = yield* running(
        Array.from({ length: 150 }, (_, index) => `stream_${index}`),
        granting((one) =>
          loginsOf(one).length === 100
            ? { status: 400, json: {} }
            : { json: { data: loginsOf(one).map((login) => live(login)) } }
        )
      )
      yield* reached(2, 50)
      yield* TestClock.adjust("1 minute")
      yield* reached(4, 100)
      assert.lengthOf(samples, 100)
      assert.lengthOf(lines, 1)
    }).pipe(Effect.scoped)
  )
})
