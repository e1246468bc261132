import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { Watermarks } from "../../src/windowing/Watermarks.ts"

const start = { delayMs: 0, maxTimeMs: BEFORE_ALL, active: true, rereading: false }
const SIZE_MS = 10

const input = Schema.Literals([0, 1])

/** The clock raises the watermark only if no input is active. */
const step = Schema.Union([
  Schema.TaggedStruct("Accept", { input, timeMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })) }),
  Schema.TaggedStruct("Idle", { input }),
  Schema.TaggedStruct("Active", { input }),
  Schema.TaggedStruct("Clock", { timeMs: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 40 })) })
])

type Step = typeof step.Type

/** The rules of SEMANTICS as written: the minimum of the active inputs, after each step. */
class Rules {
  taskMs: number = BEFORE_ALL
  readonly own: Array<number> = [BEFORE_ALL, BEFORE_ALL]
  readonly active = [true, true]

  step(step: Step): void {
    switch (step._tag) {
      case "Accept":
        if (step.timeMs > (this.own[step.input] ?? Number.NaN)) {
          this.own[step.input] = step.timeMs
          if (step.timeMs > this.taskMs - SIZE_MS) this.active[step.input] = true
        }
        break
      case "Idle":
        this.active[step.input] = false
        break
      case "Active":
        this.active[step.input] = true
        break
      case "Clock":
        if (!this.active.includes(true)) this.taskMs = Math.max(this.taskMs, step.timeMs)
    }
    const own = this.own.filter((_, index) => this.active[index] === true)
    if (own.length > 0) this.taskMs = Math.max(this.taskMs, Math.min(...own))
  }
}

const play = (marks: Watermarks, step: Step): void => {
  switch (step._tag) {
    case "Accept":
      return marks.accept(step.input, EventTimeMs(step.timeMs))
    case "Idle":
      return marks.setIdle(step.input)
    case "Active":
      return marks.setActive(step.input)
    case "Clock":
      if (marks.allIdle) marks.raiseTo(step.timeMs)
  }
}

describe("a task's watermark", () => {
  it.prop(
    "is the least of the active inputs after each step, and never falls",
    [Schema.Array(step)],
    ([steps]) => {
      const marks = new Watermarks({ sizeMs: SIZE_MS, watermarkMs: BEFORE_ALL }, [start, start])
      const rules = new Rules()
      for (const step of steps) {
        play(marks, step)
        rules.step(step)
        assert.strictEqual(marks.taskMs, rules.taskMs)
        assert.deepStrictEqual([marks.isActive(0), marks.isActive(1)], rules.active)
      }
    },
    { arbitrary: { runs: 2_000, size: 30, seed: 1 } }
  )

  it("follows an idle input that becomes the only active one", () => {
    const marks = new Watermarks({ sizeMs: SIZE_MS, watermarkMs: BEFORE_ALL }, [start, start])
    marks.accept(0, EventTimeMs(30))
    marks.accept(1, EventTimeMs(10))
    marks.setIdle(0)
    marks.setIdle(1)
    // The clock is behind the first input's events.
    marks.raiseTo(20)
    marks.accept(0, EventTimeMs(35))
    assert.strictEqual(marks.taskMs, 35)
  })

  it("is the least of the active inputs as soon as one becomes active, not in the middle of a later batch", () => {
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
