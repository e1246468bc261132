import { assert, describe, it } from "@effect/vitest"
import { afterEach, beforeEach, vi } from "vitest"
import { backoffMs } from "../../dashboard/api/Backoff.ts"
import { Throttle } from "../../dashboard/api/Throttle.ts"
import type { MomentItem, PipelineStatus, TaskStatus } from "../../dashboard/api/Wire.ts"
import { EventStreamReader } from "../../dashboard/live/EventStream.ts"
import { withMoments, withNews } from "../../dashboard/live/Moments.ts"
import { withUpdate } from "../../dashboard/live/Status.ts"

describe("an event stream", () => {
  const TEXT =
    ':hello\n\nretry: 2000\nid: 1\n\nevent: update\nid: 2\ndata: {"a":\ndata: 1}\n\r\nevent: reset\r\nid: 3\r\ndata:\r\n\r\ndata: x\rid: 4\r\r'
  const EVENTS = [
    { name: "update", data: '{"a":\n1}' },
    { name: "reset", data: "" },
    { name: "message", data: "x" }
  ]

  it("is read whole", () => {
    const reader = new EventStreamReader()
    assert.deepStrictEqual(reader.read(TEXT), EVENTS)
    assert.strictEqual(reader.lastEventId, "4")
  })

  it("is the same in whatever pieces it comes", () => {
    for (let size = 1; size < 12; size++) {
      const reader = new EventStreamReader()
      const events = []
      for (let start = 0; start < TEXT.length; start += size)
        events.push(...reader.read(TEXT.slice(start, start + size)))
      assert.deepStrictEqual(events, EVENTS, `pieces of ${size}`)
      assert.strictEqual(reader.lastEventId, "4")
    }
  })

  it("has an id once its event has ended, with data or without", () => {
    const reader = new EventStreamReader()
    reader.read("id: 7\n")
    assert.strictEqual(reader.lastEventId, "")
    assert.deepStrictEqual(reader.read("\n"), [])
    assert.strictEqual(reader.lastEventId, "7")
    reader.read("id: 8\ndata: cut o")
    assert.strictEqual(reader.lastEventId, "7")
  })
})

const moment = (id: number, seconds: number, intensity = 3): MomentItem => ({
  id: String(id),
  stream_id: "a",
  timestamp: new Date(seconds * 1000).toISOString(),
  ended_at: null,
  moment_type: "chat_spike",
  description: null,
  intensity,
  detected_at: null,
  metadata: null,
  content: null,
  feedback: null,
  clip: {
    offset_seconds: null,
    peak_seconds: null,
    in: new Date(0).toISOString(),
    out: new Date(0).toISOString(),
    peak: new Date(0).toISOString(),
    url: null
  }
})
const ids = (moments: ReadonlyArray<MomentItem>) => moments.map(({ id }) => id)

const isStrong = ({ intensity }: MomentItem): boolean => (intensity ?? 0) >= 5

describe("moments", () => {
  it("are listed the latest first, at most so many", () => {
    let list: ReadonlyArray<MomentItem> = []
    for (let id = 1; id <= 1000; id++) list = withMoments(list, [moment(id, id)], 100)
    assert.strictEqual(list.length, 100)
    assert.deepStrictEqual(ids(list).slice(0, 2), ["1000", "999"])
  })

  it("keep their place when they continue", () => {
    const list = withMoments([moment(2, 20), moment(1, 10)], [moment(1, 10, 8)], 100)
    assert.deepStrictEqual(ids(list), ["2", "1"])
    assert.strictEqual(list[1]?.intensity, 8)
  })

  it("leave a list of one type when their type changes", () => {
    const list = [moment(2, 20), moment(1, 10)]
    const raid = { ...moment(1, 10), moment_type: "raid" }
    assert.deepStrictEqual(ids(withMoments(list, [raid], 100, ({ moment_type }) => moment_type === "chat_spike")), [
      "2"
    ])
    assert.deepStrictEqual(
      ids(withMoments([], [raid, moment(3, 30)], 100, ({ moment_type }) => moment_type === "raid")),
      ["1"]
    )
    assert.deepStrictEqual(ids(withMoments(list, [raid], 100)), ["2", "1"])
  })

  it("on the first page count as a part of the list", () => {
    const page = { items: [moment(1, 10)], next: null, previous: null, position: { first: 1, total: 1361 } }
    const strong = [moment(2, 20, 6), moment(3, 30, 4), moment(1, 10, 9)]
    assert.deepStrictEqual(withNews(page, strong, 100, isStrong).position, { first: 1, total: 1362 })
    assert.deepStrictEqual(withNews({ ...page, position: { first: 1, total: null } }, strong, 100, isStrong).position, {
      first: 1,
      total: null
    })
    const empty = { ...page, items: [], position: { first: 0, total: 0 } }
    assert.deepStrictEqual(withNews(empty, strong, 100, isStrong).position, { first: 1, total: 2 })
  })

  it("with equal times are sorted by their ids, as numbers", () => {
    assert.deepStrictEqual(ids(withMoments([moment(9, 1)], [moment(10, 1)], 100)), ["10", "9"])
  })
})

