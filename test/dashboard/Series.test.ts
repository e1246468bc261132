import { assert, describe, it } from "@effect/vitest"
import type { MomentItem, SummaryPoint } from "../../dashboard/api/Wire.ts"
import { spark } from "../../dashboard/overview/Spark.ts"
import { placeMarkers } from "../../dashboard/stream/Markers.ts"
import {
  descriptions,
  endMs,
  nearest,
  neighbour,
  startMs,
  startsOf,
  toColumns,
  withTail
} from "../../dashboard/stream/Series.ts"

const BASE = Date.UTC(2026, 0, 31, 18)
const at = (seconds: number): string => new Date(BASE + seconds * 1000).toISOString()

/** A window of a minute that ends so many seconds after the base. */
const point = (end: number, more: Partial<SummaryPoint> = {}): SummaryPoint => ({
  stream_id: "a",
  window_start: at(end - 60),
  window_end: at(end),
  chat_count: 10,
  unique_chatters: 5,
  avg_sentiment: 0.5,
  scored_count: 5,
  positive_count: 3,
  negative_count: 1,
  chat_rate: 10 / 60,
  avg_viewers: 100,
  top_emotes: [],
  emote_counts: [],
  z_score: 0,
  is_anomaly: false,
  complete: true,
  windows: 1,
  ...more
})

const ends = (points: ReadonlyArray<SummaryPoint>): ReadonlyArray<number> =>
  points.map((point) => (endMs(point) - BASE) / 1000)

describe("a download", () => {
  it("selects by their start the windows that the page keeps by their end", () => {
    const points = Array.from({ length: 400 }, (_, index) => point(index - 100))
    for (const [from, to] of [
      [0, 0],
      [0, 60],
      [10, 250],
      [31, 32]
    ] as const) {
      const span = { fromMs: BASE + from * 1000, toMs: BASE + to * 1000 }
      const { fromMs, toMs } = startsOf(span, 60_000)
      const downloaded = points.filter((one) => startMs(one) >= fromMs && startMs(one) < toMs)
      assert.deepStrictEqual([ends(downloaded)[0], ends(downloaded).at(-1)], [from, to])
      assert.deepStrictEqual(withTail([], downloaded, fromMs, span.fromMs), downloaded)
    }
  })
})

describe("columns", () => {
  it("break where windows are missing", () => {
    const columns = toColumns([point(10), point(20), point(50)], 15_000)
    assert.deepStrictEqual(
      columns.x.map((seconds) => seconds - BASE / 1000),
      [10, 20, 35, 50]
    )
    assert.deepStrictEqual(columns.index, [0, 1, -1, 2])
    assert.deepStrictEqual(columns.chat, [10, 10, null, 10])
  })

  it("ascend strictly: of windows that end together the last one counts", () => {
    const columns = toColumns([point(10), point(10, { chat_count: 7 }), point(20)], 15_000)
    assert.deepStrictEqual(columns.index, [1, 2])
    assert.deepStrictEqual(columns.chat, [7, 10])
  })

  it("hold the scores as stored, the unusual windows, and no mean of nothing", () => {
    const columns = toColumns(
      [
        point(10, { z_score: null, scored_count: 0, avg_sentiment: 0 }),
        point(20, { z_score: 4.5, is_anomaly: true, chat_count: 99 }),
        point(30, { z_score: -1 })
      ],
      15_000
    )
    assert.deepStrictEqual(columns.score, [null, 4.5, -1])
    assert.deepStrictEqual(columns.anomalies, [null, 99, null])
    assert.deepStrictEqual(columns.sentiment, [null, 0.5, 0.5])
  })

  it("are empty for no windows", () => assert.deepStrictEqual(toColumns([], 15_000).x, []))

  it("find the next window and the nearest one", () => {
    const columns = toColumns([point(10), point(20), point(50)], 15_000)
    assert.strictEqual(neighbour(columns, 1, 1), 3)
    assert.strictEqual(neighbour(columns, 3, -1), 1)
    assert.strictEqual(neighbour(columns, 3, 1), 3)
    assert.strictEqual(nearest(columns, BASE / 1000 + 38), 3)
    assert.strictEqual(nearest(columns, BASE / 1000 - 99), 0)
    assert.isUndefined(nearest(toColumns([], 1), 0))
  })

  it("are described in words", () => {
    const texts = descriptions(toColumns([point(10), point(20, { chat_count: 90, is_anomaly: true })], 15_000))
    assert.strictEqual(texts.chat, "Messages: between 10 and 90, last 90. 1 point is unusual.")
    assert.strictEqual(texts.sentiment, "Mood: between +0.50 and +0.50, last +0.50.")
    assert.include(descriptions(toColumns([], 1)).viewers, "nothing to show")
  })
})

describe("a tail", () => {
  it("replaces the windows that it repeats", () => {
    const merged = withTail(
      [point(10), point(20), point(30)],
      [point(30, { chat_count: 1 }), point(40)],
      BASE - 30_000,
      0
    )
    assert.deepStrictEqual(ends(merged), [10, 20, 30, 40])
    assert.strictEqual(merged[2]?.chat_count, 1)
  })

  it("does not let the page grow: windows that leave the span are dropped", () => {
    let points: ReadonlyArray<SummaryPoint> = []
    for (let end = 10; end <= 100_000; end += 10) {
      points = withTail(points, [point(end)], BASE + (end - 60) * 1000, BASE + (end - 300) * 1000)
    }
    assert.deepStrictEqual([points.length, ...ends(points.slice(-1))], [31, 100_000])
  })
})

const moment = (id: string, seconds: number, intensity: number): MomentItem => ({
  id,
  stream_id: "a",
  timestamp: at(seconds),
  ended_at: null,
  moment_type: "chat_spike",
  description: null,
  intensity,
  detected_at: null,
  metadata: null,
  content: null,
  feedback: null,
  clip: { offset_seconds: null, peak_seconds: null, in: at(0), out: at(30), peak: at(20), url: null }
})

const leftOf = (ms: number): number => (ms - BASE) / 1000

const place = (moments: ReadonlyArray<MomentItem>, selected?: string) =>
  placeMarkers(moments, selected, leftOf, 100, 20).map(({ count, left, moment }) => [moment.id, left, count])

describe("markers", () => {
  it("that would cover each other are one: the most intense", () => {
    assert.deepStrictEqual(place([moment("1", 10, 3), moment("2", 25, 9), moment("3", 60, 4)]), [
      ["2", 25, 2],
      ["3", 60, 1]
    ])
  })

  it("always show the selected one", () => {
    assert.deepStrictEqual(place([moment("1", 10, 3), moment("2", 25, 9)], "1"), [["1", 10, 2]])
  })

  it("lie within the chart, edges included", () => {
    assert.deepStrictEqual(
      place([moment("1", -1, 3), moment("2", 0, 3), moment("3", 100, 3), moment("4", 101, 3)]).map(([id]) => id),
      ["2", "3"]
    )
  })
})

describe("a sparkline", () => {
  it("reaches from edge to edge, 0 at the bottom", () => {
    assert.deepStrictEqual(spark([0, 10], 104, 26), {
      line: "M2 24L102 2",
      area: "M2 24L102 2L102 26L2 26Z",
      endX: 102,
      endY: 2
    })
  })

  it("with only zeros lies at the bottom", () => assert.strictEqual(spark([0, 0, 0], 104, 26)?.endY, 24))
  it("needs two windows", () => assert.isUndefined(spark([5], 104, 26)))
})
