import { assert, describe, it } from "@effect/vitest"
import type { TaskStatus } from "../../src/api/Pipeline.ts"
import type { MomentItem } from "../../src/api/Moments.ts"
import type { FlushContent } from "../../src/query/FlushRows.ts"
import { type Interest, liveEvent, type Update, UpdateBuilder } from "../../src/query/LiveUpdates.ts"
import { totalsOf } from "../../src/query/PipelineStatus.ts"

const TASKS = 200

const task = (source_partition: number): TaskStatus => ({
  source_partition,
  owner: "host/1/0",
  epoch: "1",
  flush: "1000000",
  watermark: 0,
  updated_at: 0,
  lag_records: 1,
  records_per_second: 1,
  inputs: []
})

const moment = (id: number): MomentItem => ({
  id: String(id),
  stream_id: "a",
  timestamp: 0,
  ended_at: null,
  moment_type: "chat_spike",
  description: null,
  intensity: 1,
  detected_at: null,
  metadata: null,
  content: null,
  feedback: null,
  clip: { offset_seconds: null, peak_seconds: null, in: 0, out: 0, peak: 0, url: null }
})

const content = (moments: number, bytes = 0): FlushContent => ({
  windows: [],
  moments: Array.from({ length: moments }, (_, id) => moment(id)),
  bytes
})

const tasks = Array.from({ length: TASKS }, (_, number) => task(number))

/** The updates of one flush of each task. */
const updatesOf = (contents: ReadonlyArray<FlushContent | undefined>): ReadonlyArray<Update> => {
  const builder = new UpdateBuilder(new Map(), totalsOf(tasks))
  const full = contents.flatMap((each, number) => builder.add({ task: task(number), content: each }))
  return [...full, ...builder.end()]
}

const interest: Interest = { windows: true, moments: true, status: true, totals: false }
const text = (update: Update | undefined, wanted: Partial<Interest> = {}): string => {
  assert.isDefined(update)
  return new TextDecoder().decode(liveEvent(update, { ...interest, ...wanted }).bytes)
}

describe("updates", () => {
  it("hold the small flushes of all tasks together, with the position after them", () => {
    const updates = updatesOf(tasks.map(() => content(1)))
    assert.strictEqual(updates.length, 1)
    assert.strictEqual(updates[0]?.tasks.length, TASKS)
    assert.strictEqual(updates[0]?.positions.size, TASKS)
    assert.strictEqual(updates[0]?.content?.moments.length, TASKS)
  })

  it("are full beyond 1,000 rows or 1 MiB, each with the position that it reaches", () => {
    for (const many of [content(1_001), content(1, 1024 * 1024 + 1)]) {
      const updates = updatesOf([content(1), many, content(1)])
      assert.deepStrictEqual(
        updates.map((update) => [update.tasks.length, update.positions.size]),
        [
          [2, 2],
          [1, 3]
        ]
      )
    }
    assert.strictEqual(updatesOf([content(500), content(500, 1024 * 1024)]).length, 1)
  })

  it("are a reset for the task alone whose flush exceeds the limits", () => {
    const updates = updatesOf([content(1), undefined, content(2)])
    assert.deepStrictEqual(
      updates.map((update) => [update.content?.moments.length, update.positions.size]),
      [
        [1, 1],
        [undefined, 2],
        [2, 3]
      ]
    )
    assert.strictEqual(text(updates[1]), "event: reset\nid: 0:1000000,1:1000000\ndata: {}\n\n")
  })

  it("have an id only with windows or moments: the length of an id depends on the number of tasks", () => {
    const [update] = updatesOf(tasks.map(() => content(1)))
    assert.include(text(update), "\nid: ")
    const totals = text(update, { moments: false, status: false, totals: true })
    assert.notInclude(totals, "\nid: ")
    assert.isBelow(totals.length, 300)
  })

  it("are no event for a client that is interested in nothing of them", () => {
    const [update] = updatesOf(tasks.map(() => content(1)))
    assert.isDefined(update)
    const nothing = liveEvent(update, { windows: true, moments: true, status: false, totals: false, stream: "b" })
    assert.deepStrictEqual(nothing, { bytes: undefined, hasId: false })
  })
})
