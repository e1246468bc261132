import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { refusalOf } from "../../src/http/KnownParameters.ts"
import { serve } from "./Serving.ts"

const KNOWN = ["stream", "min_intensity", "limit", "format"]

describe("an unknown query parameter", () => {
  it.each(["", "?", "?limit=5", "?min_intensity=5&stream=a%26limt%3D1", "?limit", "?format=csv&limit=1"])(
    "is not found in %j",
    (search) => assert.isUndefined(refusalOf(search, KNOWN))
  )

  it.each([
    ["?lmit=5", "lmit: unknown parameter; did you mean limit? The parameters are"],
    ["?limit=5&min_intensty=1", "min_intensty: unknown parameter; did you mean min_intensity? The"],
    ["?LIMIT=5", "LIMIT: unknown parameter; did you mean limit? The"],
    ["?offset=5", "offset: unknown parameter. The parameters are stream, min_intensity, limit, format"],
    ["?=1", ": unknown parameter. The"],
    ["?__proto__=1", "__proto__: unknown parameter. The"],
    [`?${"x".repeat(5000)}`, `${"x".repeat(60)}: unknown parameter. The`]
  ])("is refused by name: %s", (search, start) => {
    const refusal = refusalOf(search, KNOWN)
    assert.isTrue(refusal?.startsWith(start), refusal)
  })

  it("is refused by paths without parameters", () => {
    assert.strictEqual(refusalOf("?a=1", []), "a: unknown parameter. This path has no parameters")
  })

  it.effect("is refused by every path of the API before the tables are read", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { request } = yield* serve()
        for (const path of [
          "streams",
          "streams/a",
          "streams/a/summaries",
          "moments",
          "moments/1",
          "dead-letters",
          "dead-letters/reasons",
          "status",
          "status/history",
          "live"
        ]) {
          const { body, status } = yield* request(`/api/v1/${path}?limits=5`)
          assert.strictEqual(status, 400, path)
          const { detail, title } = JSON.parse(body)
          assert.strictEqual(title, "Bad Request")
          assert.match(detail, /^limits: unknown parameter/)
        }
        // A known one comes to the tables, which are missing here.
        assert.strictEqual((yield* request("/api/v1/moments?limit=5")).status, 503)
      })
    )
  )
})
