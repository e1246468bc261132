import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { BroadcastComparison, BroadcastDetail, BroadcastItem } from "../../src/api/Broadcasts.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import { AFTER_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { readLatest } from "../../src/query/LatestBroadcasts.ts"
import { broadcastOf, momentOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { iso } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { Random } from "../harness/Random.ts"
import { itemsOf, type Page, request } from "../harness/Request.ts"

type Item = typeof BroadcastItem.Encoded

const HOUR = 3_600_000
/** SESSION_GAP by default. */
const GAP = 600_000

/** From so many hours after the first instant, so many hours long. */
const broadcast = (stream: string, fromHours: number, hours: number, over: Partial<Broadcast> = {}): Broadcast => {
  const startedAtMs = EventTimeMs(T0 + fromHours * HOUR)
  return broadcastOf({
    stream,
    startedAtMs,
    endedAtMs: EventTimeMs(startedAtMs + hours * HOUR),
    peakViewersAtMs: startedAtMs,
    peakMessagesAtMs: startedAtMs,
    peakPeopleAtMs: startedAtMs,
    ...over
  })
}

/** A moment so many hours after the first instant, in the broadcast that begins at `fromHours`. */
const moment = (stream: string, fromHours: number, hours: number, intensity: number) =>
  momentOf({
    stream,
    timestampMs: EventTimeMs(T0 + hours * HOUR),
    endedAtMs: EventTimeMs(T0 + hours * HOUR + 60_000),
    intensity,
    metadata: { ...momentOf().metadata, broadcast_start: iso(T0 + fromHours * HOUR) }
  })

/** Streams, and whether their broadcasts are over. */
const over = (url: string, filter: string) =>
  Effect.map(itemsOf<Item>(`${url}/broadcasts${filter}`), (items) =>
    items.map(({ over, stream_id }) => [stream_id, over]).toSorted()
  )

const starts = (items: ReadonlyArray<Item>) => items.map(({ started_at, stream_id }) => [stream_id, started_at])

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("broadcasts", (it) => {
  it.effect("list the moments that they count, those after their end included", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const first = broadcast("alpha", 0, 3)
        const second = broadcast("alpha", 24, 2)
        const own = [moment("alpha", 0, 1, 5), moment("alpha", 0, 2.9, 9), moment("alpha", 0, 3.1, 7)]
        const others = [moment("beta", 0, 1, 99), moment("alpha", 24, 25, 4), moment("alpha", 24, 2.5, 98)]
        const watermark = { watermarkMs: EventTimeMs(second.endedAtMs) }
        yield* (yield* startTask()).commit({ broadcasts: [first, second], moments: [...own, ...others] }, watermark)
        // The same stream in another task.
        const other = yield* startTask({ sourcePartition: 9 })
        yield* other.commit({ broadcasts: [first], moments: [moment("alpha", 0, 1.5, 97)] }, watermark)
        const broadcasts = yield* itemsOf<Item>(`${api.url}/broadcasts?order=asc`)
        assert.deepStrictEqual(
          broadcasts.map(({ moments }) => moments),
          [3, 1, 1]
        )
        const listOf = (filter: string) =>
          Effect.map(itemsOf<{ readonly intensity: number }>(`${api.url}/moments?${filter}`), (items) =>
            items.map(({ intensity }) => intensity)
          )
        const [id = "", elsewhere = "", later = ""] = broadcasts.map((one) => one.id)
        assert.deepStrictEqual(yield* listOf(`broadcast=${id}`), [7, 9, 5])
        assert.deepStrictEqual(yield* listOf(`broadcast=${id}&sort=intensity&limit=1`), [9, 7, 5])
        assert.deepStrictEqual(yield* listOf(`broadcast=${id}&min_intensity=6&order=asc`), [9, 7])
        assert.deepStrictEqual(yield* listOf(`broadcast=${elsewhere}`), [97])
        assert.deepStrictEqual(yield* listOf(`broadcast=${later}`), [4])
        const counted = yield* request<Page<unknown>>(`${api.url}/moments?broadcast=${id}&count=true`)
        assert.deepInclude(counted.body, { position: { first: 1, total: 3 } })
        const sql = yield* SqlClient
        yield* sql`DELETE FROM broadcasts WHERE source_partition = 9`
        assert.deepStrictEqual(yield* listOf(`broadcast=${elsewhere}`), [])
        assert.strictEqual((yield* request(`${api.url}/moments?broadcast=nothing`)).status, 400)
      })
    )
  )

  it.effect("have the columns of the table, their moments, and an end", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const first = broadcast("alpha", 0, 3)
        const second = broadcast("alpha", 24, 2, { avgViewers: null, peakViewers: null, peakViewersAtMs: null })
        yield* (yield* startTask()).commit(
          {
            broadcasts: [first, second],
            moments: [
              moment("alpha", 0, 1, 5),
              moment("alpha", 0, 2, 9.5),
              moment("alpha", 0, 2.5, 9.5),
              // These are of another stream and of another broadcast.
              moment("beta", 0, 1, 99),
              moment("alpha", 24, 25, 4)
            ]
          },
          { watermarkMs: EventTimeMs(second.endedAtMs + GAP - 1) }
        )
        const [newest, oldest] = yield* itemsOf<Item>(`${api.url}/broadcasts?stream=alpha`)
        assert.isDefined(newest)
        assert.isDefined(oldest)
        const { id, best_moment, ...columns } = oldest
        assert.deepStrictEqual(columns, {
          stream_id: "alpha",
          started_at: iso(first.startedAtMs),
          ended_at: iso(first.endedAtMs),
          over: true,
          length_seconds: 3 * 3600,
          messages: first.messages,
          scored: first.scored,
          avg_sentiment: first.avgSentiment,
          avg_viewers: first.avgViewers,
          peak_viewers: first.peakViewers,
          peak_viewers_at: iso(first.startedAtMs),
          peak_messages: first.peakMessages,
          peak_messages_at: iso(first.startedAtMs),
          peak_people: first.peakPeople,
          peak_people_at: iso(first.startedAtMs),
          moments: 3
        })
        // The first among equals.
        assert.deepInclude(best_moment, { timestamp: iso(T0 + 2 * HOUR), intensity: 9.5, moment_type: "chat_spike" })
        assert.deepInclude(newest, { over: false, moments: 1, avg_viewers: null, peak_viewers_at: null })

        const { body } = yield* request<typeof BroadcastDetail.Encoded>(`${api.url}/broadcasts/${id}`)
        assert.deepStrictEqual(body, { broadcast: oldest, previous: null, next: newest })
        const latest = yield* request<typeof BroadcastDetail.Encoded>(`${api.url}/broadcasts/${newest.id}`)
        assert.deepStrictEqual(latest.body, { broadcast: newest, previous: oldest, next: null })
      })
    )
  )

  it.effect("are over once the watermark of their task is SESSION_GAP after their end", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask({ sourcePartition: 0 })
        const other = yield* startTask({ sourcePartition: 1 })
        const { endedAtMs } = broadcast("alpha", 0, 1)
        yield* task.commit(
          { broadcasts: [broadcast("alpha", 0, 1)] },
          { watermarkMs: EventTimeMs(endedAtMs + GAP - 1) }
        )
        yield* other.commit({ broadcasts: [broadcast("beta", 0, 1)] }, { watermarkMs: AFTER_ALL })
        assert.deepStrictEqual(yield* over(api.url, ""), [
          ["alpha", false],
          ["beta", true]
        ])
        assert.deepStrictEqual(yield* over(api.url, "?over=true"), [["beta", true]])
        assert.deepStrictEqual(yield* over(api.url, "?over=false"), [["alpha", false]])
        yield* task.commit({}, { watermarkMs: EventTimeMs(endedAtMs + GAP) })
        assert.deepStrictEqual(yield* over(api.url, ""), [
          ["alpha", true],
          ["beta", true]
        ])
      })
    )
  )

  it.effect("are listed by every filter, in both directions, each once whatever the page", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(9)
        const streams = ["alpha", "Alphabet", "a%b_c\\", "x' OR '1'='1", "\u{1F600}"]
        const byKey = new Map<string, Broadcast>()
        for (let index = 0; index < 80; index++) {
          const made = broadcast(random.among(streams) ?? "", random.between(0, 30), 0.5)
          byKey.set(`${made.stream} ${made.startedAtMs}`, made)
        }
        const broadcasts = [...byKey.values()].toSorted(
          (a, b) => b.startedAtMs - a.startedAtMs || Buffer.compare(Buffer.from(b.stream), Buffer.from(a.stream))
        )
        yield* (yield* startTask()).commit({ broadcasts }, { watermarkMs: EventTimeMs(T0 + 100 * HOUR) })
        const expected = (keep: (broadcast: Broadcast) => boolean) =>
          broadcasts.filter(keep).map(({ startedAtMs, stream }) => [stream, iso(startedAtMs)])
        const newest = new Map<string, number>()
        for (const { startedAtMs, stream } of broadcasts)
          newest.set(stream, Math.max(newest.get(stream) ?? 0, startedAtMs))
        const filters: ReadonlyArray<readonly [string, (broadcast: Broadcast) => boolean]> = [
          ["", () => true],
          ["stream=alpha", ({ stream }) => stream === "alpha"],
          ["search=ALPHA", ({ stream }) => stream.toLowerCase().includes("alpha")],
          ["search=%25b_", ({ stream }) => stream.includes("%b_")],
          ["search=%5C", ({ stream }) => stream.includes("\\")],
          [`from=${iso(T0 + 5 * HOUR)}`, ({ startedAtMs }) => startedAtMs >= T0 + 5 * HOUR],
          [`to=${iso(T0 + 5 * HOUR)}`, ({ startedAtMs }) => startedAtMs < T0 + 5 * HOUR],
          ["latest=true", ({ startedAtMs, stream }) => startedAtMs === newest.get(stream)],
          ["latest=false", () => true],
          [
            "over=true&latest=true&search=alpha",
            ({ startedAtMs, stream }) => startedAtMs === newest.get(stream) && stream.toLowerCase().includes("alpha")
          ],
          ["over=false", () => false]
        ]
        for (const [filter, keep] of filters) {
          for (const limit of [1, 7, 500]) {
            const url = `${api.url}/broadcasts?limit=${limit}&${filter}`
            assert.deepStrictEqual(starts(yield* itemsOf<Item>(url)), expected(keep), `${filter}, ${limit} a page`)
            assert.deepStrictEqual(starts(yield* itemsOf<Item>(`${url}&order=asc`)), expected(keep).toReversed())
          }
        }
        type Placed = Page<Item> & {
          readonly previous: string | null
          readonly position: { readonly first: number; readonly total: number }
        }
        const page = (cursor: string | null) =>
          Effect.map(
            request<Placed>(`${api.url}/broadcasts?limit=7&count=true${cursor === null ? "" : `&cursor=${cursor}`}`),
            ({ body }) => body
          )
        const first = yield* page(null)
        const second = yield* page(first.next)
        const third = yield* page(second.next)
        assert.deepStrictEqual(third.position, { first: 15, total: broadcasts.length })
        assert.deepStrictEqual((yield* page(third.previous)).items, second.items)
        const again = yield* page(second.previous)
        assert.deepStrictEqual([again.items, again.previous, again.position.first], [first.items, null, 1])
        const file = yield* Effect.promise(() => fetch(`${api.url}/broadcasts?format=csv`).then((r) => r.text()))
        assert.strictEqual(file.trimEnd().split("\r\n").length, broadcasts.length + 1)
        assert.include(file.split("\r\n")[0], "best_moment_intensity")
        assert.strictEqual((yield* request(`${api.url}/broadcasts?cursor=${first.next}&order=asc`)).status, 400)
      })
    )
  )

  it.effect("are found as the latest of their streams among many earlier ones, without a probe of each", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* startTask()
        const sql = yield* SqlClient
        // Stream n of 40 has 500 broadcasts, and all the latest ones are at the end.
        yield* sql`INSERT INTO broadcasts
          (source_partition, stream_id, started_at, ended_at, messages, scored, peak_messages, peak_people)
          SELECT 3, 'stream ' || n % 40, TIMESTAMP '2020-01-01' + n * interval '1 hour',
            TIMESTAMP '2020-01-01' + n * interval '1 hour', 1, 1, 1, 1
          FROM generate_series(0, 19999) n`
        yield* sql`VACUUM ANALYZE broadcasts`
        const ascending = Array.from({ length: 40 }, (_, stream) => [
          `stream ${stream}`,
          iso(Date.UTC(2020, 0, 1) + (19_960 + stream) * HOUR)
        ])
        for (const limit of [7, 40, 100]) {
          const url = `${api.url}/broadcasts?latest=true&limit=${limit}`
          assert.deepStrictEqual(starts(yield* itemsOf<Item>(`${url}&order=asc`)), ascending)
          assert.deepStrictEqual(starts(yield* itemsOf<Item>(url)), ascending.toReversed())
          assert.deepStrictEqual(starts(yield* itemsOf<Item>(`${url}&to=2020-02-01`)), [])
        }
        type Placed = Page<Item> & { readonly previous: string | null; readonly position: unknown }
        for (const order of ["asc", "desc"]) {
          const page = (cursor = "") =>
            Effect.map(
              request<Placed>(`${api.url}/broadcasts?latest=true&limit=15&count=true&order=${order}${cursor}`),
              ({ body }) => body
            )
          const first = yield* page()
          const second = yield* page(`&cursor=${first.next}`)
          const third = yield* page(`&cursor=${second.next}`)
          assert.deepStrictEqual(third.position, { first: 31, total: 40 })
          assert.deepStrictEqual((yield* page(`&cursor=${third.previous}`)).items, second.items)
        }
        for (const [direction, year] of [
          ["asc", 2000],
          ["desc", 2100]
        ] as const) {
          const loops: Array<number> = []
          yield* readLatest({}, { direction, fromMs: Date.UTC(year, 0), enough: 51 }, (isLatest) =>
            Effect.gen(function* () {
              const [row] = yield* sql<{ readonly "QUERY PLAN": unknown }>`EXPLAIN (ANALYZE, FORMAT JSON)
                SELECT * FROM broadcasts b WHERE ${isLatest}
                ORDER BY started_at ${sql.literal(direction)} LIMIT 51`
              const plan = JSON.stringify(row?.["QUERY PLAN"])
              for (const [, count] of plan.matchAll(/"Actual Loops":\s*(\d+)/g)) loops.push(Number(count))
              return []
            })
          )
          assert.isAbove(loops.length, 4)
          assert.isBelow(Math.max(...loops), 6_000, direction)
        }
      })
    )
  )

  it.effect("are compared figure by figure", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const before = broadcast("alpha", 0, 2, { messages: 6000, avgViewers: 100, avgSentiment: -0.25 })
        const after = broadcast("alpha", 24, 3, { messages: 18_000, avgViewers: null, avgSentiment: 0.25 })
        yield* (yield* startTask()).commit({ broadcasts: [before, after], moments: [moment("alpha", 24, 25, 8)] })
        const [a, b] = yield* itemsOf<Item>(`${api.url}/broadcasts`)
        const { body } = yield* request<typeof BroadcastComparison.Encoded>(
          `${api.url}/broadcasts/compare?a=${a?.id}&b=${b?.id}`
        )
        assert.deepStrictEqual([body.a, body.b], [a, b])
        const figures = new Map(body.differences.map(({ figure, ...difference }) => [figure, difference]))
        assert.deepStrictEqual(figures.get("length_seconds"), { a: 10_800, b: 7200, change: 3600, share: 0.5 })
        assert.deepStrictEqual(figures.get("messages"), { a: 18_000, b: 6000, change: 12_000, share: 2 })
        assert.deepStrictEqual(figures.get("messages_per_minute"), { a: 100, b: 50, change: 50, share: 1 })
        assert.deepStrictEqual(figures.get("avg_viewers"), { a: null, b: 100, change: null, share: null })
        assert.deepStrictEqual(figures.get("avg_sentiment"), { a: 0.25, b: -0.25, change: 0.5, share: 2 })
        assert.deepStrictEqual(figures.get("moments"), { a: 1, b: 0, change: 1, share: null })
        assert.deepStrictEqual(figures.get("best_intensity"), { a: 8, b: null, change: null, share: null })
      })
    )
  )

  it.effect("that do not exist are not found", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* (yield* startTask()).commit({ broadcasts: [broadcast("alpha", 0, 1)] })
        const [{ id } = { id: "" }] = yield* itemsOf<Item>(`${api.url}/broadcasts`)
        const other = Buffer.from(JSON.stringify({ task: 3, stream: "alpha", startedMs: T0 + 1 })).toString("base64url")
        const statuses = Effect.forEach(
          [id, other, "x", "compare2", `compare?a=${id}&b=${other}`, `compare?a=${id}`, `compare?a=${id}&b=${id}`],
          (path) => Effect.map(request(`${api.url}/broadcasts/${path}`), ({ status }) => status)
        )
        assert.deepStrictEqual(yield* statuses, [200, 404, 404, 404, 404, 400, 200])
      })
    )
  )

  it.effect("are read without a window, and by an index of their streams", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const broadcasts = Array.from({ length: 4000 }, (_, index) => broadcast(`s${index % 1000}`, index, 0.5))
        yield* (yield* startTask()).commit({ broadcasts })
        yield* sql`ANALYZE broadcasts`
        // A query of windows would fail.
        yield* sql`ALTER TABLE chat_summary_minute RENAME TO hidden`
        const seen = Effect.gen(function* () {
          yield* Effect.sleep("1200 millis")
          yield* sql`SELECT pg_stat_force_next_flush()`
          const [row] = yield* sql<{ rows: bigint }>`SELECT seq_tup_read AS rows FROM pg_stat_user_tables
            WHERE relname = 'broadcasts' AND schemaname = current_schema()`
          return row?.rows
        })
        const before = yield* seen
        const items = yield* itemsOf<Item>(`${api.url}/broadcasts?stream=s7`)
        assert.strictEqual(items.length, 4)
        assert.strictEqual((yield* request<Page<Item>>(`${api.url}/broadcasts?limit=50`)).body.items.length, 50)
        assert.strictEqual((yield* request(`${api.url}/broadcasts/${items[1]?.id}`)).status, 200)
        assert.strictEqual(
          (yield* request(`${api.url}/broadcasts/compare?a=${items[0]?.id}&b=${items[1]?.id}`)).status,
          200
        )
        assert.strictEqual(yield* seen, before)
        yield* sql`ALTER TABLE hidden RENAME TO chat_summary_minute`
      })
    )
  )
})
