import { assert, describe, it } from "@effect/vitest"
import { AFTER_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { Gaps } from "../../src/windowing/Gaps.ts"

const gap = (fromOffset: bigint, toOffset: bigint, eventsFromMs: number) => ({
  topic: "chat",
  partition: 0,
  fromOffset,
  toOffset,
  eventsFromMs: EventTimeMs(eventsFromMs),
  eventsToMs: AFTER_ALL
})

describe("gaps", () => {
  it("stay what they were when they are found again, as after a restart", () => {
    const gaps = new Gaps([gap(5n, 9n, 1_000)])
    gaps.add(gap(5n, 9n, 50_000))
    gaps.add(gap(7n, 9n, 50_000))
    assert.deepStrictEqual(gaps.takeChanged(), [])
    assert.isFalse(gaps.isComplete(0, 2_000))
    const wider = gap(5n, 10n, 50_000)
    gaps.add(wider)
    assert.deepStrictEqual(gaps.takeChanged(), [wider])
  })
})
