import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serve, TOKEN } from "../Serving.ts"

const ALWAYS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin"
}

describe("headers", () => {
  it.effect("are on every answer, refusals and failures included", () =>
    Effect.gen(function* () {
      const { request } = yield* serve({ token: TOKEN })
      const headers = { authorization: `Bearer ${TOKEN}` }
      for (const [status, answer] of [
        [200, yield* request("/health/live")],
        [503, yield* request("/health/ready")],
        [401, yield* request("/api/v1/status")],
        [303, yield* request("/", { headers: { accept: "text/html" } })],
        [421, yield* request("/", { headers: { host: "evil.example" } })],
        [403, yield* request("/", { headers: { origin: "http://evil.example" } })],
        [200, yield* request("/login")],
        [200, yield* request("/login.css")],
        [413, yield* request("/login", { method: "POST", body: "x".repeat(5000) })],
        [503, yield* request("/api/v1/status", { headers })],
        [400, yield* request("/api/v1/streams?limit=x", { headers })],
        [404, yield* request("/nope", { headers })],
        [405, yield* request("/api/v1/status", { method: "POST", headers })]
      ] as const) {
        assert.strictEqual(answer.status, status)
        assert.deepInclude(answer.headers, ALWAYS)
        assert.match(String(answer.headers["content-security-policy"]), /^default-src 'none'.*frame-ancestors 'none'$/)
        assert.match(String(answer.headers["referrer-policy"]), /^(no-referrer|same-origin)$/)
        assert.strictEqual(answer.headers["cache-control"], "no-store")
        if (status >= 400 && status !== 503) {
          assert.strictEqual(answer.headers["content-type"], "application/problem+json")
          assert.strictEqual(JSON.parse(answer.body).status, status)
        }
      }
    })
  )

  it.effect("let no script run on the API's documentation, and only its own style load", () =>
    Effect.gen(function* () {
      const { request } = yield* serve()
      const { body, headers } = yield* request("/api/v1/docs")
      const policy = String(headers["content-security-policy"])
      assert.notInclude(body, "<script")
      assert.notMatch(body, / style=| on[a-z]+=/)
      assert.match(policy, /^default-src 'none'; style-src 'self';/)
      assert.notMatch(policy, /script-src|unsafe|http|\*/)
      assert.strictEqual((yield* request("/api/v1/docs.css")).headers["content-type"], "text/css; charset=utf-8")
      for (const path of ["/api/v1/openapi.json", "/nope", "/health/live"]) {
        const answer = yield* request(path)
        assert.strictEqual(
          answer.headers["content-security-policy"],
          "default-src 'none'; frame-ancestors 'none'",
          path
        )
      }
    })
  )
})
