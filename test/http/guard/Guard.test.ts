import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { HttpApi } from "effect/http-api"
import { Api } from "../../../src/api/Api.ts"
import { type RequestOptions, serve, type Served, TOKEN } from "../Serving.ts"

const BEARER = { authorization: `Bearer ${TOKEN}` }
const PAGE = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" }

/** A path for every endpoint of the API, so that a new one is guarded from the start. */
const endpoints = (() => {
  const paths: Array<string> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint }) => paths.push(endpoint.path.replaceAll(/:\w+/g, "0"))
  })
  return paths
})()

/** Served to authorized clients. */
const CLOSED = [...endpoints, "/api/v1/docs", "/api/v1/openapi.json", "/", "/streams/x", "/nope"]

const OPEN = [
  ["/health/live", 200],
  ["/health/ready", 503],
  ["/metrics", 200],
  ["/metrics/prometheus", 200],
  ["/login.css", 200]
] as const

/** For an authorized client, this test only checks that a closed path does not refuse. */
const isRefusal = (status: number): boolean => [401, 403, 421, 429].includes(status)

const REACHES = [
  ["loopback", "127.0.0.1"],
  ["beyond", "0.0.0.0"]
] as const

/** The status of each path. */
const statuses = ({ request }: Served, paths: ReadonlyArray<string>, options: RequestOptions = {}) =>
  Effect.forEach(paths, (path) => Effect.map(request(path, options), ({ status }) => [path, status] as const))

const warnings = ({ log }: Served): number => log.filter((line) => line.includes("API_TOKEN")).length

