import { assert, describe, it } from "@effect/vitest"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import type { Moment, MomentType } from "../../src/domain/Moment.ts"
import { broadcastsReachMs, Repairs } from "../../src/sink/Repair.ts"
import { broadcastOf, checkpointOf, flushOf, momentOf, rowOf } from "../contract/ResultStoreContract.ts"

const SECOND = 1000
const WINDOW = { sizeMs: 60 * SECOND, slideMs: 10 * SECOND }

/** Times of these tests are in seconds. */
const ms = (seconds: number): EventTimeMs => EventTimeMs(seconds * SECOND)

/** The window that ends then. */
const row = (end: number) => rowOf({ startMs: ms(end - 60), endMs: ms(end) })

/** A moment from the slide that ends at `first` to the one that ends at `end`. */
const moment = (first: number, end: number, openedAs: MomentType = "chat_spike", type = openedAs): Moment =>
  momentOf({ openedAs, type, timestampMs: ms(first - 10), endedAtMs: ms(end) })

interface Seen {
  readonly rows?: ReadonlyArray<number>
  readonly moments?: ReadonlyArray<Moment>
}

const flush = (watermark: number, { moments = [], rows = [] }: Seen = {}) =>
  flushOf(
    checkpointOf({ watermarkMs: Number.isFinite(watermark) ? ms(watermark) : EventTimeMs(watermark), window: WINDOW }),
    {
      rows: rows.map(row),
      moments
    }
  )

const RANGE = { fromMs: ms(1000), toMs: ms(1400) }

const GAP_MS = 60 * SECOND

const repairs = (range = RANGE) => new Repairs(range, WINDOW, GAP_MS)

const ends = (items: ReadonlyArray<{ readonly endMs: number } | { readonly endedAtMs: number }>) =>
  items.map((item) => ("endMs" in item ? item.endMs : item.endedAtMs) / SECOND)

it("windows wholly inside the range, both bounds closed", () => {
  const { rows } = repairs().step(flush(1500, { rows: [1050, 1060, 1070, 1400, 1410] }))
  assert.deepStrictEqual(ends(rows), [1060, 1070, 1400])
})

describe("moments that are written", () => {
  it("those whose slides are all inside, and the 90 s after their end as well", () => {
    const moments = [moment(1050, 1060), moment(1060, 1070), moment(1300, 1310), moment(1310, 1320), moment(1410, 1420)]
    assert.deepStrictEqual(ends(repairs().step(flush(1500, { moments })).moments), [1070, 1310])
  })

  it("each waits until no part can join any more, and is then what it came to", () => {
    const all = repairs()
    assert.deepStrictEqual(all.step(flush(1070, { moments: [moment(1060, 1070)] })).moments, [])
    // Viewers join 90 s later, and make it a raid.
    const raid = moment(1060, 1160, "chat_spike", "raid")
    assert.deepStrictEqual(all.step(flush(1160, { moments: [raid] })).moments, [])
    assert.deepStrictEqual(all.step(flush(1240)).moments, [])
    assert.deepStrictEqual(all.step(flush(1250)).moments, [raid])
    assert.deepStrictEqual(all.step(flush(1260)).moments, [])
  })

  it("a silence, whose row comes with the slide after its end, and a loss of viewers, whose row comes with its last slide", () => {
    const silence = moment(1100, 1170, "chat_drop")
    const loss = moment(1100, 1220, "viewer_drop")
    const all = repairs()
    assert.deepStrictEqual(all.step(flush(1180, { moments: [silence] })).moments, [])
    assert.deepStrictEqual(all.step(flush(1220, { moments: [loss] })).moments, [])
    assert.deepStrictEqual(all.step(flush(1400)).moments, [silence, loss])
  })

  it("a fall and a rise of one time are two", () => {
    const both = [moment(1100, 1170, "chat_drop"), moment(1100, 1170)]
    assert.deepStrictEqual(repairs().step(flush(1400, { moments: both })).moments, both)
  })

  it("with slides that are longer than the time to join, one that no slide has followed waits", () => {
    const wide = { sizeMs: 300 * SECOND, slideMs: 300 * SECOND }
    const one = momentOf({ timestampMs: ms(1200), endedAtMs: ms(1500) })
    const all = new Repairs({ fromMs: ms(900), toMs: ms(3000) }, wide, GAP_MS)
    assert.deepStrictEqual(all.step(flush(1700, { moments: [one] })).moments, [])
    assert.deepStrictEqual(all.step(flush(1800)).moments, [one])
  })
})

