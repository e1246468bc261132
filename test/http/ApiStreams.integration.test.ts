import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { STREAM_ORDERS, type StreamNow } from "../../src/api/Streams.ts"
import type { ProblemDetails } from "effect/http"
import { rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../harness/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request, requestPath, itemsOf, type Page, pagesOf } from "../harness/Request.ts"
import { iso, summaryOf } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"

type Stream = typeof StreamNow.Encoded

const SLIDE = 10_000
const MINUTE = 60_000

/** The window that starts `index` slides after the first. */
const windowAt = (index: number, over: Partial<SummaryRow> = {}): SummaryRow =>
  rowOf({ startMs: EventTimeMs(T0 + index * SLIDE), endMs: EventTimeMs(T0 + index * SLIDE + MINUTE), ...over })

const names = (streams: ReadonlyArray<{ readonly stream_id: string }>) => streams.map(({ stream_id }) => stream_id)

const byName = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("streams", (it) => {
  it.effect("are those with a row in their task's latest window, as it was committed, with the counts before it", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const alpha = Array.from({ length: 40 }, (_, index) =>
          windowAt(index, { chatCount: index % 7 === 3 ? 0 : index })
        )
        const gone = windowAt(38, { stream: "gone" })
        const young = [36, 37, 39].map((index) =>
          windowAt(index, { stream: "young", chatCount: 1000 + index, zScore: null })
        )
        yield* task.commit({ rows: [...alpha, gone, ...young] })

        const { body, status, type } = yield* request<Page<Stream>>(`${api.url}/streams`)
        assert.strictEqual(status, 200)
        assert.strictEqual(type, "application/json")
        const [, , last] = young
        assert.isDefined(last)
        assert.deepStrictEqual(body, {
          items: [
            {
              ...summaryOf(last),
              recent_chat_counts: [...Array.from({ length: 26 }, () => 0), 1036, 1037, 0, 1039]
            },
            {
              ...summaryOf(alpha[39] ?? rowOf()),
              recent_chat_counts: alpha.slice(10).map(({ chatCount }) => chatCount)
            }
          ],
          next: null,
          previous: null,
          position: null
        })

        // It is not live any more, but there is a latest window still.
        assert.deepStrictEqual((yield* request(`${api.url}/streams/gone`)).body, {
          ...summaryOf(gone),
          recent_chat_counts: [...Array.from({ length: 29 }, () => 0), 12]
        })
        assert.strictEqual((yield* request(`${api.url}/streams/nobody`)).status, 404)
      })
    )
  )

  it.effect("are none before the first window", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        assert.deepStrictEqual((yield* request(`${api.url}/streams`)).body, {
          items: [],
          next: null,
          previous: null,
          position: null
        })
        yield* startTask()
        assert.deepStrictEqual((yield* request(`${api.url}/streams`)).body, {
          items: [],
          next: null,
          previous: null,
          position: null
        })
      })
    )
  )

  it.effect("are ranked by every column: the greatest first, null last, equals by name, whatever the page", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(7)
        // Few values, so that there are many equals.
        const rows = Array.from({ length: 61 }, (_, index) =>
          windowAt(0, {
            stream: `${["a", "B", "ä", "Z", "_", "😀"][index % 6]}${index}`,
            chatCount: random.between(0, 4),
            uniqueChatters: random.between(0, 3),
            avgViewers: random.between(0, 2) === 0 ? null : random.between(0, 3) / 3,
            zScore: random.between(0, 2) === 0 ? null : random.between(0, 4) / 3 - 1,
            avgSentiment: random.between(0, 2) === 0 ? null : random.between(0, 4) / 10 - 0.2
          })
        )
        yield* (yield* startTask()).commit({ rows })
        // A DOUBLE PRECISION that JSON cannot represent counts as null.
        const sql = yield* SqlClient
        const odd = ["NaN", "Infinity", "-Infinity"].map((value, index) => ({
          value,
          stream: rows[index * 7]?.stream ?? ""
        }))
        for (const { stream, value } of odd) {
          yield* sql`UPDATE chat_summary_minute SET z_score = ${value}::text::float8, avg_viewers = ${value}::text::float8, avg_sentiment = ${value}::text::float8, chat_rate = ${value}::text::float8 WHERE stream_id = ${stream}`
        }
        const isOdd = (row: SummaryRow): boolean => odd.some(({ stream }) => stream === row.stream)
        const expected = rows
          .map((row) =>
            isOdd(row) ? { ...row, zScore: null, avgViewers: null, avgSentiment: null, chatRate: 0 } : row
          )
          .map(summaryOf)
        for (const sort of STREAM_ORDERS) {
          const ranked = expected.toSorted((a, b) => {
            const [left, right] = [a[sort], b[sort]]
            if (typeof left === "number" && typeof right === "number" && left !== right) return right - left
            if ((left === null) !== (right === null)) return left === null ? 1 : -1
            return byName(a.stream_id, b.stream_id)
          })
          for (const limit of [1, 7, 61, 500]) {
            const items = yield* itemsOf<Stream>(`${api.url}/streams?sort=${sort}&limit=${limit}`)
            assert.deepStrictEqual(
              items,
              ranked.map((summary) => ({
                ...summary,
                recent_chat_counts: [...Array.from({ length: 29 }, () => 0), summary.chat_count]
              })),
              `${sort}, ${limit} a page`
            )
          }
        }
      })
    )
  )

  it.effect("come once each while windows close between the pages", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const all = Array.from({ length: 30 }, (_, index) => `stream ${String(index).padStart(2, "0")}`)
        const random = new Random(1)
        const rowsAt = (index: number) =>
          all.map((stream) => windowAt(index, { stream, chatCount: random.between(0, 99) }))
        yield* task.commit({ rows: rowsAt(0) })
        for (const sort of STREAM_ORDERS) {
          let index = 1
          const pages = yield* pagesOf(
            `${api.url}/streams?limit=4&sort=${sort}`,
            Effect.suspend(() => task.commit({ rows: rowsAt(index++ + 20 * STREAM_ORDERS.indexOf(sort)) }))
          )
          assert.deepStrictEqual(names(pages.flat() as ReadonlyArray<Stream>).toSorted(byName), all, sort)
        }
      })
    )
  )

  it.effect("are found by a part of the name: %, _ and \\ mean themselves, case means nothing", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const all = [
          "100%",
          "100 percent",
          "a_b",
          "aXb",
          "back\\slash",
          "CamelCase",
          "x' OR 1=1 --",
          "{}[]*?.",
          "日本語"
        ]
        yield* (yield* startTask()).commit({ rows: all.map((stream) => windowAt(0, { stream })) })
        const found = (search: string) =>
          Effect.map(
            itemsOf<Stream>(`${api.url}/streams?sort=stream_id&limit=1&search=${encodeURIComponent(search)}`),
            names
          )
        assert.deepStrictEqual(yield* found("%"), ["100%"])
        assert.deepStrictEqual(yield* found("_"), ["a_b"])
        assert.deepStrictEqual(yield* found("\\"), ["back\\slash"])
        assert.deepStrictEqual(yield* found("\\\\"), [])
        assert.deepStrictEqual(yield* found("A_B"), ["a_b"])
        assert.deepStrictEqual(yield* found("camelcase"), ["CamelCase"])
        assert.deepStrictEqual(yield* found("AMELC"), ["CamelCase"])
        assert.deepStrictEqual(yield* found("100"), ["100 percent", "100%"])
        assert.deepStrictEqual(yield* found("' OR 1=1"), ["x' OR 1=1 --"])
        assert.deepStrictEqual(yield* found("[]*?."), ["{}[]*?."])
        assert.deepStrictEqual(yield* found("本"), ["日本語"])
        assert.deepStrictEqual(yield* found(""), all.toSorted(byName))
        assert.strictEqual((yield* request(`${api.url}/streams?search=${"x".repeat(256)}`)).status, 400)
        assert.strictEqual((yield* request(`${api.url}/streams?search=a%00b`)).status, 400)
      })
    )
  )

  it.effect("that producers spread over tasks are one: summed, the rest of the part with most messages", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const first = yield* startTask({ sourcePartition: 0 })
        const second = yield* startTask({ sourcePartition: 1 })
        const small = windowAt(6, {
          stream: "split",
          chatCount: 10,
          avgSentiment: 0.5,
          avgViewers: 900,
          zScore: 9,
          complete: false
        })
        const great = windowAt(6, {
          stream: "split",
          chatCount: 30,
          avgSentiment: -0.1,
          avgViewers: 5,
          zScore: -1,
          isAnomaly: false
        })
        yield* first.commit({ rows: [small, windowAt(6, { stream: "one", chatCount: 39, avgViewers: 6, zScore: 0 })] })
        yield* second.commit({
          rows: [great, windowAt(6, { stream: "two", chatCount: 41, avgViewers: 4, zScore: -2 })]
        })
        const split = {
          ...summaryOf(great),
          chat_count: 40,
          unique_chatters: 10,
          avg_sentiment: (0.5 * 10 - 0.1 * 30) / 40,
          scored_count: 12,
          positive_count: 8,
          negative_count: 2,
          chat_rate: 0.4,
          is_anomaly: true,
          complete: false
        }
        for (const [sort, order] of [
          ["chat_count", ["two", "split", "one"]],
          ["avg_viewers", ["one", "split", "two"]],
          ["z_score", ["one", "split", "two"]]
        ] as const) {
          assert.deepStrictEqual(
            names(yield* itemsOf<Stream>(`${api.url}/streams?limit=1&sort=${sort}`)),
            [...order],
            sort
          )
        }
        const { body } = yield* request<Stream>(`${api.url}/streams/split`)
        assert.approximately(body.avg_sentiment ?? Number.NaN, split.avg_sentiment, 1e-12)
        assert.deepStrictEqual(
          { ...body, avg_sentiment: split.avg_sentiment },
          { ...split, recent_chat_counts: [...Array.from({ length: 29 }, () => 0), 40] }
        )

        // A task that is ahead shows what it knows.
        const ahead = windowAt(7, { stream: "split", chatCount: 1 })
        yield* first.commit({ rows: [ahead] })
        assert.deepStrictEqual(yield* itemsOf<Stream>(`${api.url}/streams?sort=stream_id`), [
          { ...summaryOf(ahead), recent_chat_counts: [...Array.from({ length: 28 }, () => 0), 40, 1] },
          {
            ...summaryOf(windowAt(6, { stream: "two", chatCount: 41, avgViewers: 4, zScore: -2 })),
            recent_chat_counts: [...Array.from({ length: 29 }, () => 0), 41]
          }
        ])
      })
    )
  )

  it.effect("have names that mean nothing to proxies", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const all = [
          "a/b",
          "%2F",
          "a%b",
          "..a",
          "a b+c",
          "?x=1#y",
          "\u202Eevil",
          "new\nline\r\ttab",
          "\u0001\u001b[2J\u007f",
          "<img src=x onerror=alert(1)>",
          "=1+1",
          '"quoted"',
          "😀".repeat(255),
          "é" + "\u0301".repeat(100),
          "summaries",
          "iİ",
          " "
        ]
        const dots = [".", ".."]
        const rows = [...all, ...dots].map((stream, index) => windowAt(0, { stream, chatCount: index }))
        yield* (yield* startTask()).commit({ rows })
        for (const stream of all) {
          const path = `${api.url}/streams/${encodeURIComponent(stream)}`
          assert.deepStrictEqual((yield* request<Stream>(path)).body.stream_id, stream)
          assert.deepStrictEqual(names((yield* request<Page<Stream>>(`${path}/summaries`)).body.items), [stream])
        }
        // These a client has to leave as they are: URLs resolve them.
        for (const stream of dots) {
          const { status, text } = yield* requestPath(api.port, `/api/v1/streams/${stream}`)
          assert.strictEqual(status, 200)
          assert.include(text, `"stream_id":"${stream}"`)
        }
        assert.deepStrictEqual(
          names(yield* itemsOf<Stream>(`${api.url}/streams?sort=stream_id&limit=1`)),
          [...all, ...dots].toSorted(byName)
        )
        for (const path of ["%00", "a%00", "%FF", "%C3", "%ED%A0%80", "x".repeat(511)]) {
          const { body, status, type } = yield* request<ProblemDetails.ProblemDetails>(`${api.url}/streams/${path}`)
          assert.include([400, 404], status, path)
          assert.strictEqual(type, "application/problem+json")
          assert.strictEqual(body.status, status)
        }
      })
    )
  )

  it.effect("give no other pages than the announced next ones", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* (yield* startTask()).commit({ rows: ["a", "b", "c"].map((stream) => windowAt(0, { stream })) })
        const { body } = yield* request<Page<Stream>>(`${api.url}/streams?limit=1`)
        const next = body.next ?? ""
        assert.strictEqual((yield* request(`${api.url}/streams?limit=1&cursor=${next}`)).status, 200)
        const content = Buffer.from(next, "base64url").toString()
        const forged = (from: string, to: string): string => {
          assert.include(content, from)
          return Buffer.from(content.replace(from, to)).toString("base64url")
        }
        const cursors = [
          "x",
          next.slice(1),
          Buffer.from("{}").toString("base64url"),
          Buffer.from("null").toString("base64url"),
          forged('"rank":12', '"rank":"12"'),
          forged('"rank":12', '"rank":1e999'),
          forged('"stream":"a"', '"stream":"\\u0000"'),
          forged('"tasks":"40"', '"tasks":"4g"'),
          forged('"tasks":"40"', '"tasks":64'),
          forged('"startMs":1', '"startMs":1e300,"x":1'),
          forged('"startMs":1', '"startMs":-9e15,"x":1')
        ]
        for (const cursor of cursors) {
          const { body, status } = yield* request<ProblemDetails.ProblemDetails>(`${api.url}/streams?cursor=${cursor}`)
          assert.strictEqual(status, 400, Buffer.from(cursor, "base64url").toString())
          assert.match(body.detail ?? "", /^cursor: /)
        }
        for (const cursor of ["", "a b", "ä", "x".repeat(4001)]) {
          assert.strictEqual((yield* request(`${api.url}/streams?cursor=${cursor}`)).status, 400)
        }
        const other = yield* request<ProblemDetails.ProblemDetails>(`${api.url}/streams?sort=z_score&cursor=${next}`)
        assert.strictEqual(other.status, 400)
        assert.include(other.body.detail, "chat_count")
      })
    )
  )

  it.effect("have counts before the latest window of windows of the same size only", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        yield* task.commit({ rows: [windowAt(0, { chatCount: 1 }), windowAt(1, { chatCount: 2 })] })
        const wide = (index: number, chatCount: number) =>
          windowAt(index, { chatCount, endMs: EventTimeMs(T0 + index * SLIDE + 2 * MINUTE) })
        yield* task.commit({ rows: [wide(1, 20), wide(2, 30)] }, { window: { sizeMs: 2 * MINUTE, slideMs: SLIDE } })
        const [stream] = yield* itemsOf<Stream>(`${api.url}/streams`)
        assert.strictEqual(stream?.window_end, iso(T0 + 2 * SLIDE + 2 * MINUTE))
        assert.deepStrictEqual(stream?.recent_chat_counts.slice(-4), [0, 0, 20, 30])
      })
    )
  )

  it.effect("from an earlier job have a latest window, whatever it lacks", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* (yield* startTask()).commit({ rows: [windowAt(0)] })
        yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count,
            unique_chatters, positive_count, negative_count, top_emotes, is_anomaly, complete)
          VALUES ('old', '2024-05-01 10:00:00', '2024-05-01 10:01:00', NULL, NULL, NULL, NULL,
            ARRAY['a', NULL], NULL, NULL)`
        const { body } = yield* request<Stream>(`${api.url}/streams/old`)
        assert.deepStrictEqual(body, {
          stream_id: "old",
          window_start: "2024-05-01T10:00:00.000Z",
          window_end: "2024-05-01T10:01:00.000Z",
          chat_count: 0,
          unique_chatters: 0,
          avg_sentiment: null,
          scored_count: 0,
          positive_count: 0,
          negative_count: 0,
          chat_rate: 0,
          avg_viewers: null,
          top_emotes: ["a"],
          emote_counts: [],
          z_score: null,
          is_anomaly: false,
          complete: true,
          recent_chat_counts: Array.from({ length: 30 }, () => 0)
        })
        assert.deepStrictEqual(names(yield* itemsOf<Stream>(`${api.url}/streams`)), ["alpha"])
      })
    )
  )
})