const task = (partition: number, more: Partial<TaskStatus> = {}): TaskStatus => ({
  source_partition: partition,
  owner: null,
  epoch: "1",
  flush: "10",
  watermark: "2026-01-31T18:00:00.000Z",
  updated_at: "2026-01-31T18:00:10.000Z",
  lag_records: 5,
  records_per_second: 100,
  inputs: [],
  ...more
})
describe("the pipeline's status", () => {
  const status: PipelineStatus = {
    now: "2026-01-31T18:00:12.000Z",
    window: null,
    watermark: "2026-01-31T18:00:00.000Z",
    lag_records: 10,
    records_per_second: 200,
    task_count: 2,
    tasks_without_watermark: 0,
    tasks: [task(0), task(1)],
    gaps: 0,
    dead_letters_dropped: 0,
    problems: [],
    collects: null,
    session: false
  }

  it("takes the totals of the server", () => {
    const totals = {
      watermark: "2026-01-31T18:00:10.000Z",
      lag_records: 6,
      records_per_second: 150,
      task_count: 3,
      tasks_without_watermark: 1
    }
    assert.deepStrictEqual(withUpdate(status, { tasks: [], totals }), { ...status, ...totals })
  })

  it("replaces and adds the tasks that have flushed", () => {
    const flushed = [task(2, { watermark: null }), task(1, { flush: "11" })]
    const next = withUpdate(status, { tasks: flushed, totals: null })
    assert.deepStrictEqual(next, {
      ...status,
      tasks: [task(0), task(1, { flush: "11" }), task(2, { watermark: null })]
    })
  })

  it("ignores tasks older than those that are known", () => {
    const older = task(1, { flush: "9", lag_records: 999 })
    assert.deepStrictEqual(withUpdate(status, { tasks: [older], totals: null }), status)
  })
})

describe("trying again", () => {
  it("waits longer every time, up to half a minute", () => {
    assert.deepStrictEqual(
      [0, 1, 2, 3, 4, 5, 99].map((failures) => backoffMs(failures, 0)),
      [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
    )
    assert.strictEqual(backoffMs(0, 1), 500)
  })
})

describe("a throttle", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("runs at once, then once for all requests meanwhile", () => {
    const run = vi.fn<() => void>()
    const throttle = new Throttle(run, 5000)
    throttle.request()
    for (let i = 0; i < 10; i++) throttle.request()
    assert.strictEqual(run.mock.calls.length, 1)
    vi.advanceTimersByTime(4999)
    assert.strictEqual(run.mock.calls.length, 1)
    vi.advanceTimersByTime(1)
    assert.strictEqual(run.mock.calls.length, 2)
    vi.advanceTimersByTime(60_000)
    assert.strictEqual(run.mock.calls.length, 2)
    throttle.request()
    assert.strictEqual(run.mock.calls.length, 3)
  })

  it("does nothing more once it is cancelled", () => {
    const run = vi.fn<() => void>()
    const throttle = new Throttle(run, 5000)
    throttle.request()
    throttle.request()
    throttle.cancel()
    vi.advanceTimersByTime(60_000)
    assert.strictEqual(run.mock.calls.length, 1)
  })
})
