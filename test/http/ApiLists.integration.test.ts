import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { deadLetterOf, momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { Random } from "../harness/Random.ts"
import { itemsOf, request } from "../harness/Request.ts"
import * as Postgres from "../harness/Postgres.ts"

interface Placed {
  readonly items: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly next: string | null
  readonly previous: string | null
  readonly position: { readonly first: number | null; readonly total: number | null } | null
}

const SIZE = 61

/** Few values, so that there are many equals. */
const filled = Effect.gen(function* () {
  const random = new Random(11)
  const indexes = Array.from({ length: SIZE }, (_, index) => index)
  yield* (yield* startTask()).commit({
    rows: indexes.map((index) =>
      rowOf({
        stream: `s${index}`,
        chatCount: random.between(0, 4),
        avgSentiment: random.between(0, 2) === 0 ? null : random.between(0, 4) / 10 - 0.2
      })
    ),
    moments: indexes.map((index) =>
      momentOf({
        stream: `s${index}`,
        timestampMs: EventTimeMs(T0 + random.between(0, 5) * 1000),
        intensity: random.between(3, 8)
      })
    ),
    deadLetters: indexes.map((index) => deadLetterOf({ offset: BigInt(index) }))
  })
  // A moment of an earlier job may lack an intensity, or have one that JSON cannot represent.
  const sql = yield* SqlClient
  yield* sql`UPDATE moments SET intensity = NULL WHERE stream_id IN ('s1', 's2')`
  yield* sql`UPDATE moments SET intensity = 'NaN' WHERE stream_id = 's3'`
})

const LISTS = [
  "streams?sort=chat_count",
  "streams?sort=chat_count&order=asc",
  "streams?sort=avg_sentiment",
  "streams?sort=avg_sentiment&order=asc",
  "streams?sort=stream_id",
  "streams?sort=stream_id&order=desc",
  "moments?order=desc",
  "moments?order=asc",
  "moments?sort=intensity",
  "moments?sort=intensity&order=asc",
  "dead-letters?order=desc",
  "dead-letters?order=asc"
]

const page = (url: string, cursor: string | null) =>
  Effect.map(
    request<Placed>(cursor === null ? url : `${url}&cursor=${encodeURIComponent(cursor)}`),
    ({ body, status }) => {
      assert.strictEqual(status, 200)
      return body
    }
  )

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("lists", (it) => {
  it.effect("are read forward and back, in both directions, and each page states its position", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* filled
        for (const list of LISTS) {
          for (const limit of [1, 7, 30, SIZE]) {
            const url = `${api.url}/${list}&limit=${limit}&count=true`
            const pages: Array<Placed> = [yield* page(url, null)]
            for (let last = pages[0]; last?.next != null; last = pages.at(-1)) pages.push(yield* page(url, last.next))
            assert.strictEqual(pages.length, Math.ceil(SIZE / limit), list)
            let read = 0
            for (const { items, position } of pages) {
              assert.deepStrictEqual(position, { first: read + 1, total: SIZE }, list)
              read += items.length
            }
            assert.strictEqual(pages[0]?.previous, null)
            // The way back shows the same pages.
            let { previous } = pages.at(-1) ?? { previous: null }
            for (const expected of pages.slice(0, -1).toReversed()) {
              const found = yield* page(url, previous)
              assert.deepStrictEqual(found.items, expected.items, `${list}, back`)
              assert.deepStrictEqual(found.position, expected.position)
              assert.strictEqual(found.next === null, expected.next === null)
              previous = found.previous
            }
            assert.strictEqual(previous, null, `${list}: the first page has none before it`)
          }
        }
      })
    )
  )

  it.effect("in the other direction hold the same items; unknown values are last in both", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* filled
        for (const [list, column] of [
          ["streams?sort=chat_count", "chat_count"],
          ["streams?sort=avg_sentiment", "avg_sentiment"],
          ["moments?sort=intensity", "intensity"],
          ["moments?sort=timestamp", "timestamp"],
          ["dead-letters?limit=9", "kafka_offset"]
        ] as const) {
          const values = (order: string) =>
            Effect.map(itemsOf<Readonly<Record<string, unknown>>>(`${api.url}/${list}&order=${order}`), (items) =>
              items.map((item) => item[column])
            )
          const [down, up] = [yield* values("desc"), yield* values("asc")]
          const unknown = down.filter((value) => value === null)
          assert.strictEqual(down.length, SIZE)
          for (const direction of [down, up]) {
            assert.deepStrictEqual(direction.slice(SIZE - unknown.length), unknown, list)
          }
          const known = (found: ReadonlyArray<unknown>) => found.slice(0, SIZE - unknown.length)
          assert.deepStrictEqual(known(down), known(up).toReversed(), list)
        }
      })
    )
  )

  it.effect("count what the filters leave, only if the request has `count=true`", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* filled
        for (const [list, total] of [
          ["streams?search=s5", 11],
          ["streams?search=nobody", 0],
          ["streams?min_scored=0", SIZE],
          ["streams?min_scored=1000000", 0],
          ["moments?min_intensity=0", SIZE - 3],
          ["moments?stream=s7", 1],
          ["moments?stream=nobody", 0],
          ["dead-letters?topic=nothing", 0]
        ] as const) {
          const counted = yield* page(`${api.url}/${list}&count=true&limit=5`, null)
          assert.deepStrictEqual(counted.position, { first: Math.min(1, total), total }, list)
          assert.strictEqual((yield* page(`${api.url}/${list}`, null)).position, null)
        }
      })
    )
  )

  it.effect("leave out streams with fewer scored messages than `min_scored`, summed over their tasks", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const first = yield* startTask({ sourcePartition: 0 })
        const second = yield* startTask({ sourcePartition: 1 })
        yield* first.commit({
          rows: [
            rowOf({ stream: "many", scoredCount: 9 }),
            rowOf({ stream: "few", scoredCount: 4 }),
            rowOf({ stream: "split", scoredCount: 4 })
          ]
        })
        yield* second.commit({ rows: [rowOf({ stream: "split", scoredCount: 5 })] })
        const found = yield* itemsOf<{ readonly stream_id: string }>(
          `${api.url}/streams?sort=stream_id&min_scored=5&limit=1`
        )
        assert.deepStrictEqual(
          found.map(({ stream_id }) => stream_id),
          ["many", "split"]
        )
      })
    )
  )

  it.effect("are counted to 10,000 and no further", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* startTask()
        yield* sql`INSERT INTO moments (source_partition, stream_id, timestamp, moment_type, opened_as, intensity)
          SELECT 0, 's', TIMESTAMP '2026-01-31' + n * interval '1 second', 'hype', 'hype', 5
          FROM generate_series(1, 10500) n`
        const url = `${api.url}/moments?limit=300&count=true&order=asc`
        let found = yield* page(url, null)
        assert.deepStrictEqual(found.position, { first: 1, total: null })
        while (found.next !== null) found = yield* page(url, found.next)
        assert.deepStrictEqual(found.position, { first: null, total: null })
      })
    )
  )

  it.effect("refuse the cursor of another order", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* filled
        for (const [list, other] of [
          ["streams?sort=chat_count", "streams?sort=chat_count&order=asc"],
          ["moments?order=asc", "moments?order=desc"],
          ["moments?sort=intensity", "moments?sort=timestamp"],
          ["dead-letters?order=asc", "dead-letters?order=desc"]
        ]) {
          const { next } = yield* page(`${api.url}/${list}&limit=5`, null)
          const refused = yield* request<{ readonly detail: string }>(`${api.url}/${other}&cursor=${next}`)
          assert.strictEqual(refused.status, 400)
          assert.match(refused.body.detail, /^cursor: belongs to a list/)
        }
      })
    )
  )
})
