import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { OpenApi } from "effect/http-api"
import { Api, API_PATH } from "../../src/api/Api.ts"
import { BigId, Instant, StreamId } from "../../src/api/Values.ts"

const valueOf = <A, I>(schema: Schema.Codec<A, I>, text: string): A | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(schema)(text))

describe("a point in time", () => {
  const hour = Date.UTC(2026, 0, 31, 18)
  it.each([
    ["2026-01-31", Date.UTC(2026, 0, 31)],
    ["2026-01-31T18:00", hour],
    ["2026-01-31 18:00", hour],
    ["2026-01-31T18:00:00Z", hour],
    ["2026-01-31T18:00:00.5Z", hour + 500],
    ["2026-01-31T18:00:00.123456789", hour + 123],
    ["2026-01-31T18:00+02:00", hour - 7_200_000],
    ["2024-02-29", Date.UTC(2024, 1, 29)],
    ["2026-01-31t18:00:00z", hour],
    ["1970-01-01", 0],
    ["0000-01-01", -62_167_219_200_000],
    ["9999-12-31T23:59:59.999Z", 253_402_300_799_999]
  ])("is %s", (text, ms) => {
    assert.strictEqual(valueOf(Instant, text), ms)
  })

  it.each([
    "",
    "yesterday",
    "2026",
    "2026-01",
    "2026-02-30",
    "2026-02-30T00:00:00Z",
    "2023-02-29",
    "2026-13-01",
    "2026-01-31T25:00",
    "2026-01-31T18",
    "2026-01-31Z",
    "10000-01-01",
    "-000001-01-01",
    "1769882400000",
    "2026-01-31T18:00:00Z ",
    "2026-01-31T18:00+99:00",
    "Sat Jan 31 2026"
  ])("is not %j", (text) => {
    assert.isUndefined(valueOf(Instant, text))
  })
})

describe("ids and names", () => {
  it.each(["0", "9223372036854775807", "9999999999999999999"])("%s is an id", (text) =>
    assert.strictEqual(valueOf(BigId, text), text)
  )
  it.each(["", "-1", "1.0", "1e3", "0x1", " 1", "10000000000000000000"])("%j is no id", (text) =>
    assert.isUndefined(valueOf(BigId, text))
  )
  it.each(["a", " ", "😀".repeat(255), "..", "\u202E\n"])("%j is a name", (text) =>
    assert.strictEqual(valueOf(StreamId, text), text)
  )
  it.each(["", "a\0", "😀".repeat(256)])("%j is no name", (text) => assert.isUndefined(valueOf(StreamId, text)))
})

describe("the OpenAPI document", () => {
  const document = OpenApi.fromApi(Api)

  const mediaTypes = (path: string, status: number): ReadonlyArray<string> =>
    Object.keys(document.paths[`${API_PATH}${path}`]?.get?.responses[status]?.content ?? {})

  it("is of version 3.1", () => {
    assert.match(document.openapi, /^3\.1\./)
  })

  it.each(["/streams", "/streams/{stream}/summaries", "/moments", "/dead-letters"])(
    "states that %s comes as a file too",
    (path) => {
      assert.sameMembers([...mediaTypes(path, 200)], ["application/json", "text/csv", "application/x-ndjson"])
    }
  )

  it("states that live updates are an event stream", () => {
    assert.deepStrictEqual(mediaTypes("/live", 200), ["text/event-stream"])
  })

  it("states what a parameter is: in a URL a number, too, is text", () => {
    const parameters = document.paths[`${API_PATH}/streams/{stream}/summaries`]?.get?.parameters ?? []
    const schemas = new Map(parameters.map(({ name, schema }) => [name, schema]))
    assert.deepStrictEqual(schemas.get("limit"), { type: "integer", minimum: 1, maximum: 5000, default: 1000 })
    assert.deepStrictEqual(schemas.get("step"), { type: "integer", minimum: 1, maximum: 2_678_400 })
    assert.deepStrictEqual(schemas.get("from"), { type: "string", format: "date-time" })
    assert.deepStrictEqual(schemas.get("stream"), { type: "string", pattern: String.raw`^[^\x00]{1,255}$` })
    assert.isTrue(parameters.some(({ description }) => description?.startsWith("Step in seconds.")))
  })

  it("states for every request that it may be refused, and how", () => {
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      [item.get, item.put, item.delete].flatMap((operation) =>
        operation === undefined ? [] : [{ path, operation, hasBody: operation === item.put }]
      )
    )
    assert.isAbove(operations.filter(({ hasBody }) => hasBody).length, 0)
    for (const { hasBody, operation, path } of operations) {
      // The history is in memory: it does not need the database.
      const database = path.endsWith("/history") ? [] : [503]
      for (const status of [400, 401, 403, ...database, ...(hasBody ? [413, 415] : [])]) {
        assert.deepStrictEqual(
          Object.keys(operation.responses[status]?.content ?? {}),
          ["application/problem+json"],
          `${path} ${status}`
        )
      }
    }
  })
})
