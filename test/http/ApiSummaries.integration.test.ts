import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { MomentDetail } from "../../src/http/api/Moments.ts"
import type { SummaryPoint } from "../../src/http/api/Streams.ts"
import { momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../faults/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { ask, itemsOf, type Page, pagesOf } from "../harness/Ask.ts"
import { iso, pointOf } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { judge, type OracleMoment } from "../oracle/Judge.ts"

type Point = typeof SummaryPoint.Encoded

const SLIDE = 10_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE

const DETECTION = { threshold: 3, baselineWindows: 10, minBaseline: 3 }

/** The window that starts `index` slides after the first. */
const windowAt = (index: number, over: Partial<SummaryRow> = {}, sizeMs = MINUTE): SummaryRow => {
  const startMs = T0 + index * SLIDE
  return rowOf({ startMs: EventTimeMs(startMs), endMs: EventTimeMs(startMs + sizeMs), ...over })
}

const starts = (points: ReadonlyArray<Point>): ReadonlyArray<string> => points.map(({ window_start }) => window_start)

/** So many windows of a stream, some missing, some loud, with what the detectors say of them. */
const judged = (seed: number, count: number, sizeMs = MINUTE, firstIndex = 0) => {
  const random = new Random(seed)
  const rows = Array.from({ length: count }, (_, index) => {
    const loud = index % 50 > 44 ? 30 : 1
    return windowAt(
      firstIndex + index,
      { chatCount: random.between(3, 20) * loud, uniqueChatters: random.between(1, 3) },
      sizeMs
    )
  }).filter(() => !random.chance(0.05))
  return judge(rows, { sizeMs, slideMs: SLIDE, ...DETECTION })
}

const toRow = (row: ReturnType<typeof judged>["rows"][number]): SummaryRow => ({
  ...row,
  startMs: EventTimeMs(row.startMs),
  endMs: EventTimeMs(row.endMs)
})

const toMoment = ({ metadata, ...moment }: OracleMoment): Moment =>
  momentOf({
    stream: moment.stream,
    type: moment.type === "chat_spike" ? "chat_spike" : "chat_drop",
    timestampMs: EventTimeMs(moment.timestampMs),
    endedAtMs: EventTimeMs(moment.endedAtMs),
    intensity: moment.intensity,
    metadata
  })

/** What was usual, told anew from the values: mean and deviation of the windows that overlap neither each other nor this one. */
const usual = (rows: ReadonlyArray<SummaryRow>, row: SummaryRow) => {
  const distance = Math.ceil((row.endMs - row.startMs) / SLIDE) * SLIDE
  const reach = rows.filter(
    ({ startMs }) => startMs >= row.startMs - 10 * distance && startMs <= row.startMs - distance
  )
  const first = Math.min(...reach.map(({ startMs }) => startMs))
  const values: Array<number> = []
  for (let k = 1; k <= 10 && row.startMs - k * distance >= first; k++) {
    values.push(reach.find(({ startMs }) => startMs === row.startMs - k * distance)?.chatCount ?? 0)
  }
  if (values.length < 3) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.max(Math.sqrt(variance), Math.sqrt(Math.max(mean, 1))) }
}

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("a stream's windows", (it) => {
  it.effect("ascend, each once whatever the page, within a range closed at its start and open at its end", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const rows = Array.from({ length: 45 }, (_, index) => windowAt(index, { chatCount: index, zScore: null }))
        const other = windowAt(3, { stream: "alpha2" })
        // two windows with one start: those of other settings
        const wide = windowAt(20, { zScore: null }, 2 * MINUTE)
        yield* (yield* startTask()).commit({ rows: [...rows, other, wide] })
        const all = [...rows.slice(0, 21), wide, ...rows.slice(21)].map(pointOf)
        const url = `${api.url}/streams/alpha/summaries`
        for (const limit of [1, 7, 46, 5000]) {
          assert.deepStrictEqual(yield* itemsOf<Point>(`${url}?limit=${limit}`), all, `${limit} a page`)
        }
        const between = (from: number | undefined, to: number | undefined) =>
          itemsOf<Point>(
            `${url}?limit=4${from === undefined ? "" : `&from=${iso(T0 + from)}`}${to === undefined ? "" : `&to=${iso(T0 + to)}`}`
          )
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
        assert.deepStrictEqual((yield* ask(`${api.url}/streams/nobody/summaries`)).body, { items: [], next: null })
      })
    )
  )

  it.effect("are those of its last hour where no range is asked for, however long ago that was", () =>
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

  it.effect("say what was usual: as the detectors had it, and as it makes their score", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const { moments, rows: all } = judged(3, 300)
        const rows = all.map(toRow)
        const chat = moments.filter(({ type }) => type.startsWith("chat_"))
        assert.isAbove(chat.length, 5)
        yield* (yield* startTask()).commit({ rows, moments: chat.map(toMoment) })
        const url = `${api.url}/streams/alpha/summaries?from=${iso(T0)}`
        const points = yield* itemsOf<Point>(`${url}&limit=5000`)
        assert.strictEqual(points.length, rows.length)
        for (const [index, row] of rows.entries()) {
          const { baseline_deviation, baseline_mean, chat_count, z_score } = points[index] ?? pointOf(row)
          const expected = usual(rows, row)
          assert.strictEqual(z_score === null, expected === undefined)
          if (expected === undefined || baseline_mean === null || baseline_deviation === null) {
            assert.isNull(baseline_mean)
            assert.isNull(baseline_deviation)
            assert.isUndefined(expected)
          } else {
            assert.approximately(baseline_mean, expected.mean, 1e-9)
            assert.approximately(baseline_deviation, expected.deviation, 1e-9)
            assert.strictEqual((chat_count - baseline_mean) / baseline_deviation, z_score)
          }
        }
        // pages know the windows before them
        assert.deepStrictEqual(yield* itemsOf<Point>(`${url}&limit=7`), points)

        for (const { id } of yield* itemsOf<{ readonly id: string }>(`${api.url}/moments?limit=2`)) {
          const { body } = yield* ask<typeof MomentDetail.Encoded>(`${api.url}/moments/${id}`)
          const { metadata } = body.moment
          const peak = body.surroundings.find(({ window_start }) => window_start === metadata?.window_start)
          assert.isDefined(peak)
          assert.strictEqual(peak.baseline_mean, metadata?.baseline_mean)
          assert.strictEqual(
            peak.baseline_deviation,
            Math.max(metadata?.baseline_deviation ?? 0, Math.sqrt(Math.max(metadata?.baseline_mean ?? 0, 1)))
          )
          assert.strictEqual(peak.z_score, metadata?.score)
        }
      })
    )
  )

  it.effect("say nothing of what was usual where that is not what they were judged by", () =>
    withApi(({ api, replica }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const before = judged(4, 200).rows.map(toRow)
        yield* task.commit({ rows: before })
        const url = (server: typeof api) => `${server.url}/streams/alpha/summaries?from=${iso(T0)}&limit=50`
        const isExplained = ({ baseline_deviation, baseline_mean, chat_count, z_score }: Point): boolean =>
          baseline_mean !== null &&
          baseline_deviation !== null &&
          (chat_count - baseline_mean) / baseline_deviation === z_score
        const isSilent = ({ baseline_deviation, baseline_mean }: Point): boolean =>
          baseline_mean === null && baseline_deviation === null

        // under other settings of the detectors: right, or nothing
        const other = yield* itemsOf<Point>(url(yield* replica({ detection: { baselineWindows: 15 } })))
        assert.isTrue(other.every((point) => isExplained(point) || isSilent(point)))
        assert.isTrue(other.some((point) => point.z_score !== null && isSilent(point)))

        // under windows of another size: those of before have no baseline any more, the others begin anew
        const after = judged(5, 200, 2 * MINUTE, 200).rows.map(toRow)
        yield* task.commit({ rows: after }, { window: { sizeMs: 2 * MINUTE, slideMs: SLIDE } })
        const points = yield* itemsOf<Point>(url(api))
        assert.strictEqual(points.length, before.length + after.length)
        const isWide = ({ window_end, window_start }: Point): boolean =>
          Date.parse(window_end) - Date.parse(window_start) > MINUTE
        assert.isTrue(points.filter((point) => !isWide(point)).every(isSilent))
        const wide = points.filter(isWide)
        assert.isTrue(wide.every((point) => isExplained(point) === (point.z_score !== null)))
        assert.isTrue(wide.some(isExplained))
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
        assert.strictEqual((yield* ask(`${api.url}/streams/alpha/summaries?step=0`)).status, 400)
        assert.strictEqual((yield* ask(`${api.url}/streams/alpha/summaries?step=1.5`)).status, 400)
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

  it.effect("hold nothing that JSON can't say, whatever an earlier job left", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* (yield* startTask()).commit({
          rows: [windowAt(0, { zScore: 2 }), windowAt(1, { zScore: -3, avgViewers: 7, avgSentiment: 0.5 })]
        })
        yield* sql`UPDATE chat_summary_minute SET avg_sentiment = 'NaN', chat_rate = 'Infinity', avg_viewers = '-Infinity', z_score = 'NaN'
          WHERE window_start = '2024-05-01 00:00:00'`
        yield* sql`INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count, unique_chatters, positive_count, negative_count, chat_rate, top_emotes, is_anomaly, complete)
          VALUES ('alpha', '2024-05-01 00:00:20', '2024-05-01 00:01:20', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`
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

  it.effect("of a stream in several tasks are one window each", () =>
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
        const { body } = yield* ask<Page<Point>>(`${api.url}/streams/alpha/summaries?step=86400`)
        assert.deepInclude(body.items[0], { windows: 20, chat_count: 19 * 6 })
      })
    )
  )
})

/** Of windows in one step, ascending. */
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
