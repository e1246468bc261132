import { assert, describe, it } from "@effect/vitest"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { Watermarks } from "../../src/windowing/Watermarks.ts"

const start = { delayMs: 0, maxTimeMs: BEFORE_ALL, active: true, rereading: false }

describe("a task's watermark", () => {
  it("is the least of the inputs that count as soon as one counts again, not in the middle of a later batch", () => {
    const marks = new Watermarks({ sizeMs: 10_000, watermarkMs: BEFORE_ALL }, [start, start])
    marks.accept(0, EventTimeMs(5_000))
    marks.accept(1, EventTimeMs(50_000))
    marks.setIdle(1)
    marks.setIdle(0)
    assert.strictEqual(marks.taskMs, 5_000)
    marks.setActive(1)
    assert.strictEqual(marks.taskMs, 50_000)
    marks.accept(0, EventTimeMs(6_000))
    assert.strictEqual(marks.taskMs, 50_000)
    assert.isFalse(marks.isActive(0))
  })
})