describe("the guard", () => {
  it("knows the API's endpoints", () => {
    assert.include(endpoints, "/api/v1/live")
    assert.isAbove(endpoints.length, 8)
  })

  for (const [reach, host] of REACHES) {
    it.effect(`admits all clients without API_TOKEN (${reach})`, () =>
      Effect.gen(function* () {
        const served = yield* serve({ host })
        for (const [path, status] of yield* statuses(served, CLOSED)) {
          // Payloads are withheld from a network.
          const isPayload = path === "/api/v1/dead-letters/0/0/0"
          assert.strictEqual(isRefusal(status), isPayload && reach === "beyond", `${path}: ${status}`)
        }
        for (const [path, status] of OPEN) assert.strictEqual((yield* served.request(path)).status, status, path)
      })
    )

    it.effect(`refuses clients without the token, except on open paths (${reach})`, () =>
      Effect.gen(function* () {
        const served = yield* serve({ host, token: TOKEN })
        for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
          for (const [path, status] of yield* statuses(served, CLOSED, { method }))
            assert.strictEqual(status, 401, `${method} ${path}`)
        }
        for (const [path, status] of yield* statuses(served, CLOSED, { headers: PAGE }))
          assert.strictEqual(status, 303, path)
        for (const [path, status] of OPEN) assert.strictEqual((yield* served.request(path)).status, status, path)
        assert.strictEqual((yield* served.request("/login")).status, 200)
        assert.isFalse(isRefusal((yield* served.request("/", { method: "HEAD" })).status))
        assert.strictEqual((yield* served.request("/streams/x", { method: "HEAD" })).status, 401)
      })
    )

    it.effect(`lets the token in (${reach})`, () =>
      Effect.gen(function* () {
        const served = yield* serve({ host, token: TOKEN })
        for (const [path, status] of yield* statuses(served, CLOSED, { headers: BEARER })) {
          assert.isFalse(isRefusal(status), `${path}: ${status}`)
        }
      })
    )
  }

  it.effect("takes what is open by its exact name only, whatever the router takes for the same", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      for (const path of [
        "//health/live",
        "/health/live/",
        "/health/../api/v1/status",
        "/health/live/../../api/v1/status",
        "/health/live;x",
        "/health/live#x",
        "/health/live%2f..%2f..%2fapi%2fv1%2fstatus",
        "/%68ealth/live",
        "/METRICS",
        "/login/",
        "/api/v1/status?/health/live",
        "/api/v1/status?x=/login"
      ]) {
        assert.strictEqual((yield* request(path)).status, 401, path)
      }
      assert.strictEqual((yield* request("/health/live?verbose&x=//")).status, 200)
    })
  )

  it.effect("takes the token as a bearer token and in no other way", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      const status = (authorization: string) =>
        Effect.map(request("/api/v1/openapi.json", { headers: { authorization } }), ({ status }) => status)
      for (const right of [`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `Bearer   ${TOKEN} `])
        assert.strictEqual(yield* status(right), 200)
      for (const wrong of [
        TOKEN,
        `Basic ${TOKEN}`,
        `Bearer${TOKEN}`,
        `Bearer ${TOKEN} x`,
        "Bearer",
        `Bearer ${TOKEN}x`
      ]) {
        assert.strictEqual(yield* status(wrong), 401, wrong)
      }
      assert.strictEqual((yield* request(`/api/v1/openapi.json?token=${TOKEN}`)).status, 401)
      assert.strictEqual(
        (yield* request("/api/v1/openapi.json", { headers: { cookie: `telemetra_session=${TOKEN}` } })).status,
        401
      )
    })
  )

  it.effect("states how to log in: a problem to programs, the login page to people", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      const program = yield* request("/api/v1/status")
      assert.strictEqual(program.headers["content-type"], "application/problem+json")
      assert.strictEqual(program.headers["www-authenticate"], 'Bearer realm="telemetra"')
      const page = yield* request("/streams/a%2Fb?range=1h&x=%0d%0a", { headers: PAGE })
      assert.strictEqual(page.headers.location, "/login?next=%2Fstreams%2Fa%252Fb%3Frange%3D1h%26x%3D%250d%250a")
    })
  )

  it.effect("throttles wrong tokens by network, and lets the right one and sessions pass", () =>
    Effect.gen(function* () {
      const served = yield* serve({ token: TOKEN })
      const { request } = served
      const login = yield* request("/login", { method: "POST", body: `token=${TOKEN}` })
      const [cookie = ""] = login.headers["set-cookie"] ?? []
      const counted = Effect.map(request("/metrics"), ({ body }) =>
        Number(/^telemetra_http_wrong_tokens_total (\d+)$/m.exec(body)?.[1])
      )
      const before = yield* counted
      const guess = (text: string, from = "127.0.0.1") =>
        request("/api/v1/status", { headers: { authorization: `Bearer ${text}` }, from })
      for (let n = 0; n < 10; n++) assert.strictEqual((yield* guess(`guess${n}`, `127.0.0.${n + 1}`)).status, 401)
      const throttled = yield* guess("one-more")
      assert.strictEqual(throttled.status, 429)
      assert.match(throttled.headers["retry-after"] ?? "", /^[1-9]\d?$/)
      assert.strictEqual((yield* request("/login", { method: "POST", body: "token=one-more" })).status, 429)
      assert.strictEqual((yield* guess("guess", "127.0.1.1")).status, 401)
      assert.strictEqual((yield* request("/api/v1/openapi.json", { headers: BEARER })).status, 200)
      assert.strictEqual((yield* request("/login", { method: "POST", body: `token=${TOKEN}` })).status, 303)
      const session = { cookie: cookie.replace(/;.*/, "") }
      assert.strictEqual((yield* request("/api/v1/openapi.json", { headers: session })).status, 200)
      assert.strictEqual((yield* counted) - before, 13)
      assert.strictEqual(served.log.filter((line) => line.includes("a token other than API_TOKEN")).length, 1)
    })
  )

  it.effect("on loopback answers to this machine's own names only: no name of another site leads here", () =>
    Effect.gen(function* () {
      const { request, port, send } = yield* serve()
      const status = (host: string) =>
        Effect.map(request("/health/live", { headers: { host } }), ({ status }) => status)
      for (const own of [
        "localhost",
        "LOCALHOST:1",
        `localhost:${port}`,
        "127.0.0.1",
        `127.0.0.1:${port}`,
        "127.1.2.3",
        "[::1]",
        "[::1]:4040"
      ]) {
        assert.strictEqual(yield* status(own), 200, own)
      }
      for (const other of [
        "evil.example",
        `evil.example:${port}`,
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost.",
        "evil.example#localhost",
        "localhost:80@evil.example",
        "evil.example@localhost",
        "localhost:",
        "localhost:x",
        "localhost:123456",
        "0.0.0.0",
        "[::]",
        "[::1",
        "2130706433",
        "0x7f.1",
        "192.168.0.1"
      ]) {
        assert.strictEqual(yield* status(other), 421, other)
      }
      const raw = (version: string, headers: string) =>
        send(`GET /health/live HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`)
      assert.match(yield* raw("1.1", "Host: localhost\r\n"), /^HTTP\/1.1 200 /)
      assert.match(yield* raw("1.1", "Host:\r\n"), /^HTTP\/1.1 421 /)
      assert.match(yield* raw("1.1", "Host: evil.example\r\nHost: localhost\r\n"), /^HTTP\/1.1 421 /)
      assert.match(yield* raw("1.1", ""), /^HTTP\/1.1 400 /)
      assert.match(yield* raw("1.0", ""), /^HTTP\/1.1 421 /)
      // The target's own authority counts, not the header.
      assert.strictEqual((yield* request("http://evil.example/health/live")).status, 421)
    })
  )

  it.effect(
    "beyond loopback answers to addresses, private names and allowed hosts only, but to probes by any name",
    () =>
      Effect.gen(function* () {
        const { request, port } = yield* serve({
          host: "0.0.0.0",
          env: { HTTP_ALLOWED_HOSTS: "telemetra.example, Two.example" }
        })
        const status = (host: string, path: string) =>
          Effect.map(request(path, { headers: { host } }), ({ status }) => status)
        for (const own of [
          "telemetra.example",
          `TELEMETRA.example:${port}`,
          "two.example",
          "localhost",
          "worker",
          "spark-streaming:4040",
          "10.1.2.3:4040",
          "[2001:db8::1]:4040"
        ]) {
          assert.strictEqual(yield* status(own, "/api/v1/openapi.json"), 200, own)
        }
        for (const other of [
          "evil.example",
          `evil.example:${port}`,
          "telemetra.example.evil.example",
          "a.telemetra.example",
          "telemetra.example.",
          "telemetra.example@evil.example",
          "evil.example#worker",
          "10.1.2.3.evil.example",
          "[::1].evil.example",
          "wörker"
        ]) {
          for (const path of ["/api/v1/openapi.json", "/", "/login", "/api/v1/dead-letters/t/0/0"]) {
            assert.strictEqual(yield* status(other, path), 421, `${other} ${path}`)
          }
          assert.strictEqual(yield* status(other, "/health/live"), 200, other)
          assert.strictEqual(yield* status(other, "/metrics"), 200, other)
        }
        const { body } = yield* request("/", { headers: { host: "evil.example" } })
        assert.include(body, "add it to HTTP_ALLOWED_HOSTS")
        assert.notInclude(body, "evil")
      })
  )

  it.effect("answers to any name if the setting allows it, and on loopback to allowed hosts", () =>
    Effect.gen(function* () {
      const any = yield* serve({ host: "0.0.0.0", env: { HTTP_ALLOWED_HOSTS: "*" } })
      assert.strictEqual((yield* any.request("/api/v1/docs", { headers: { host: "any.example" } })).status, 200)
      // A proxy on this machine may serve others: what people sent is held back.
      const proxied = yield* serve({ env: { HTTP_ALLOWED_HOSTS: "telemetra.example" } })
      const at = (host: string, path: string) =>
        Effect.map(proxied.request(path, { headers: { host } }), ({ status }) => status)
      assert.strictEqual(yield* at("telemetra.example", "/api/v1/openapi.json"), 200)
      assert.strictEqual(yield* at("worker", "/health/live"), 421)
      assert.strictEqual(yield* at("telemetra.example", "/api/v1/dead-letters/t/0/0"), 403)
      assert.strictEqual(warnings(proxied), 1)
    })
  )

  it.effect("does nothing for a page of another site, but to be linked to", () =>
    Effect.gen(function* () {
      const host = "telemetra.example"
      const { request } = yield* serve({ host: "0.0.0.0", env: { HTTP_ALLOWED_HOSTS: host } })
      const status = (method: string, headers: Readonly<Record<string, string>>) =>
        Effect.map(
          request(method === "POST" ? "/login" : "/api/v1/openapi.json", { method, headers: { host, ...headers } }),
          ({ status }) => status
        )
      for (const method of ["GET", "POST"]) {
        const allowed = method === "GET" ? 200 : 303
        for (const own of [
          {},
          { origin: "http://telemetra.example" },
          { origin: "https://telemetra.example" },
          { "sec-fetch-site": "same-origin" },
          { "sec-fetch-site": "none" },
          // Behind a proxy that gives the server another name.
          { "sec-fetch-site": "same-origin", origin: "https://public.example" }
        ]) {
          assert.strictEqual(yield* status(method, own), allowed, `${method} ${JSON.stringify(own)}`)
        }
        for (const foreign of [
          { origin: "http://evil.example" },
          { origin: "http://telemetra.example:81" },
          { origin: "http://telemetra.example.evil.example" },
          { origin: "null" },
          { origin: "" },
          { "sec-fetch-site": "cross-site" },
          { "sec-fetch-site": "same-site" },
          { "sec-fetch-site": "cross-site", origin: "http://telemetra.example" },
          { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }
        ]) {
          assert.strictEqual(yield* status(method, foreign), 403, `${method} ${JSON.stringify(foreign)}`)
        }
      }
      const link = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }
      assert.strictEqual(yield* status("GET", link), 200)
      assert.strictEqual(yield* status("POST", link), 403)
      assert.strictEqual(
        (yield* request("/api/v1/live", { headers: { host, origin: "http://evil.example" } })).status,
        403
      )
    })
  )

  it.effect("warns once of a port that is readable without authentication, and of none else", () =>
    Effect.gen(function* () {
      assert.strictEqual(warnings(yield* serve({ host: "0.0.0.0" })), 1)
      assert.strictEqual(warnings(yield* serve({ host: "0.0.0.0", token: TOKEN })), 0)
      assert.strictEqual(warnings(yield* serve()), 0)
    })
  )

  it.effect("refuses what is too long, or no HTTP", () =>
    Effect.gen(function* () {
      const { request, send } = yield* serve()
      assert.strictEqual((yield* request(`/${"x".repeat(10_000)}`)).status, 414)
      const huge = "x".repeat(200_000)
      for (const request of [
        `GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ${huge}\r\n\r\n`,
        `GET /health/live?${huge} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
        `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${"X: y\r\n".repeat(50_000)}\r\n`,
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
        "nonsense\r\n\r\n"
      ]) {
        assert.match(yield* send(request), /^(HTTP\/1.1 4(00|31) [\w ]+\r\nConnection: close\r\n\r\n)?$/)
      }
      assert.strictEqual((yield* request("/login", { method: "POST", body: `token=${"x".repeat(5000)}` })).status, 413)
      assert.strictEqual(
        (yield* request("/health/live", { headers: { "last-event-id": "1".repeat(100_000) } })).status,
        200
      )
    })
  )
})
