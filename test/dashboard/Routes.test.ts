import { assert, describe, it } from "@effect/vitest"
import { FEED, formatRoute, OVERVIEW, parseRoute, type Route } from "../../dashboard/routing/Routes.ts"
import { LIVE } from "../../dashboard/routing/View.ts"

/** Parses a route's address as a browser does. */
const back = (route: Route): Route => {
  const { pathname, search } = new URL(formatRoute(route), "http://here.invalid")
  return parseRoute(pathname, search)
}

const stream = (name: string): Route => ({ page: "stream", stream: name, view: LIVE, moment: undefined })

const FIXED = { kind: "fixed", fromMs: Date.UTC(2026, 0, 31, 17), toMs: Date.UTC(2026, 0, 31, 18) } as const

describe("an address brings back the page", () => {
  it.each<Route>([
    OVERVIEW,
    { ...OVERVIEW, search: `<b>&"'#?%/+ `, sort: "z_score", cursor: "a=b&c", feed: { ...FEED, type: "chat_drop" } },
    { ...OVERVIEW, sort: "avg_sentiment", order: "asc" },
    { ...OVERVIEW, sort: "avg_sentiment", order: "desc" },
    { ...OVERVIEW, sort: "stream_id", order: "desc" },
    { ...OVERVIEW, feed: { type: "raid", strength: 8, age: "24h", isStrongestFirst: true, cursor: "a=b&c" } },
    stream("SilentFalcon"),
    { page: "stream", stream: "a", view: { kind: "live", range: "7d" }, moment: "12" },
    { page: "stream", stream: "a", view: FIXED, moment: undefined },
    { page: "moment", id: "9223372036854775807", view: undefined },
    { page: "moment", id: "1", view: FIXED },
    { page: "pipeline" }
  ])("%j", (route) => assert.deepStrictEqual(back(route), route))

  it.each([
    `<img src=x onerror="alert(1)">`,
    `"'`,
    "\u202Egnp.eeffoc",
    "a/b?c=1#d%20e",
    "../../etc",
    "...",
    "%2e%2e",
    " ",
    "日本語",
    "😀",
    "\n\t",
    "javascript:alert(1)",
    "x".repeat(255)
  ])("for a stream called %j", (name) => assert.deepStrictEqual(back(stream(name)), stream(name)))

  it.each([".", ".."])("finds a stream called %s, which no address can name", (name) =>
    assert.deepStrictEqual(back(stream(name)), { ...OVERVIEW, search: name })
  )
})

describe("an unknown address", () => {
  it.each(["/streams", "/streams/", "/streams/a/b", "/streams/%E0%A4%A", "/moments/x", "/moments/", "/else"])(
    "%s is no page",
    (path) => assert.deepStrictEqual(parseRoute(path, ""), { page: "unknown" })
  )

  it("keeps of its parameters what it understands", () => {
    assert.deepStrictEqual(parseRoute("/", "?sort=nothing&order=up&moments=none&strength=1&since=2y&else=1"), OVERVIEW)
    assert.deepStrictEqual(parseRoute("/streams/a", "?range=2y&moment=x"), stream("a"))
    assert.deepStrictEqual(parseRoute("/moments/1", "?range=7d"), { page: "moment", id: "1", view: undefined })
  })
})
