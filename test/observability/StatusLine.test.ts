import { assert, it } from "@effect/vitest"
import { type Status, statusLine } from "../../src/observability/StatusLine.ts"

const nowMs = Date.UTC(2026, 0, 1, 12, 0, 0)
const status: Status = {
  eventsPerSecond: 1234.4,
  lagRecords: 56_789,
  watermarkMs: nowMs - 12_999,
  tasks: 3,
  tasksWithoutWatermark: 0,
  nowMs,
  rows: 120,
  moments: 1,
  lateEvents: 3,
  deadLetters: 0
}

it("shows throughput, lag, watermark and counts in one line", () => {
  assert.strictEqual(
    statusLine(status),
    "1,234 events/s, lag 56,789 records, watermark 2026-01-01T11:59:47.001Z (12 s behind the clock), 120 rows, 1 moment, 3 late, 0 dead letters"
  )
})

it("names unknown figures", () => {
  assert.strictEqual(
    statusLine({ ...status, eventsPerSecond: 0.25, lagRecords: undefined, watermarkMs: undefined, deadLetters: 1 }),
    "0.3 events/s, lag unknown, no watermark yet, 120 rows, 1 moment, 3 late, 1 dead letter"
  )
  assert.include(statusLine({ ...status, watermarkMs: Number.NEGATIVE_INFINITY }), "no watermark yet")
  assert.include(statusLine({ ...status, watermarkMs: Number.POSITIVE_INFINITY }), "no watermark yet")
})

it("counts the tasks that have had no event yet", () => {
  assert.include(
    statusLine({ ...status, tasksWithoutWatermark: 2 }),
    "watermark 2026-01-01T11:59:47.001Z (12 s behind the clock, 2 of 3 tasks have none yet)"
  )
  assert.include(statusLine({ ...status, tasksWithoutWatermark: 1 }), ", 1 of 3 tasks has none yet)")
})

for (const [behindMs, words] of [
  [0, "0 s behind"],
  [-5000, "5 s ahead of"],
  [59_999, "59 s behind"],
  [60_000, "1 min 0 s behind"],
  [3_600_000, "1 h 0 min behind"],
  [86_400_000, "1 d 0 h behind"],
  [86_400_000 * 1500 + 3_600_000, "1,500 d 1 h behind"]
] as const) {
  it(`a watermark ${behindMs} ms behind is ${words} the clock`, () => {
    assert.include(statusLine({ ...status, watermarkMs: nowMs - behindMs }), `(${words} the clock)`)
  })
}
