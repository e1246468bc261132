import { assert, describe, it } from "@effect/vitest"
import { OpenApi } from "effect/http-api"
import { Api } from "../../src/api/Api.ts"
import { apiDocsPage } from "../../src/http/ApiDocsPage.ts"

const spec = OpenApi.fromApi(Api)
const page = apiDocsPage(spec, "/api/v1/openapi.json")

describe("the API's documentation", () => {
  it("describes every operation with its parameters and statuses", () => {
    for (const [path, item] of Object.entries(spec.paths)) {
      for (const method of ["get", "put", "post", "delete"] as const) {
        const operation = item[method]
        if (operation === undefined) continue
        const start = page.indexOf(`<strong>${method.toUpperCase()}</strong> <code>${path}</code>`)
        assert.isAbove(start, 0, `${method} ${path}`)
        const section = page.slice(start, page.indexOf("</section>", start))
        for (const { name } of operation.parameters) assert.include(section, `<code>${name}</code>`, `${path} ${name}`)
        for (const status of Object.keys(operation.responses)) assert.include(section, `<code>${status}</code>`)
      }
    }
  })

  it("states types, limits, defaults, and the fields of items", () => {
    assert.include(page, "integer, 1 to 500, default 50")
    assert.include(
      page,
      "chat_count | unique_chatters | avg_viewers | z_score | avg_sentiment | stream_id, default chat_count"
    )
    assert.include(page, "<code>items[].metadata.people</code>")
  })

  it("leads back, and loads and links nothing from elsewhere", () => {
    assert.include(page, `<a href="/">`)
    const targets = [...page.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target = ""]) => target)
    assert.isAbove(targets.length, 10)
    assert.deepStrictEqual(
      targets.filter((target) => !/^[/#](?!\/)/.test(target)),
      []
    )
    for (const [, anchor = ""] of page.matchAll(/href="#([^"]*)"/g)) assert.include(page, `id="${anchor}"`)
    assert.isBelow(page.length, 300_000)
  })

  it("has examples that the API accepts", () => {
    const shown = page.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(code))
    assert.include(
      shown,
      `curl -X PUT 'http://127.0.0.1:4040/api/v1/moments/id/feedback' -H 'Content-Type: application/json' -d '{"verdict":"good"}'`
    )
    assert.match(shown, /-d '\{"stream_id":"stream_id","moment_type":"raid","threshold":[\d.]+\}'/)
    assert.include(shown, "/broadcasts/compare?a=A&b=B'")
    assert.notInclude(shown, "Open /api/v1/broadcasts/compare")
    assert.include(shown, "Open /api/v1/broadcasts<")
  })

  it("shows text as text", () => {
    const hostile = structuredClone(spec)
    hostile.info.title = "<img src=x onerror=alert(1)>"
    assert.notInclude(apiDocsPage(hostile, "/x"), "<img")
  })
})
