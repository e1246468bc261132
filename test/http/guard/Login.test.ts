import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { makeToken } from "../../../src/http/guard/Token.ts"
import { type RequestOptions, serve, type Served, TOKEN } from "../Serving.ts"

const POST = (fields: Readonly<Record<string, string>>, headers: RequestOptions["headers"] = {}): RequestOptions => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
  body: new URLSearchParams(fields).toString()
})

const logIn = ({ request }: Served, next = "/streams/x?y=1") => request("/login", POST({ token: TOKEN, next }))

/** The status of a closed path, with that cookie. */
const statusWith = ({ request }: Served, cookie: string) =>
  Effect.map(request("/api/v1/openapi.json", { headers: { cookie } }), ({ status }) => status)

describe("the login", () => {
  it.effect("exchanges the token for a cookie that opens the rest, here and at a replica, until the logout", () =>
    Effect.gen(function* () {
      const served = yield* serve({ token: TOKEN })
      const answer = yield* logIn(served)
      assert.strictEqual(answer.status, 303)
      assert.strictEqual(answer.headers.location, "/streams/x?y=1")
      const [header = ""] = answer.headers["set-cookie"] ?? []
      assert.match(header, /^telemetra_session=\d+\.[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/)
      assert.notInclude(header, TOKEN)
      const cookie = header.replace(/;.*/, "")
      assert.strictEqual(yield* statusWith(served, cookie), 200)
      assert.strictEqual(yield* statusWith(served, `other=1; ${cookie}; another=2`), 200)
      assert.strictEqual(yield* statusWith(yield* serve({ token: TOKEN }), cookie), 200)
      assert.strictEqual(yield* statusWith(yield* serve({ token: "another-long-token" }), cookie), 401)
      const out = yield* served.request("/logout", { method: "POST", headers: { cookie } })
      assert.strictEqual(out.headers.location, "/login")
      assert.deepStrictEqual(out.headers["set-cookie"], [
        "telemetra_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict"
      ])
    })
  )

  it.effect("makes the cookie one of https if a proxy reports it", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      for (const [proto, secure] of [
        ["https", true],
        ["HTTPS, http", true],
        ["http", false],
        ["http, https", false]
      ] as const) {
        const answer = yield* request("/login", POST({ token: TOKEN }, { "x-forwarded-proto": proto }))
        assert.strictEqual(answer.headers["set-cookie"]?.[0]?.includes("; Secure"), secure, proto)
      }
    })
  )

  it.effect("gives no cookie for a wrong token, and shows the login page for the same place again", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      for (const fields of [{}, { token: "" }, { token: `${TOKEN} ` }, { token: `"><script>alert(1)</script>` }]) {
        const answer = yield* request("/login", POST({ ...fields, next: "/streams/x" }))
        assert.strictEqual(answer.status, 401)
        assert.isUndefined(answer.headers["set-cookie"])
        assert.include(answer.body, 'role="alert"')
        assert.include(answer.body, 'value="/streams/x"')
        assert.notInclude(answer.body, "<script")
      }
    })
  )

  it.effect("leads nowhere but here, and lets nothing into the page or the headers", () =>
    Effect.gen(function* () {
      const served = yield* serve({ token: TOKEN })
      for (const next of [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/.//evil.example",
        "javascript:alert(1)",
        "\t//evil.example"
      ]) {
        assert.strictEqual((yield* logIn(served, next)).headers.location, "/", next)
      }
      const split = yield* logIn(served, "/x\r\nSet-Cookie: evil=1\r\n\r\n<script>")
      assert.strictEqual(split.headers.location, "/xSet-Cookie:%20evil=1%3Cscript%3E")
      assert.strictEqual(split.headers["set-cookie"]?.length, 1)
      const path = `/login?next=${encodeURIComponent(`/"><img src=x onerror=alert(1)>'&`)}`
      const { body } = yield* served.request(path)
      assert.notInclude(body, "<img")
      assert.include(body, `value="/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E&#39;&#38;"`)
      assert.include((yield* served.request("/login?next=/a&next=/b")).body, 'value="/a"')
    })
  )

  it.effect("works for the longest path and the longest token", () =>
    Effect.gen(function* () {
      const token = "+".repeat(512)
      const { request } = yield* serve({ token })
      for (const [length, location] of [
        [800, `/${"+".repeat(799)}`],
        [801, "/"],
        [8000, "/"]
      ] as const) {
        const requested = yield* request(`/${"+".repeat(length - 1)}`, { headers: { accept: "text/html" } })
        const { next = "" } = Object.fromEntries(new URL(requested.headers.location ?? "", "http://x").searchParams)
        assert.strictEqual((yield* request("/login", POST({ token, next }))).headers.location, location)
      }
    })
  )

  it.effect("takes no cookie that it has not made, nor one that has ended", () =>
    Effect.gen(function* () {
      const served = yield* serve({ token: TOKEN })
      // The test clock is at 0.
      const { session } = yield* makeToken(Redacted.make(TOKEN))
      assert.strictEqual(yield* statusWith(served, `telemetra_session=${session(1)}`), 200)
      assert.strictEqual(yield* statusWith(served, `telemetra_session="${session(1)}"`), 200)
      for (const value of [
        session(0),
        session(-1),
        session(1).replace("1.", "2."),
        TOKEN,
        "",
        "%00",
        "%",
        "__proto__",
        "x".repeat(50_000)
      ]) {
        assert.strictEqual(yield* statusWith(served, `telemetra_session=${value}`), 401, value.slice(0, 50))
      }
      assert.strictEqual(yield* statusWith(served, `Telemetra_Session=${session(1)}`), 401)
    })
  )

  it.effect("takes the form of its own page only", () =>
    Effect.gen(function* () {
      const { request, port } = yield* serve({ token: TOKEN })
      const status = (headers: RequestOptions["headers"]) =>
        Effect.map(request("/login", POST({ token: TOKEN }, headers)), ({ status }) => status)
      assert.strictEqual(yield* status({ origin: `http://localhost:${port}` }), 303)
      assert.strictEqual(yield* status({ origin: "https://evil.example" }), 403)
      assert.strictEqual(yield* status({ "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }), 403)
      // Browsers send Origin: null for a form of a page under no-referrer.
      assert.strictEqual((yield* request("/login")).headers["referrer-policy"], "same-origin")
    })
  )

  it.effect("has no login page without a token", () =>
    Effect.gen(function* () {
      const served = yield* serve()
      const page = yield* served.request("/login?next=/streams/x")
      assert.deepStrictEqual([page.status, page.headers.location], [303, "/streams/x"])
      assert.isUndefined((yield* logIn(served)).headers["set-cookie"])
    })
  )
})