describe("broadcasts that are written", () => {
  it("those that begin inside the range and are over before its end, each once and in its last state", () => {
    const wide = { fromMs: ms(1000), toMs: ms(3000) }
    const all = repairs(wide)
    const lasting = (start: number, end: number) => broadcastOf({ startedAtMs: ms(start), endedAtMs: ms(end) })
    // The first slide of the range is the last one of its first window.
    const [before, first, last, open] = [
      lasting(1040, 1060),
      lasting(1050, 1060),
      lasting(2000, 2620),
      lasting(2500, 2630)
    ]
    const reachMs = GAP_MS + 32 * WINDOW.slideMs
    assert.strictEqual(broadcastsReachMs(WINDOW, GAP_MS), reachMs)
    const step = (watermark: number, broadcasts: ReadonlyArray<Broadcast> = []) =>
      all.step({ ...flush(watermark), broadcasts })
    assert.deepStrictEqual(step(1070, [lasting(1050, 1055), before]).broadcasts, [])
    assert.deepStrictEqual(step(1430, [first]).broadcasts, [])
    assert.deepStrictEqual(step(1440).broadcasts, [first])
    assert.deepStrictEqual(step(1450).foundBroadcasts, [])
    const end = step(4000, [last, open])
    assert.deepStrictEqual([end.broadcasts, end.foundBroadcasts.length], [[last], 2])
    assert.deepStrictEqual(step(5000).foundBroadcasts, [open])
  })
})

describe("broadcasts that may be deleted", () => {
  it("end with a computed window that is over, which is returned once", () => {
    const all = repairs({ fromMs: ms(1000), toMs: ms(3000) })
    const overAt = (watermark: number, rowEnds: ReadonlyArray<number> = []) => {
      const { over, overToMs } = all.step(flush(watermark, { rows: rowEnds }))
      assert.strictEqual(overToMs, ms(Math.min(watermark, 3000)) - broadcastsReachMs(WINDOW, GAP_MS))
      return ends(over)
    }
    assert.deepStrictEqual(overAt(1080, [1060, 1070, 1080]), [])
    assert.deepStrictEqual(overAt(1439), [])
    assert.deepStrictEqual(overAt(1440), [1060])
    assert.deepStrictEqual(overAt(1460), [1070, 1080])
    assert.deepStrictEqual(overAt(5000), [])
  })
})

describe("moments that may be deleted", () => {
  it("windows are settled 90 s later, each once; what goes on is among the found", () => {
    const all = repairs()
    const first = all.step(flush(1160, { rows: [1060, 1070, 1160], moments: [moment(1060, 1070)] }))
    assert.deepStrictEqual([ends(first.settled), first.found.length], [[1060, 1070], 1])
    const second = all.step(flush(1250, { rows: [1250] }))
    assert.deepStrictEqual([ends(second.settled), second.found.length], [[1160], 0])
    const third = all.step(flush(Number.POSITIVE_INFINITY, { rows: [1300, 1310, 1320, 1410] }))
    // A part that joins after the end of the range is not in it.
    assert.deepStrictEqual([ends(third.settled), third.found.length], [[1250, 1300, 1310], 0])
  })

  it("what is found and reaches across the end is named, though not written", () => {
    const { found, moments, settled } = repairs().step(
      flush(1400, { rows: [1300, 1400], moments: [moment(1290, 1400)] })
    )
    assert.deepStrictEqual([found.length, moments.length, ends(settled)], [1, 0, [1300]])
  })

  it("without bounds everything is settled at the end", () => {
    const all = repairs({ fromMs: BEFORE_ALL, toMs: EventTimeMs(Number.POSITIVE_INFINITY) })
    const seen = { rows: [1070, 1080], moments: [moment(1070, 1080)] }
    const { moments, settled } = all.step(flush(Number.POSITIVE_INFINITY, seen))
    assert.deepStrictEqual([ends(settled), moments.length], [[1070, 1080], 1])
  })
})
