import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { SummaryPoint } from "../../src/api/Streams.ts"
import { rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../harness/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request, itemsOf, type Page, pagesOf } from "../harness/Request.ts"
import { iso, pointOf } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"

type Point = typeof SummaryPoint.Encoded

const SLIDE = 10_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The window that starts `index` slides after the first. */
const windowAt = (index: number, over: Partial<SummaryRow> = {}, sizeMs = MINUTE): SummaryRow => {
  const startMs = T0 + index * SLIDE
  return rowOf({ startMs: EventTimeMs(startMs), endMs: EventTimeMs(startMs + sizeMs), ...over })
}

const starts = (points: ReadonlyArray<Point>): ReadonlyArray<string> => points.map(({ window_start }) => window_start)

/** A bound of the range, as a parameter of the query. */
const bound = (name: string, ms: number | undefined) => (ms === undefined ? "" : `&${name}=${iso(T0 + ms)}`)

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("a stream's windows", (it) => {
  it.effect(
    "ascend, each once whatever the page, within a closed start and an open end, with the scores that are stored",
    () =>
      withApi(({ api }) =>
        Effect.gen(function* () {
          const rows = Array.from({ length: 45 }, (_, index) =>
            windowAt(index, { chatCount: index, zScore: index < 12 ? null : index / 7, isAnomaly: index >= 21 })
          )
          const other = windowAt(3, { stream: "alpha2" })
          // Two windows with one start: those of other settings.
          const wide = windowAt(20, { zScore: null }, 2 * MINUTE)
          yield* (yield* startTask()).commit({ rows: [...rows, other, wide] })
          const all = [...rows.slice(0, 21), wide, ...rows.slice(21)].map(pointOf)
          const url = `${api.url}/streams/alpha/summaries`
          for (const limit of [1, 7, 46, 5000]) {
            assert.deepStrictEqual(yield* itemsOf<Point>(`${url}?limit=${limit}`), all, `${limit} a page`)
          }
          const between = (from: number | undefined, to: number | undefined) =>
            itemsOf<Point>(`${url}?limit=4${bound("from", from)}${bound("to", to)}`)
          const expected = (from: number, to: number) =>
            all.filter(({ window_start }) => window_start >= iso(T0 + from) && window_start < iso(T0 + to))
          assert.deepStrictEqual(yield* between(5 * SLIDE, 9 * SLIDE), expected(5 * SLIDE, 9 * SLIDE))
          assert.deepStrictEqual(yield* between(5 * SLIDE + 1, 9 * SLIDE + 1), expected(5 * SLIDE + 1, 9 * SLIDE + 1))
          assert.deepStrictEqual(yield* between(40 * SLIDE, undefined), expected(40 * SLIDE, 45 * SLIDE))
          assert.deepStrictEqual(yield* between(undefined, 2 * SLIDE), expected(0, 2 * SLIDE))
          assert.deepStrictEqual(yield* between(100 * SLIDE, undefined), [])
          assert.deepStrictEqual(yield* between(-HOUR, 0), [])
          assert.deepStrictEqual(yield* between(SLIDE, SLIDE), [])
          assert.deepStrictEqual(yield* between(2 * SLIDE, SLIDE), [])
          assert.deepStrictEqual((yield* request(`${api.url}/streams/nobody/summaries`)).body, {
            items: [],
            next: null
          })
        })
      )
  )

  it.effect("are those of its last hour if no range is requested, however long ago that was", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const rows = Array.from({ length: 400 }, (_, index) => windowAt(index))
        yield* (yield* startTask()).commit({ rows })
        assert.deepStrictEqual(
          starts(yield* itemsOf<Point>(`${api.url}/streams/alpha/summaries?limit=100`)),
          rows.slice(-360).map(({ startMs }) => iso(startMs))
        )
      })
    )
  )

  it.effect("come once each while there are more and more of them", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const rows = Array.from({ length: 40 }, (_, index) => windowAt(index))
        yield* task.commit({ rows: rows.slice(0, 10) })
        let next = 10
        const pages = yield* pagesOf(
          `${api.url}/streams/alpha/summaries?limit=5`,
          Effect.suspend(() =>
            next < rows.length ? task.commit({ rows: rows.slice(next, (next += 6)) }) : Effect.void
          )
        )
        assert.deepStrictEqual(
          starts(pages.flat() as ReadonlyArray<Point>),
          rows.map(({ startMs }) => iso(startMs))
        )
      })
    )
  )

  it.effect("in steps keep their peaks; means are weighted", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(11)
        const rows = Array.from({ length: 200 }, (_, index) =>
          windowAt(index, {
            chatCount: random.between(0, 6),
            uniqueChatters: random.between(0, 100),
            avgSentiment: random.chance(0.3) ? null : random.next() - 0.5,
            avgViewers: random.chance(0.3) ? null : random.next() * 100,
            zScore: random.chance(0.3) ? null : random.next() * 10 - 5,
            isAnomaly: random.chance(0.1),
            complete: random.chance(0.9)
          })
        ).filter(() => random.chance(0.8))
        yield* (yield* startTask()).commit({ rows })
        for (const step of [1, 10, 45, 60, 300, 7 * 86_400]) {
          const url = `${api.url}/streams/alpha/summaries?step=${step}`
          for (const [from, to] of [
            [0, 2000 * SLIDE],
            [33_333, 1_000_001]
          ] as const) {
            const inRange = rows.filter(({ startMs }) => startMs >= T0 + from && startMs < T0 + to)
            const steps = [...Map.groupBy(inRange, ({ startMs }) => Math.floor(startMs / (step * 1000))).values()]
            for (const limit of [1, 3, 5000]) {
              const points = yield* itemsOf<Point>(`${url}&from=${iso(T0 + from)}&to=${iso(T0 + to)}&limit=${limit}`)
              assert.strictEqual(points.length, steps.length, `steps of ${step} s, ${limit} a page`)
              for (const [index, windows] of steps.entries()) assertStep(points[index], windows)
            }
          }
        }
        assert.strictEqual((yield* request(`${api.url}/streams/alpha/summaries?step=0`)).status, 400)
        assert.strictEqual((yield* request(`${api.url}/streams/alpha/summaries?step=1.5`)).status, 400)
      })
    )
  )

  it.effect("in steps are found across years in a few pages", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const rows = [0, 1, 4000, 3_000_000].map((index) => windowAt(index))
        yield* (yield* startTask()).commit({ rows })
        const pages = yield* pagesOf(
          `${api.url}/streams/alpha/summaries?step=1&limit=5&from=1970-01-01&to=9999-12-31`,
          Effect.void
        )
        assert.deepStrictEqual(
          (pages as ReadonlyArray<ReadonlyArray<Point>>).map(starts),
          rows.map(({ startMs }) => [iso(startMs)])
        )
      })
    )
  )

  it.effect("hold nothing that JSON cannot represent, whatever an earlier job left", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* (yield* startTask()).commit({
          rows: [windowAt(0, { zScore: 2 }), windowAt(1, { zScore: -3, avgViewers: 7, avgSentiment: 0.5 })]
        })
        yield* sql`UPDATE chat_summary_minute SET avg_sentiment = 'NaN', chat_rate = 'Infinity',
            avg_viewers = '-Infinity', z_score = 'NaN'
          WHERE window_start = '2024-05-01 00:00:00'`
        yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count,
            unique_chatters, positive_count, negative_count, chat_rate, top_emotes, is_anomaly, complete)
          VALUES ('alpha', '2024-05-01 00:00:20', '2024-05-01 00:01:20', NULL, NULL,
            NULL, NULL, NULL, NULL, NULL, NULL)`
        const points = yield* itemsOf<Point>(`${api.url}/streams/alpha/summaries?limit=2`)
        assert.deepStrictEqual(points[0], {
          ...pointOf(windowAt(0)),
          avg_sentiment: null,
          chat_rate: 0,
          avg_viewers: null,
          z_score: null
        })
        assert.deepStrictEqual(points[2], {
          ...pointOf(windowAt(2)),
          chat_count: 0,
          unique_chatters: 0,
          avg_sentiment: null,
          scored_count: 0,
          positive_count: 0,
          negative_count: 0,
          chat_rate: 0,
          avg_viewers: null,
          top_emotes: [],
          emote_counts: [],
          z_score: null,
          is_anomaly: false
        })
        const [step] = yield* itemsOf<Point>(`${api.url}/streams/alpha/summaries?step=60`)
        assert.deepInclude(step, {
          windows: 3,
          avg_sentiment: 0.5,
          avg_viewers: 7,
          z_score: -3,
          is_anomaly: true,
          complete: true
        })
      })
    )
  )

  it.effect("merge a stream in several tasks into one window each", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        for (const sourcePartition of [0, 1, 2]) {
          const rows = Array.from({ length: 20 }, (_, index) =>
            windowAt(index, { chatCount: index * (sourcePartition + 1) })
          )
          yield* (yield* startTask({ sourcePartition })).commit({ rows })
        }
        const points = yield* itemsOf<Point>(`${api.url}/streams/alpha/summaries?limit=3`)
        assert.deepStrictEqual(
          points.map(({ chat_count, unique_chatters }) => [chat_count, unique_chatters]),
          Array.from({ length: 20 }, (_, index) => [index * 6, 15])
        )
        const { body } = yield* request<Page<Point>>(`${api.url}/streams/alpha/summaries?step=86400`)
        assert.deepInclude(body.items[0], { windows: 20, chat_count: 19 * 6 })
      })
    )
  )
})

/** The windows of one step, ascending. */
const assertStep = (point: Point | undefined, windows: ReadonlyArray<SummaryRow>): void => {
  const most = Math.max(...windows.map(({ chatCount }) => chatCount))
  const busiest = windows.find(({ chatCount }) => chatCount === most) ?? rowOf()
  const scored = windows.filter(({ avgSentiment }) => avgSentiment !== null)
  const messages = scored.reduce((sum, { chatCount }) => sum + chatCount, 0)
  const viewed = windows.map(({ avgViewers }) => avgViewers).filter((value) => value !== null)
  const scores = windows.map(({ zScore }) => zScore).filter((value) => value !== null)
  const expected: Point = {
    ...pointOf(busiest),
    windows: windows.length,
    avg_sentiment:
      messages === 0 ? null : scored.reduce((sum, row) => sum + (row.avgSentiment ?? 0) * row.chatCount, 0) / messages,
    avg_viewers: viewed.length === 0 ? null : viewed.reduce((sum, value) => sum + value, 0) / viewed.length,
    z_score: scores.length === 0 ? null : scores.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a)),
    is_anomaly: windows.some(({ isAnomaly }) => isAnomaly),
    complete: windows.every(({ complete }) => complete)
  }
  assert.isDefined(point)
  for (const mean of ["avg_sentiment", "avg_viewers"] as const) {
    assert.strictEqual(point[mean] === null, expected[mean] === null)
    assert.approximately(point[mean] ?? 0, expected[mean] ?? 0, 1e-9)
  }
  assert.deepStrictEqual(
    { ...point, avg_sentiment: expected.avg_sentiment, avg_viewers: expected.avg_viewers },
    expected
  )
}
