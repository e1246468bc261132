import { assert, describe, it } from "@effect/vitest"
import { formatRoute, parseRoute, type Route } from "../../dashboard/routing/Routes.ts"

const parsed = (address: string): Route => {
  const { pathname, search } = new URL(address, "http://page")
  return parseRoute(pathname, search)
}

describe("the addresses of broadcasts", () => {
  const routes: ReadonlyArray<Route> = [
    { page: "broadcasts", search: "", stream: undefined, cursor: undefined },
    { page: "broadcasts", search: "a b&c=d", stream: "x/y?z#", cursor: "abc_-1" },
    { page: "broadcast", id: "abc_-1", other: undefined },
    { page: "broadcast", id: "abc", other: "def-2" }
  ]
  it.each(routes)("bring back %j", (route) => assert.deepStrictEqual(parsed(formatRoute(route)), route))

  it.each([
    "/broadcasts/",
    "/broadcasts/a/b",
    "/broadcasts/a%20b",
    "/broadcasts/%E0",
    `/broadcasts/${"x".repeat(3001)}`
  ])("%s is no page", (path) => assert.deepStrictEqual(parsed(path), { page: "unknown" }))

  it("ignore another broadcast whose id is none", () =>
    assert.deepStrictEqual(parsed("/broadcasts/a?with=b%20c"), { page: "broadcast", id: "a", other: undefined }))
})
