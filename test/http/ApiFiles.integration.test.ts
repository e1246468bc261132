import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { deadLetterOf, momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request, itemsOf } from "../harness/Request.ts"
import * as Postgres from "../harness/Postgres.ts"
import { parseCsv } from "../harness/Rfc4180.ts"

const MINUTE = 60_000

/** Names that spreadsheets would take for formulas, and names that break what is not quoted. */
const HOSTILE = [
  "=1+1",
  "+1",
  "-1",
  "@SUM(A1)",
  "\tx",
  "\rx",
  "＝1",
  'a"b',
  "a,b",
  "a\r\nb",
  "a\nb",
  "'a",
  ";",
  "日本 😀",
  "\u202Ex"
]

const csv = { headers: { accept: "text/csv" } }
const ndjson = { headers: { accept: "application/x-ndjson" } }

const jsonLines = (text: string): ReadonlyArray<unknown> => {
  assert.isTrue(text === "" || text.endsWith("\n"))
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** The values of an item by the names of their columns. */
const flat = (value: unknown, name = ""): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.assign(
        {},
        ...Object.entries(value).map(([key, inner]) => flat(inner, name === "" ? key : `${name}_${key}`))
      )
    : { [name]: Array.isArray(value) ? value.join(" ") : value }

/** A cell of a list, of a figure, or of a text, as the file has to hold it. */
const cellOf = (value: unknown): string => {
  if (value === null || value === undefined) return ""
  const text = String(value)
  return typeof value === "string" && /^[=+\-@\t\r＝＋－＠]/.test(text) ? `'${text}` : text
}

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("files", (it) => {
  it.effect("hold all of every list, longer than any page, as the pages have it", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const many = Array.from({ length: 2300 }, (_, index) => `stream ${index}`)
        const rows = [...HOSTILE, ...many].map((stream, index) =>
          rowOf({
            stream,
            topEmotes: HOSTILE.slice(0, index % 5),
            avgSentiment: -0.5,
            zScore: index % 2 === 0 ? null : -index
          })
        )
        const past = Array.from({ length: 2300 }, (_, index) =>
          rowOf({
            startMs: EventTimeMs(T0 - index * 10_000),
            endMs: EventTimeMs(T0 - index * 10_000 + MINUTE),
            chatCount: index
          })
        )
        const moments = Array.from({ length: 2300 }, (_, index) =>
          momentOf({
            timestampMs: EventTimeMs(T0 + index),
            stream: HOSTILE[index] ?? "alpha",
            description: HOSTILE[index] ?? ""
          })
        )
        const deadLetters = Array.from({ length: 1001 }, (_, index) =>
          deadLetterOf({ offset: BigInt(index), path: index % 2 === 0 ? null : "x", recordTimestampMs: null })
        )
        yield* task.commit({ rows: [...rows, ...past.toReversed()], moments, deadLetters })
        for (const [path, count] of [
          ["streams", rows.length + 1],
          ["streams/alpha/summaries?from=1970-01-01", past.length],
          ["streams/alpha/summaries?from=1970-01-01&step=20", past.length / 2 + 1],
          ["moments", moments.length],
          ["dead-letters", deadLetters.length]
        ] as const) {
          const url = `${api.url}/${path}`
          const items = yield* itemsOf<Record<string, unknown>>(`${url}${path.includes("?") ? "&" : "?"}limit=500`)
          assert.isAtMost(Math.abs(items.length - count), 1, path)

          const lines = yield* request(url, ndjson)
          assert.strictEqual(lines.status, 200)
          assert.strictEqual(lines.type, "application/x-ndjson")
          assert.deepStrictEqual(jsonLines(lines.text), items)

          const file = yield* request(url, csv)
          assert.strictEqual(file.status, 200)
          assert.match(file.headers.get("content-type") ?? "", /^text\/csv; charset=utf-8/)
          const [header = [], ...cells] = parseCsv(file.text)
          const flats = items.map((item) => flat(item))
          assert.strictEqual(new Set(header).size, header.length)
          assert.deepStrictEqual(
            Object.keys(flats[0] ?? {}).filter((name) => !header.includes(name) && flats[0]?.[name] !== null),
            []
          )
          assert.deepStrictEqual(
            cells,
            flats.map((item) => header.map((column) => cellOf(item[column])))
          )
          for (const [format, response] of [
            ["csv", file],
            ["ndjson", lines]
          ] as const) {
            const download = yield* request(`${url}${path.includes("?") ? "&" : "?"}format=${format}`)
            assert.strictEqual(download.text, response.text)
            assert.match(
              download.headers.get("content-disposition") ?? "",
              new RegExp(`^attachment; filename="telemetra-[a-z-]+\\.${format}"$`)
            )
          }
        }
      })
    )
  )

  it.effect("begin nothing with what a spreadsheet takes for a formula, but figures stay figures", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* (yield* startTask()).commit({
          rows: HOSTILE.map((stream) => rowOf({ stream, avgSentiment: -0.25, zScore: -4 }))
        })
        const [header = [], ...cells] = parseCsv((yield* request(`${api.url}/streams?sort=stream_id`, csv)).text)
        assert.strictEqual(cells.length, HOSTILE.length)
        const names = header.indexOf("stream_id")
        assert.isTrue(cells.every((row) => !/^[=+\-@\t\r]/.test(row[names] ?? "")))
        assert.isTrue(
          cells.every(
            (row) => row[header.indexOf("avg_sentiment")] === "-0.25" && row[header.indexOf("z_score")] === "-4"
          )
        )
      })
    )
  )

  it.effect("contain what is requested, and hold their columns' names where there is nothing", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* (yield* startTask()).commit({ moments: [momentOf(), momentOf({ stream: "beta" })] })
        const lines = yield* request(`${api.url}/moments?stream=beta`, ndjson)
        assert.strictEqual(jsonLines(lines.text).length, 1)
        assert.strictEqual((yield* request(`${api.url}/moments?stream=nobody`, ndjson)).text, "")
        const [header = [], ...rest] = parseCsv((yield* request(`${api.url}/moments?stream=nobody`, csv)).text)
        assert.deepStrictEqual(header.slice(0, 3), ["id", "stream_id", "timestamp"])
        assert.deepStrictEqual(rest, [])
        // `format` takes precedence over Accept.
        const page = yield* request<{ readonly items: ReadonlyArray<unknown> }>(`${api.url}/moments?format=json`, csv)
        assert.strictEqual(page.body.items.length, 2)
        const refused = yield* request(`${api.url}/moments?cursor=x`, csv)
        assert.strictEqual(refused.status, 400)
        assert.strictEqual(refused.type, "application/problem+json")
      })
    )
  )
})
